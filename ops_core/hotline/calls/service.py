"""Takes the telephone system's events and keeps the calls and their tallies true to them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from ops_core.hotline.calls.callers import correct_callers, newest_callers
from ops_core.hotline.calls.digest import digest_of
from ops_core.hotline.calls.model import Call, CallEvent, CallEventKind, call_of
from ops_core.hotline.calls.people import is_channel, with_person
from ops_core.hotline.calls.queue_log import IncomingEvent
from ops_core.hotline.calls.store import (
    SentCaller,
    TallyKey,
    Touched,
    add_events,
    move_tallies,
    read_touched,
    running_calls,
    store_calls,
)
from ops_core.hotline.calls.tallies import tally_key
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.hotline.presence.model import SeatSignIn
from ops_core.hotline.presence.read import sign_ins_around
from ops_core.hotline.recorded_times import require_one_call, require_past
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.errors import Conflict, Invalid
from ops_core.kernel.i18n import message
from ops_core.kernel.permissions import Permission, require
from ops_core.kernel.set_digests import DIGEST

CALL_SOURCE = "call_source"
"""Aggregate type of the events that report a batch of call events."""
BATCH = 1000
"""Events of one transaction of an import."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a batch: events new and known before, calls that changed.

    ``corrected`` are calls of whose caller an event that was known says another number now,
    ``superseded`` those of whose caller it says what a later word has replaced.
    """

    new: int
    known: int
    calls: tuple[str, ...]
    corrected: tuple[str, ...] = ()
    superseded: tuple[str, ...] = ()


def take_events(
    uow: UnitOfWork, vault: ContactVault, batch: Sequence[IncomingEvent], zone: ZoneInfo
) -> Taken:
    """Store what is new of a batch and bring its calls up to date; a batch may come again.

    ``zone`` cuts the days of the tallies. Raises Forbidden; :class:`Invalid` for a batch of several
    sources, an event of the future, or one a day from the others of its call;
    :class:`Conflict` when a number of the source now says something else than before.
    A batch that brings nothing new changes nothing, not even the audit log. A start of the source
    ends what went on there.
    """
    require(uow.actor, Permission.FEED_CALLS)
    source = _source_of(batch)
    latest = max(batch, key=lambda item: item.event.at).event
    require_past(latest.at, uow.clock.now(), f"{source} {latest.sequence} {latest.kind}")
    sent = _by_sequence(batch)
    named = {i.event.name for i in sent.values()} - {""}
    ended = _running_at_starts(uow.session, source, sent)
    touched = read_touched(uow.session, source, list(sent), named | ended)
    new = _unknown(source, sent, touched)
    added = {item.event.sequence for item in new}
    known = [item for sequence, item in sent.items() if sequence not in added]
    stated = correct_callers(uow, vault, known, touched)
    if not new:
        return Taken(0, len(batch), (), stated.corrected, stated.superseded)
    callers = newest_callers(uow.session, vault, new, touched)
    add_events(uow.session, (i.event for i in new))
    changed = _update_calls(uow.session, [i.event for i in new], touched, ended, callers, zone)
    last = max(i.event.sequence for i in new)
    detail = {"new": len(new), "last_sequence": last, "calls": len(changed)}
    uow.event(CALL_SOURCE, source, "CallEventsTaken", detail)
    digest = digest_of(item.event for item in new)
    uow.audit("CallEventsTaken", CALL_SOURCE, source, {**detail, DIGEST: digest})
    known_count = len(batch) - len(new)
    return Taken(len(new), known_count, tuple(changed), stated.corrected, stated.superseded)


def _running_at_starts(
    session: Session, source: str, sent: Mapping[int, IncomingEvent]
) -> set[str]:
    """Calls that may have gone on when the source started: none of them does any more."""
    starts = [i.event.at for i in sent.values() if i.event.kind is CallEventKind.QUEUESTART]
    return set(running_calls(session, source, max(starts))) if starts else set()


def _source_of(batch: Sequence[IncomingEvent]) -> str:
    sources = {item.event.source for item in batch}
    if len(sources) != 1 or "" in sources:
        raise Invalid("一批话务事件须来自同一来源", "", "请按来源分批提交，并注明来源。")
    return sources.pop()


def _by_sequence(batch: Sequence[IncomingEvent]) -> dict[int, IncomingEvent]:
    """The batch, each number once."""
    sent: dict[int, IncomingEvent] = {}
    for item in batch:
        earlier = sent.setdefault(item.event.sequence, item)
        if earlier is not item:
            _same(earlier.event, item)
    return sent


def _unknown(
    source: str, sent: Mapping[int, IncomingEvent], touched: Touched
) -> list[IncomingEvent]:
    """Those that are not stored yet."""
    known = set()
    for event in touched.events:
        if event.source == source and event.sequence in sent:
            _same(event, sent[event.sequence])
            known.add(event.sequence)
    return [item for sequence, item in sent.items() if sequence not in known]


def _same(stored: CallEvent, item: IncomingEvent) -> None:
    """A seat that was looked up is that of the first time, whatever is declared by now."""
    sent = item.event
    if stored == sent:
        return
    if item.seat_by_extension and stored == replace(sent, seat=stored.seat):
        return
    raise Conflict(
        "同一序号的话务事件前后不一致",
        message("来源 {source} 的第 {n} 号已有不同内容。", source=sent.source, n=sent.sequence),
        "请核对来源的编号；已存的事件不会被改写。",
    )


def _update_calls(
    session: Session,
    new: Sequence[CallEvent],
    touched: Touched,
    ended: Collection[str],
    callers: Mapping[str, SentCaller],
    zone: ZoneInfo,
) -> list[str]:
    """Make the calls anew from all their events, with the tallies; returns those that changed."""
    events: dict[str, list[CallEvent]] = defaultdict(list)
    for event in (*touched.events, *new):
        events[event.name].append(event)
    starts = events.pop("", [])
    moved: dict[TallyKey, int] = defaultdict(int)
    changed: list[Call] = []
    fresh = {event.name for event in new} - {""}
    for name in fresh:
        require_one_call(name, (event.at for event in events[name]))
    known = {name: call_of(events[name], starts) for name in sorted({*ended, *fresh})}
    sign_ins = _sign_ins(session, [call for call in known.values() if call is not None])
    for name, found in known.items():
        call = found and with_person(found, sign_ins)
        before = touched.calls.get(name)
        if call is None or (call == before and name not in callers):
            continue
        if before is not None:
            moved[tally_key(before, zone)] -= 1
        moved[tally_key(call, zone)] += 1
        changed.append(call)
    store_calls(session, changed, touched.calls.keys(), callers)
    move_tallies(session, moved)
    return [call.call for call in changed]


def _sign_ins(session: Session, calls: Sequence[Call]) -> tuple[SeatSignIn, ...]:
    """Those that decide who took these calls; nothing is asked where the log names people."""
    of_channels = [call for call in calls if is_channel(call.agent)]
    seats = {call.seat for call in of_channels if call.seat is not None}
    instants = [call.answered_at for call in of_channels if call.answered_at is not None]
    if not seats or not instants:
        return ()
    return sign_ins_around(session, seats, min(instants), max(instants))
