"""A batch of call events as a program posts it (pure): JSON to values, all faults at once."""

from collections.abc import Collection, Mapping
from datetime import UTC
from types import MappingProxyType

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from device_configs.site.model import Site
from ops_core.hotline.calls.caller_id import caller_number
from ops_core.hotline.calls.model import CallEvent, CallEventKind
from ops_core.hotline.calls.queue_log import (
    LONGEST_CALL,
    LONGEST_NAME,
    IncomingEvent,
    extension_of,
)
from ops_core.kernel.errors import Invalid, InvalidItems, ItemFault
from ops_core.kernel.masking import mask_text
from ops_core.kernel.written_instant import WrittenInstant

MOST_EVENTS = 5000
"""Events of one request; more of them come in more requests."""
_SHOWN = 60
_TITLE = "话务事件批次有误，未接收任何一条"
_NUMBER_FIELD = "caller"
_PLAIN = r"^(?:[^\x00-\x20\x7f](?:[^\x00-\x1f\x7f]*[^\x00-\x20\x7f])?)?$"
"""PostgreSQL stores no NUL; a log file's blanks around a name are none of the name's."""
_REMEDIES: Mapping[str, str] = MappingProxyType(
    {
        "sequence": "give the event's own number in its source, 0 or above",
        "call": "give the call's identifier, at most 200 characters; a QUEUESTART has none",
        "kind": f"use one of {', '.join(CallEventKind)}; leave out what tells nothing of a call",
        "at": "use ISO 8601 with an offset: 2026-11-24T08:30:00+08:00",
        "queue": "give the queue's name, at most 100 characters",
        "agent": "give the agent or his extension, at most 100 characters",
        "seat": "give the number of a declared seat, or leave it out",
        _NUMBER_FIELD: "give the caller's number, or leave it out",
    }
)


def seats_by_extension(site: Site) -> Mapping[str, int]:
    """The seat at each extension of the telephone system."""
    return {seat.phone: seat.number for seat in site.seats.values()}


class _Item(BaseModel):
    model_config = ConfigDict(extra="forbid")

    sequence: int = Field(strict=True, ge=0, lt=2**63)
    call: str = Field(default="", max_length=LONGEST_CALL, pattern=_PLAIN)
    kind: CallEventKind
    at: WrittenInstant
    queue: str = Field(default="", max_length=LONGEST_NAME, pattern=_PLAIN)
    agent: str = Field(default="", max_length=LONGEST_NAME, pattern=_PLAIN)
    seat: int | None = Field(default=None, strict=True)
    caller: str = Field(default="", max_length=200)


def read_batch(
    source: str, items: list[JsonValue], seats: Collection[int], extensions: Mapping[str, int]
) -> list[IncomingEvent]:
    """The events of a batch in its order.

    ``seats`` are the declared numbers, ``extensions`` gives the seat at each, for events that
    name none. Raises :class:`InvalidItems` naming everything that is wrong, and
    :class:`Invalid` for no source or too many events.
    """
    if not source.strip():
        raise Invalid(_TITLE, "", "请注明来源（source）。")
    if len(items) > MOST_EVENTS:
        raise Invalid(_TITLE, f"{len(items)} > {MOST_EVENTS}", "请分成较小的批次提交。")
    found: list[IncomingEvent] = []
    faults: list[ItemFault] = []
    for index, item in enumerate(items):
        event = _read(index, item, source.strip(), seats, extensions, faults)
        if event is not None:
            found.append(event)
    if faults:
        lines = [str(fault) for fault in faults[:50]]
        more = [f"… {len(faults) - 50}"] if len(faults) > 50 else []
        raise InvalidItems(_TITLE, "\n".join(lines + more), "请改正后整批重新提交。", tuple(faults))
    return found


def _read(
    index: int,
    item: JsonValue,
    source: str,
    seats: Collection[int],
    extensions: Mapping[str, int],
    faults: list[ItemFault],
) -> IncomingEvent | None:
    try:
        sent = _Item.model_validate(item)
    except ValidationError as error:
        faults += [_fault(index, str(e["loc"][0]) if e["loc"] else "", e["input"]) for e in
                   error.errors(include_url=False, include_context=False)]  # fmt: skip
        if isinstance(item, dict) and "call" not in item:
            faults.append(_fault(index, "call", item))
        return None
    before = len(faults)
    if sent.seat is not None and sent.seat not in seats:
        faults.append(_fault(index, "seat", sent.seat))
    if bool(sent.call) is (sent.kind is CallEventKind.QUEUESTART):
        faults.append(_fault(index, "call", sent.call))
    if len(faults) > before:
        return None
    seat = sent.seat if sent.seat is not None else extensions.get(extension_of(sent.agent))
    event = CallEvent(
        source, sent.sequence, sent.call, sent.kind, sent.at.astimezone(UTC), sent.queue,
        sent.agent, seat,
    )  # fmt: skip
    entered = sent.kind is CallEventKind.ENTERQUEUE
    caller = caller_number(sent.caller) if entered else ""
    return IncomingEvent(event, caller, seat_by_extension=sent.seat is None)


def _fault(index: int, field: str, found: object) -> ItemFault:
    """What was found is shown short, and a caller's number not at all."""
    shown = "…" if field == _NUMBER_FIELD else mask_text(str(found))[:_SHOWN]
    if isinstance(found, dict) and field:
        shown = ""  # the field is missing: what was found is the whole item
    remedy = _REMEDIES.get(field, f"give an object with {', '.join(_REMEDIES)} and nothing else")
    return ItemFault(index, field, shown, remedy)
