"""The plays that people may run, and what each asks for; pure.

Another one is a playbook below ``playbooks/`` and a row here (docs/playbooks.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from device_configs.plays.hosts import DEPLOYED, SEATS, hosts_of
from device_configs.site.model import Site
from ops_core.kernel.errors import Invalid, NotFound
from ops_core.kernel.i18n import Message, message
from ops_core.kernel.permissions import Permission


@dataclass(frozen=True, slots=True)
class Play:
    """A playbook under a name. ``group`` has the hosts it runs on.

    ``breaks``: it breaks the twin on purpose, so that one cut short leaves something to be mended.
    """

    name: str
    playbook: str
    title: Message
    permission: Permission
    group: str = DEPLOYED
    breaks: bool = False


PLAYS = (
    Play("render", "playbooks/render.yml", message("渲染配置"), Permission.DEPLOY),
    Play("diff", "playbooks/diff.yml", message("比较差异"), Permission.HANDLE_INCIDENTS),
    Play("deploy", "playbooks/site.yml", message("部署配置"), Permission.DEPLOY),
    Play("verify", "playbooks/verify.yml", message("核验设备"), Permission.HANDLE_INCIDENTS),
    Play("backup", "playbooks/backup.yml", message("备份配置"), Permission.DEPLOY),
    Play(
        "drill", "playbooks/drill.yml", message("故障演练"), Permission.OPERATE_TWIN, breaks=True
    ),
    Play("accounts", "playbooks/accounts.yml", message("审计账号"), Permission.DEPLOY),
    Play("facts", "playbooks/facts.yml", message("采集设备信息"), Permission.HANDLE_INCIDENTS),
    Play(
        "seat-terminals", "playbooks/seat_terminals.yml", message("检查座席终端"),
        Permission.HANDLE_INCIDENTS, SEATS,
    ),
)  # fmt: skip


def play_named(name: str) -> Play:
    """Raises NotFound, naming what there is."""
    for play in PLAYS:
        if play.name == name:
            return play
    raise NotFound("没有这个剧本", name, "、".join(play.name for play in PLAYS))


def select_hosts(site: Site, play: Play, limit: Sequence[str]) -> tuple[str, ...]:
    """The hosts of the play that ``limit`` names, by name or group; all of them if it is empty.

    In declared order. Raises :class:`Invalid` for a name that is none of the play's.
    """
    hosts = [host for host in hosts_of(site) if play.group in host.groups]
    known = {host.name for host in hosts} | {name for host in hosts for name in host.groups}
    unknown = [name for name in limit if name not in known]
    if unknown:
        raise Invalid(
            "剧本不能在这些主机上运行",
            "、".join(unknown),
            message("可用的名称：{names}", names="、".join(sorted(known))),
        )
    chosen = set(limit)
    return tuple(host.name for host in hosts if not chosen or chosen & {host.name, *host.groups})
