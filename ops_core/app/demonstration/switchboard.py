"""Lets simulated calls ring only where a terminal is in order, as the twin stands.

A call that goes on at a seat whose terminal dies goes on: the telephone is another device.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.hotline.calls.model import CallEvent, CallEventKind, Outcome
from ops_core.hotline.calls.queue_log import IncomingEvent
from ops_core.hotline.calls.tables import CallEventRow, CallRow
from ops_core.hotline.demonstration import SOURCE
from ops_core.hotline.demonstration.cast import GUEST_AGENT, Post, posts_of, shift_at
from ops_core.hotline.demonstration.hours import local_day
from seat_assets.model import Change, Part, TerminalCondition
from seat_assets.read import read_changes

_LONGEST_CALL = timedelta(hours=2)
_ENDS = frozenset(
    {
        CallEventKind.COMPLETEAGENT,
        CallEventKind.COMPLETECALLER,
        CallEventKind.BLINDTRANSFER,
        CallEventKind.ATTENDEDTRANSFER,
    }
)


def redirected(
    session: Session,
    seed: int,
    site: Site,
    items: Sequence[IncomingEvent],
    since: datetime | None = None,
) -> list[IncomingEvent]:
    """The planned events, in order of time, as they go with the terminals that were in order.

    What is stored already is left out. A call planned for a seat that is out goes to another post
    of the shift; where none is left its caller is turned away (EXITEMPTY). Calls that came in
    before ``since`` occupy nobody: their ends may not be on record yet.
    """
    new = _unstored(session, items)
    if not new:
        return []
    switchboard = _Switchboard(session, seed, site, [item.event for item in new], since)
    passed = ((item, switchboard.passed(item.event)) for item in new)
    return [replace(item, event=event) for item, event in passed if event is not None]


def _unstored(session: Session, items: Sequence[IncomingEvent]) -> list[IncomingEvent]:
    sequences = [item.event.sequence for item in items]
    stored = set(
        session.scalars(
            select(CallEventRow.sequence).where(
                CallEventRow.source == SOURCE, CallEventRow.sequence.in_(sequences)
            )
        )
    )
    return [item for item in items if item.event.sequence not in stored]


class _Switchboard:
    """Who talks where while a batch of events goes by."""

    def __init__(
        self,
        session: Session,
        seed: int,
        site: Site,
        events: Sequence[CallEvent],
        since: datetime | None,
    ) -> None:
        self._seed, self._site, self._zone = seed, site, ZoneInfo(site.contract.timezone)
        self._terminals = _Terminals(read_changes(session, events[0].at, events[-1].at))
        self._talking = _calls_going_on(session, events[0].at, since)

    def passed(self, event: CallEvent) -> CallEvent | None:
        """The event as it comes true; None when it does not."""
        self._terminals.move_to(event.at)
        if event.kind is CallEventKind.RINGNOANSWER:
            return event if self._terminals.in_order(event.seat) else None
        if event.kind is CallEventKind.CONNECT:
            return self._connected(event)
        if event.kind in _ENDS:
            post = self._talking.pop(event.name, None)
            return replace(event, agent=post.agent, seat=post.seat) if post else None
        return event

    def _connected(self, event: CallEvent) -> CallEvent:
        post = self._free_post(event)
        if post is None:
            return replace(event, kind=CallEventKind.EXITEMPTY, agent="", seat=None)
        self._talking[event.name] = post
        return replace(event, agent=post.agent, seat=post.seat)

    def _free_post(self, event: CallEvent) -> Post | None:
        planned = [Post(event.agent, event.seat)] if event.seat is not None else []
        if planned and self._is_free(planned[0]):
            return planned[0]
        posts = posts_of(self._seed, local_day(event.at, self._zone), self._site)
        others = posts[shift_at(event.at, self._zone)]
        usable = (post for post in others if post.agent != GUEST_AGENT and self._is_free(post))
        return next(usable, None)

    def _is_free(self, post: Post) -> bool:
        if not self._terminals.in_order(post.seat):
            return False
        return all(
            post.seat != other.seat and post.agent != other.agent
            for other in self._talking.values()
        )


@dataclass
class _Terminals:
    """Conditions of terminals along a stretch of time.

    Only what is known to be out of order keeps calls away: of the time before the first look,
    and while nothing was watched, nothing is known.
    """

    changes: list[Change]

    def __post_init__(self) -> None:
        self._bad: set[tuple[int, Part]] = set()
        self._next = 0

    def move_to(self, at: datetime) -> None:
        while self._next < len(self.changes) and self.changes[self._next].at <= at:
            change = self.changes[self._next]
            part = (change.seat, change.part)
            (self._bad.add if change.condition is TerminalCondition.BAD else self._bad.discard)(
                part
            )
            self._next += 1

    def in_order(self, seat: int | None) -> bool:
        return all((seat, part) not in self._bad for part in Part)


def _calls_going_on(session: Session, at: datetime, since: datetime | None) -> dict[str, Post]:
    """The post of every call somebody has taken that has not ended yet, whoever's it is."""
    rows = session.execute(
        select(CallRow.call, CallRow.agent, CallRow.seat).where(
            CallRow.outcome == Outcome.ANSWERED,
            CallRow.left_at.is_(None),
            CallRow.entered_at > at - _LONGEST_CALL,
            CallRow.entered_at >= (since or at - _LONGEST_CALL),
            CallRow.entered_at <= at,  # what began later may be on record already
        )
    )
    return {call: Post(agent, seat) for call, agent, seat in rows if seat is not None}
