"""Proofs of new sessions and bans of sign-ins, as tables of the policy book (pure)."""

from device_configs.documents.policy_objects import prefixes_text
from device_configs.documents.speech import Speech
from device_configs.documents.tables import Heading, Sheet
from device_configs.site.model import Site


def syn_proxy_table(site: Site, speech: Speech) -> Sheet:
    """Which sessions are proven before they reach a server, and from which rate on."""
    _, pgettext = speech.gettext, speech.pgettext
    columns = (
        Heading(_("代理")), Heading(_("名称")), Heading(_("适用设备")),
        Heading(pgettext("document", "地址"), wide=True), Heading(_("端口")),
        Heading(_("起始新建/秒"), numeric=True), Heading("MSS", numeric=True),
    )  # fmt: skip
    rows = tuple(
        (
            proxy.name,
            speech.title(proxy.title),
            speech.comma.join(proxy.devices),
            "\n".join(
                f"{name}: {prefixes_text(site.address_sets[name].prefixes)}"
                for name in proxy.destinations
            ),
            speech.comma.join(map(str, proxy.ports)),
            proxy.above_per_second,
            proxy.mss,
        )
        for proxy in site.syn_proxies.values()
    )
    note = _("新建会话超过每秒的数目后，由防火墙先行应答，对端证实后才连到服务器")
    return Sheet("syn-proxies", _("半连接代理"), columns, rows, note)


def login_table(site: Site, speech: Speech) -> Sheet:
    """Where brute force ends in a ban."""
    _ = speech.gettext
    columns = (
        Heading(_("防护")), Heading(_("名称")), Heading(_("适用设备")), Heading(_("端口")),
        Heading(_("每源登录/分钟"), numeric=True), Heading(_("封禁秒数"), numeric=True),
    )  # fmt: skip
    rows = tuple(
        (
            guard.name,
            speech.title(guard.title),
            speech.comma.join(guard.devices),
            speech.comma.join(map(str, guard.ports)),
            guard.attempts_per_minute,
            guard.ban_seconds,
        )
        for guard in site.login_guards.values()
    )
    return Sheet("login-guards", _("登录防爆破"), columns, rows)
