"""Where a record of a figure leads: its call, order, seat, incident or item (pure)."""

from dataclasses import dataclass
from urllib.parse import quote

from ops_core.kernel.i18n import Translate
from ops_core.kernel.permissions import Permission
from ops_core.kpi.records import Record, RecordKind


@dataclass(frozen=True, slots=True)
class RecordLink:
    """A page about a record, open to those who have its permission."""

    label: str
    href: str
    permission: Permission


def links_of(record: Record, translate: Translate) -> tuple[RecordLink, ...]:
    """The record's own page first."""
    match record.kind:
        case RecordKind.CALL:
            own: tuple[RecordLink, ...] = (_call(record.identifier, translate),)
        case RecordKind.ORDER:
            own = (_order(record.identifier, translate),)
        case RecordKind.CALLBACK:
            own = _callback(record.identifier, translate)
        case RecordKind.INCIDENT:
            own = (_incident(record.identifier, translate),)
        case RecordKind.TOPIC:
            own = (_topic(record.identifier, translate),)
        case RecordKind.NOTICE:
            own = (_notice(record.identifier, translate),)
        case RecordKind.REPORT:
            own = (_report(record.identifier, translate),)
        case RecordKind.TERMINAL:
            own = ()
        case RecordKind.ADJUDICATION:
            own = (_matter(record.identifier, translate),)
        case RecordKind.REGISTER:
            own = (_item(record.identifier, translate),)
    if record.seat is not None:
        own = (*own, _seat(record.seat, translate))
    return (*own, _matter(record.matter, translate)) if record.matter else own


def _call(call: str, translate: Translate) -> RecordLink:
    _ = translate
    label = _("来电%(call)s") % {"call": f" {call}"}
    return RecordLink(label, f"/calls/{quote(call, safe='')}", Permission.SEE_CALLS)


def _order(order: str, translate: Translate) -> RecordLink:
    _ = translate
    label = _("工单%(order)s") % {"order": f" {order}"}
    return RecordLink(label, f"/orders/{quote(order, safe='')}", Permission.SEE_ORDERS)


def _callback(identifier: str, translate: Translate) -> tuple[RecordLink, ...]:
    _ = translate
    order, _slash, cycle = identifier.rpartition("/")
    called = _("第%(cycle)s轮回访") % {"cycle": cycle}
    return (
        _order(order, translate),
        RecordLink(
            called, f"/callbacks/{quote(order, safe='')}/{quote(cycle)}", Permission.SEE_ORDERS
        ),
    )


def _incident(number: str, translate: Translate) -> RecordLink:
    _ = translate
    label = _("故障%(number)s") % {"number": f" {number}"}
    return RecordLink(label, f"/incidents/{quote(number, safe='')}", Permission.SEE_INCIDENTS)


def _topic(number: str, translate: Translate) -> RecordLink:
    _ = translate
    label = _("热点%(number)s") % {"number": f" {number}"}
    return RecordLink(label, f"/training/{quote(number, safe='')}", Permission.SEE_TRAINING)


def _notice(number: str, translate: Translate) -> RecordLink:
    _ = translate
    label = _("通知%(number)s") % {"number": f" {number}"}
    return RecordLink(
        label, f"/knowledge/notices/{quote(number, safe='')}", Permission.SEE_KNOWLEDGE
    )


def _matter(number: str, translate: Translate) -> RecordLink:
    _ = translate
    label = _("认定%(number)s") % {"number": f" {number}"}
    permission = Permission.SEE_ADJUDICATIONS
    return RecordLink(label, f"/adjudications/{quote(number, safe='')}", permission)


def _item(number: str, translate: Translate) -> RecordLink:
    _ = translate
    label = _("事项%(number)s") % {"number": f" {number}"}
    return RecordLink(label, f"/registers/items/{quote(number, safe='')}", Permission.SEE_REGISTERS)


def _report(key: str, translate: Translate) -> RecordLink:
    _ = translate
    label = _("报告%(key)s") % {"key": f" {key}"}
    return RecordLink(label, f"/reports/{quote(key, safe='')}", Permission.SEE_REPORTS)


def _seat(seat: int, translate: Translate) -> RecordLink:
    _ = translate
    return RecordLink(
        _("%(seat)d号席") % {"seat": seat}, f"/seats#seat-{seat}", Permission.SEE_INCIDENTS
    )
