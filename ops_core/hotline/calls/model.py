"""From the telephone system's events to calls (pure).

Event names are those of Asterisk's queue_log, which other systems' exports are mapped to. A call
is what its set of events says: neither the order of their arrival nor hearing one twice matters,
and however often it rang, it is one call (indicator 1). A call whose end nobody tells does not go
on for ever: a telephone system that starts anew has lost what it held.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ops_core.hotline.calls.naming import call_name


class CallEventKind(StrEnum):
    """What the telephone system reports of a call in a queue of human agents.

    AGENTDUMP: the agent hung up while the queue announced the caller to him. QUEUESTART is of no
    call: the telephone system started, and with it all its queues, empty.
    """

    ENTERQUEUE = "ENTERQUEUE"
    RINGNOANSWER = "RINGNOANSWER"
    CONNECT = "CONNECT"
    ABANDON = "ABANDON"
    EXITWITHTIMEOUT = "EXITWITHTIMEOUT"
    EXITEMPTY = "EXITEMPTY"
    EXITWITHKEY = "EXITWITHKEY"
    BLINDTRANSFER = "BLINDTRANSFER"
    ATTENDEDTRANSFER = "ATTENDEDTRANSFER"
    COMPLETEAGENT = "COMPLETEAGENT"
    COMPLETECALLER = "COMPLETECALLER"
    AGENTDUMP = "AGENTDUMP"
    QUEUESTART = "QUEUESTART"


class Outcome(StrEnum):
    """How a call's stay in the queues ended; exactly one holds."""

    WAITING = "waiting"
    ANSWERED = "answered"
    ABANDONED = "abandoned"
    TIMED_OUT = "timed_out"
    OVERFLOWED = "overflowed"
    LEFT_BY_KEY = "left_by_key"
    DROPPED = "dropped"
    """By the agent who was to take it."""
    UNKNOWN = "unknown"
    """It is over, and nobody reported how."""


_ENDS: Mapping[CallEventKind, Outcome] = {
    CallEventKind.ABANDON: Outcome.ABANDONED,
    CallEventKind.EXITWITHTIMEOUT: Outcome.TIMED_OUT,
    CallEventKind.EXITEMPTY: Outcome.OVERFLOWED,
    CallEventKind.EXITWITHKEY: Outcome.LEFT_BY_KEY,
    CallEventKind.AGENTDUMP: Outcome.DROPPED,
    # Without a CONNECT before it: another channel took the place of this one (asterisk#759).
    CallEventKind.BLINDTRANSFER: Outcome.UNKNOWN,
    CallEventKind.ATTENDEDTRANSFER: Outcome.UNKNOWN,
    CallEventKind.COMPLETEAGENT: Outcome.UNKNOWN,
    CallEventKind.COMPLETECALLER: Outcome.UNKNOWN,
}
"""What a call that nobody took comes to by its last word."""
_IN_A_QUEUE = frozenset(
    {
        CallEventKind.CONNECT,
        CallEventKind.ABANDON,
        CallEventKind.EXITWITHTIMEOUT,
        CallEventKind.EXITEMPTY,
        CallEventKind.EXITWITHKEY,
        CallEventKind.AGENTDUMP,
    }
)
"""What happens only to a caller who is in a queue, by which he was taken or lost."""
_NO_QUEUE = frozenset({"", "NONE"})
_TRANSFERS = frozenset({CallEventKind.BLINDTRANSFER, CallEventKind.ATTENDEDTRANSFER})


@dataclass(frozen=True, slots=True)
class CallEvent:
    """One line of a source's log; (source, sequence) names it. ``at`` is an aware instant.

    ``call`` is the call's identifier in its source, empty for a start of the source.
    """

    source: str
    sequence: int
    call: str
    kind: CallEventKind
    at: datetime
    queue: str = ""
    agent: str = ""
    seat: int | None = None

    @property
    def name(self) -> str:
        """The name of its call, which no other source's call bears; empty for a start."""
        return call_name(self.source, self.call)


