"""From what a form or a program says to a draft, with every fault beside its field (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from device_configs.site.hotline import CaseKind, Hotline
from ops_core.hotline.cases.model import CaseDraft, Channel, DraftFault, draft_faults, refuse_faults
from ops_core.kernel.i18n import message
from ops_core.kernel.written_text import written

OLDEST = timedelta(days=31)
"""Other channels may hand over what they kept while a link was cut; nothing older."""
AHEAD = timedelta(minutes=5)
"""By how much another system's clock may be ahead of ours."""

E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class CaseFields:
    """A request as it was typed or sent: nothing checked yet."""

    channel: str
    source_org: str
    source_ref: str
    kind: str
    category: str
    region: str
    title: str
    text: str
    received_at: datetime
    number: str = ""
    name: str = ""
    call: str = ""
    direct_answer: str = ""
    stated_at: datetime | None = None


def draft_of(fields: CaseFields, hotline: Hotline, now: datetime) -> CaseDraft:
    """The draft. Raises :class:`ops_core.kernel.errors.Invalid` that names every fault."""
    faults: list[DraftFault] = []
    channel, kind = _one_of(Channel, fields.channel), _one_of(CaseKind, fields.kind)
    if channel is None:
        faults.append(DraftFault("channel", message("请选择渠道")))
    if kind is None:
        faults.append(DraftFault("kind", message("请选择类型")))
    faults += _time_faults(fields.received_at, now)
    if _is_ahead(fields.stated_at, now):
        faults.append(DraftFault("stated_at", message("报送时间在将来")))
    draft = CaseDraft(
        channel=channel or Channel.WEB,  # refused below when there is none
        source_org=written(fields.source_org),
        source_ref=written(fields.source_ref),
        kind=kind or CaseKind.CONSULTATION,  # likewise
        category=fields.category,
        region=fields.region,
        title=written(fields.title),
        text=written(fields.text),
        received_at=fields.received_at,
        number=written(fields.number),
        name=written(fields.name),
        call=fields.call or None,
        direct_answer=written(fields.direct_answer),
        stated_at=fields.stated_at,
    )
    refuse_faults(faults + draft_faults(draft, hotline))
    return draft


def faults_by_field(members: Mapping[str, object]) -> dict[str, str]:
    """What stands beside each field, of the members of a refusal of :func:`draft_of`."""
    found = members.get("faults")
    listed = found if isinstance(found, list) else []
    pairs = [(one["field"], one["detail"]) for one in listed if isinstance(one, dict)]
    return {
        field: text for field, text in pairs if isinstance(field, str) and isinstance(text, str)
    }


def _one_of(kind: type[E], value: str) -> E | None:
    return kind(value) if value in set(kind) else None


def _time_faults(received_at: datetime, now: datetime) -> list[DraftFault]:
    if received_at.utcoffset() is None:
        return []  # the draft's own check says so
    if not now - OLDEST <= received_at <= now + AHEAD:
        return [DraftFault("received_at", message("受理时间须在 {days} 天以内", days=OLDEST.days))]
    return []


def _is_ahead(stated_at: datetime | None, now: datetime) -> bool:
    return stated_at is not None and stated_at.utcoffset() is not None and stated_at > now + AHEAD
