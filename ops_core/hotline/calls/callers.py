"""Who called: the number that the newest event of a call brought, however late an older one comes.

A call may enter queues several times, and its caller's number may come with any of the entries. An
event that is sent again with another number corrects it; what was corrected once does not come back
by a repeat that was late.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from ops_core.hotline.calls.contact import CALL
from ops_core.hotline.calls.model import CallEventKind
from ops_core.hotline.calls.queue_log import IncomingEvent
from ops_core.hotline.calls.store import SentCaller, Touched, store_calls
from ops_core.hotline.contacts.requesters import requester_ids
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.events import events_of

CORRECTED = "CallerCorrected"
_Place = tuple[datetime, int]
"""An event's instant, and within one its number in its source."""


@dataclass(frozen=True, slots=True)
class CallersStated:
    """Calls whose caller is another one now, and calls whose caller a later word named already."""

    corrected: tuple[str, ...] = ()
    superseded: tuple[str, ...] = ()


def correct_callers(
    uow: UnitOfWork, vault: ContactVault, known: Iterable[IncomingEvent], touched: Touched
) -> CallersStated:
    """Take the numbers that events known before bring now, where they are others; on record.

    A later event that brings the number that is kept confirms it: what one before it says is older
    from then on. Nothing is recorded of that, since the caller stays the same.
    """
    newest = _newest(known)
    if not newest:
        return CallersStated()
    ids = requester_ids(uow.session, vault, {item.caller for item in newest.values()})
    others: dict[str, SentCaller] = {}
    confirmed: dict[str, SentCaller] = {}
    superseded = []
    for call, item in newest.items():
        sent = SentCaller(ids[item.caller], item.event.sequence)
        if call not in touched.callers:
            continue
        if touched.callers[call] == sent.requester:
            if _is_later_place(touched, item):
                confirmed[call] = sent
        elif _is_superseded(uow.session, touched, item, sent):
            superseded.append(call)
        else:
            others[call] = sent
    stored = others | confirmed
    store_calls(uow.session, [touched.calls[call] for call in stored], touched.calls.keys(), stored)
    for call, sent in others.items():
        detail = {"before": touched.callers[call], "after": sent.requester}
        uow.event(CALL, call, CORRECTED, detail)
        uow.audit(CORRECTED, CALL, call, detail)
    for call, sent in stored.items():
        touched.callers[call], touched.caller_sequences[call] = sent.requester, sent.sequence
    return CallersStated(tuple(sorted(others)), tuple(sorted(superseded)))


def newest_callers(
    session: Session, vault: ContactVault, new: Iterable[IncomingEvent], touched: Touched
) -> dict[str, SentCaller]:
    """Who called by the events that are new, but for calls of which a later event said it."""
    newest = {call: item for call, item in _newest(new).items() if _is_later_place(touched, item)}
    ids = requester_ids(session, vault, {item.caller for item in newest.values()})
    return {
        call: SentCaller(ids[item.caller], item.event.sequence) for call, item in newest.items()
    }


def _newest(items: Iterable[IncomingEvent]) -> dict[str, IncomingEvent]:
    """Of each call the last event that brings a number."""
    return {item.event.name: item for item in sorted(items, key=_place) if item.caller}


def _place(item: IncomingEvent) -> _Place:
    return item.event.at, item.event.sequence


def _is_later_place(touched: Touched, item: IncomingEvent) -> bool:
    kept = _kept_place(touched, item.event.name)
    return kept is None or kept < _place(item)


def _kept_place(touched: Touched, call: str) -> _Place | None:
    """Which event the kept caller is from: where that was not kept, the last entry. None without
    a caller."""
    if touched.callers.get(call) is None:
        return None
    sequence = touched.caller_sequences[call]
    entries: Sequence[_Place] = [
        (event.at, event.sequence)
        for event in touched.events
        if event.name == call
        and (
            event.kind is CallEventKind.ENTERQUEUE
            if sequence is None
            else event.sequence == sequence
        )
    ]
    return max(entries, default=None)


def _is_superseded(
    session: Session, touched: Touched, item: IncomingEvent, sent: SentCaller
) -> bool:
    call = item.event.name
    kept, stated = _kept_place(touched, call), _place(item)
    if kept is None or kept < stated:
        return False
    return stated < kept or _was_stated(session, call, sent.requester)


def _was_stated(session: Session, call: str, requester: int) -> bool:
    events = events_of(session, CALL, call)
    return any(e.type == CORRECTED and e.payload.get("before") == requester for e in events)