@dataclass(frozen=True, slots=True)
class Call:
    """One caller's stay in the queues of human agents; ``call`` is its name.

    ``seat`` and ``agent`` are those that took it first; ``rung`` counts the times it was offered
    and not taken. ``left_at`` is the end as far as the queues know it, at the latest when its
    telephone system started anew; None while it goes on.
    """

    call: str
    entered_at: datetime
    queue: str
    outcome: Outcome
    answered_at: datetime | None
    left_at: datetime | None
    agent: str
    seat: int | None
    rung: int
    transfers: int

    @property
    def waited(self) -> timedelta | None:
        """From entering the first queue until answered or gone; None while it waits."""
        end = self.answered_at or self.left_at
        return None if end is None else end - self.entered_at


def call_of(events: Iterable[CallEvent], starts: Iterable[CallEvent] = ()) -> Call | None:
    """The call that these events, all of one call, amount to.

    ``starts`` are those of its telephone systems (QUEUESTART): what still went on at the first one
    behind the call's last word was over by then.

    None when it never entered a queue (the caller hung up in the voice menu): such calls are in no
    indicator. One that was taken or lost there did enter a queue, though the word of its entry may
    be lost itself: it counts from the first that was heard of it. A call that any agent took is
    answered, whatever another queue said of it before or after; otherwise the last word counts, and
    a call that entered another queue after it waits.
    """
    known = {(event.source, event.sequence): event for event in events}
    ordered = sorted(known.values(), key=_order)
    taken = next((event for event in ordered if event.kind is CallEventKind.CONNECT), None)
    entry = _entry(ordered)
    if entry is None:
        return None
    outcome, left_at = _end(ordered, taken)
    if left_at is None and (start := _start_after(ordered[-1], starts)) is not None:
        outcome, left_at = Outcome.UNKNOWN if taken is None else outcome, start.at
    return Call(
        call=entry.name,
        entered_at=entry.at,
        queue=entry.queue,
        outcome=outcome,
        answered_at=taken.at if taken else None,
        left_at=left_at,
        agent=taken.agent if taken else "",
        seat=taken.seat if taken else None,
        rung=_times(ordered, (CallEventKind.RINGNOANSWER,)),
        transfers=_times(ordered, _TRANSFERS),
    )


def _entry(ordered: Sequence[CallEvent]) -> CallEvent | None:
    """The event by which it is known that a call entered a queue, and since when."""
    for event in ordered:
        if event.kind is CallEventKind.ENTERQUEUE:
            return event
    of_queues = [event for event in ordered if event.queue not in _NO_QUEUE]
    return of_queues[0] if any(event.kind in _IN_A_QUEUE for event in of_queues) else None


def _times(events: Iterable[CallEvent], kinds: Collection[CallEventKind]) -> int:
    """How often it happened: what is reported of one agent and one instant twice happened once."""
    return len({(e.at, e.kind, e.agent) for e in events if e.kind in kinds})


def _order(event: CallEvent) -> tuple[datetime, str, int]:
    # Sources stamp whole seconds: within one, their own numbering says what came first.
    return event.at, event.source, event.sequence


def _start_after(last: CallEvent, starts: Iterable[CallEvent]) -> CallEvent | None:
    """The first start of the source behind its last word of the call."""
    later = (s for s in starts if s.source == last.source and _order(s) > _order(last))
    return min(later, key=_order, default=None)


def _end(ordered: list[CallEvent], taken: CallEvent | None) -> tuple[Outcome, datetime | None]:
    if taken is not None:
        # A blind transfer out of the queues is the last that is heard of a call.
        last = next(e for e in reversed(ordered) if e.kind is not CallEventKind.RINGNOANSWER)
        goes_on = last.kind in (CallEventKind.CONNECT, CallEventKind.ENTERQUEUE)
        return Outcome.ANSWERED, None if goes_on else last.at
    last = next(
        event
        for event in reversed(ordered)
        if event.kind in _ENDS or event.kind is CallEventKind.ENTERQUEUE
    )
    outcome = _ENDS.get(last.kind, Outcome.WAITING)
    return outcome, None if outcome is Outcome.WAITING else last.at
