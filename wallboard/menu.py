"""The pages a reader may go to, in the menu's order; he starts at the first of them (pure)."""

from collections.abc import Callable
from dataclasses import dataclass

from ops_core.kernel.permissions import Permission
from wallboard.formats import Translate


@dataclass(frozen=True, slots=True)
class Entry:
    """A page of the menu; ``key`` follows ``g`` on the keyboard."""

    href: str
    key: str
    word: str
    permission: Permission


def menu(
    may: Callable[[Permission], bool],
    has_proofs: bool,
    has_deployments: bool,
    translate: Translate,
) -> tuple[Entry, ...]:
    """What somebody may see who ``may`` do this and that; empty for a program, say."""
    entries = _entries(has_proofs, has_deployments, translate)
    return tuple(entry for entry in entries if may(entry.permission))


def _entries(has_proofs: bool, has_deployments: bool, translate: Translate) -> list[Entry]:
    _ = translate
    entries = [
        Entry("/wall", "w", _("总览"), Permission.SEE_WALL),
        Entry("/agent", "a", _("接话"), Permission.TAKE_CALLS),
        Entry("/orders", "o", _("工单"), Permission.SEE_ORDERS),
        Entry("/unit", "u", _("本单位工单"), Permission.HANDLE_ORDERS),
        Entry("/callbacks", "b", _("回访"), Permission.CALL_BACK),
        Entry("/incidents", "i", _("故障"), Permission.SEE_INCIDENTS),
        Entry("/calls", "c", _("来电"), Permission.SEE_CALLS),
        Entry("/devices", "d", _("设备"), Permission.SEE_INCIDENTS),
        Entry("/seats", "s", _("席位"), Permission.SEE_INCIDENTS),
        Entry("/availability", "v", _("可用率"), Permission.SEE_INCIDENTS),
        Entry("/indicators", "x", _("指标"), Permission.SEE_INDICATORS),
    ]
    entries.append(Entry("/network/documents", "m", _("文档"), Permission.SEE_INCIDENTS))
    if has_proofs:
        entries.append(Entry("/network/proofs", "n", _("证明"), Permission.SEE_INCIDENTS))
    if has_deployments:
        entries.append(Entry("/deployments", "p", _("部署"), Permission.SEE_INCIDENTS))
    entries.append(Entry("/health", "h", _("自检"), Permission.SEE_HEALTH))
    return entries
