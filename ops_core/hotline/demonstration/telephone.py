"""A day at the telephone: who calls when, where it rings, who takes it (pure).

A small simulation of the queues: calls arrive along the day's curve and go to the agent who has
been idle longest, if one is free; nobody ever talks to two callers.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from device_configs.site.model import Site
from ops_core.hotline.calls.model import CallEvent, CallEventKind
from ops_core.hotline.calls.queue_log import IncomingEvent
from ops_core.hotline.demonstration import SOURCE, figures
from ops_core.hotline.demonstration.cast import GUEST_AGENT, Post, posts_of, shift_at
from ops_core.hotline.demonstration.dice import Dice, dice_for
from ops_core.hotline.demonstration.hours import is_worked, midnight

_HOURS = (7, 6, 5, 4, 4, 6, 13, 32, 72, 97, 95, 74, 52, 62, 86, 95, 82, 60, 46, 40, 33, 25, 16, 10)
"""Weight of each hour: two peaks around ten and three o'clock, and a night that is never empty."""
_QUARTER = timedelta(minutes=15)
_RING = timedelta(seconds=15)
_LONGEST_WAIT = timedelta(seconds=60)
_GUEST_AFTER_MIDNIGHT = timedelta(minutes=30)
_EVENTS_A_CALL = 16
_SEQUENCES_A_DAY = 1_000_000
_LONGEST_TALK_S = 1500.0
_NUMBER_PREFIX = "154"
"""China reserves no telephone numbers for stories. 154 is the prefix of no network (the ministry
has given it to nobody), so 154 and eight digits look and are masked like a mobile number and never
are anybody's."""
_REGULARS, _REGULAR_SHARE = 4000, 0.2


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """A call as it goes when every seat is in order; ``agent`` is empty when nobody takes it."""

    name: str
    index: int
    entered_at: datetime
    events: tuple[IncomingEvent, ...]
    ended_at: datetime
    agent: str = ""
    transferred: bool = False
    hung_up_by_caller: bool = False


def arrivals(dice: Dice, day: date, zone: ZoneInfo, expected: float) -> list[datetime]:
    """The instants of about so many arrivals along the day's curve, in order."""
    count = max(0, round(dice.gauss(expected, expected**0.5)))
    weights = [_weight(quarter) for quarter in range(96)]
    begin = midnight(day, zone)
    quarters = dice.choices(range(96), weights, k=count)
    return sorted(begin + q * _QUARTER + dice.seconds(0, 899.999) for q in quarters)


def expected_calls(seed: int, day: date, site: Site, volume: float = 1.0) -> float:
    """About how many calls the day brings: more on working days, no two days alike.

    ``volume`` is the share of the published volume.
    """
    share = figures.day_share(is_worked(day, site.calendar))
    noise = dice_for(seed, "day", day).uniform(0.94, 1.06)
    return figures.average_day(len(site.seats)) * volume * share * noise


def calls_of(seed: int, day: date, site: Site, volume: float = 1.0) -> list[PlannedCall]:
    """The calls that enter a queue on a local day, in order; their events may end after it."""
    zone = ZoneInfo(site.contract.timezone)
    floor = _Floor(seed, day, site)
    expected = expected_calls(seed, day, site, volume)
    begun = arrivals(dice_for(seed, "calls", day), day, zone, expected)
    return [floor.call(index, at) for index, at in enumerate(begun)]


def number_of(dice: Dice) -> str:
    """A caller's number that is nobody's; one in five calls is by somebody who calls often."""
    if dice.happens(_REGULAR_SHARE):
        return f"{_NUMBER_PREFIX}{7 * int(dice.random() * _REGULARS) + 20_000_000:08d}"
    return f"{_NUMBER_PREFIX}{int(dice.random() * 100_000_000):08d}"


def _weight(quarter: int) -> float:
    """The curve between the middles of two hours."""
    at = quarter / 4 - 0.375
    hour = int(at // 1) % 24
    part = at - at // 1
    return _HOURS[hour] * (1 - part) + _HOURS[(hour + 1) % 24] * part


class _Floor:
    """The seats of one day while its calls come in, one after the other."""

    def __init__(self, seed: int, day: date, site: Site) -> None:
        self._seed, self._day, self._zone = seed, day, ZoneInfo(site.contract.timezone)
        self._posts = posts_of(seed, day, site)
        self._queues = {
            queue.name: 0.88 if place == 0 else 0.12 / max(1, len(site.hotline.queues) - 1)
            for place, queue in enumerate(site.hotline.queues)
        }
        begin = midnight(day, self._zone)
        self._agents: dict[str, datetime] = {GUEST_AGENT: begin + _GUEST_AFTER_MIDNIGHT}
        self._seats: dict[int, datetime] = {}
        self._begin = begin

    def call(self, index: int, at: datetime) -> PlannedCall:
        dice = dice_for(self._seed, "call", self._day, index)
        log = _CallLog(self._day, index, dice.one_of(self._queues))
        log.add(CallEventKind.ENTERQUEUE, at, caller=number_of(dice))
        fate = dice.random()
        if fate < figures.ABANDONED:
            return log.lost(CallEventKind.ABANDON, at + dice.skewed_seconds(14, 0.8, 120))
        fate -= figures.ABANDONED
        if fate < figures.LEFT_BY_KEY:
            return log.lost(CallEventKind.EXITWITHKEY, at + dice.seconds(6, 30))
        post, rung_at = self._taker(dice, log, at)
        if fate < figures.LEFT_BY_KEY + figures.TIMED_OUT or post is None:
            return log.lost(CallEventKind.EXITWITHTIMEOUT, at + _LONGEST_WAIT)
        return self._talk(dice, log, post, rung_at)

    def _taker(self, dice: Dice, log: "_CallLog", at: datetime) -> tuple[Post | None, datetime]:
        """Who takes a call, and when it begins to ring there; others may have let it ring."""
        waited = at
        for _ in range(_EVENTS_A_CALL // 4):
            post, free_at = self._next_free(waited)
            rung_at = max(waited, free_at)
            if rung_at - at > _LONGEST_WAIT - _RING:
                return None, at
            if not dice.happens(figures.NOT_PICKED_UP):
                return post, rung_at
            waited = rung_at + _RING
            log.add(CallEventKind.RINGNOANSWER, waited, post)
            self._occupy(post, waited + dice.seconds(30, 90))
        return None, at

    def _next_free(self, at: datetime) -> tuple[Post, datetime]:
        posts = self._posts[shift_at(at, self._zone)]
        return min(
            ((post, self._free_at(post)) for post in posts),
            key=lambda found: (found[1], found[0].seat),
        )

    def _free_at(self, post: Post) -> datetime:
        return max(
            self._agents.get(post.agent, self._begin), self._seats.get(post.seat, self._begin)
        )

    def _talk(self, dice: Dice, log: "_CallLog", post: Post, rung_at: datetime) -> PlannedCall:
        answered_at = rung_at + dice.seconds(2, 9)
        ended_at = answered_at + dice.skewed_seconds(150, 0.55, _LONGEST_TALK_S)
        log.add(CallEventKind.CONNECT, answered_at, post)
        transferred = dice.happens(figures.TRANSFERRED)
        by_caller = dice.happens(0.72)
        if transferred:
            ended = dice.pick((CallEventKind.BLINDTRANSFER, CallEventKind.ATTENDEDTRANSFER))
        else:
            ended = CallEventKind.COMPLETECALLER if by_caller else CallEventKind.COMPLETEAGENT
        log.add(ended, ended_at, post)
        self._occupy(post, ended_at + dice.seconds(10, 60))
        return log.call(ended_at, post.agent, transferred, by_caller)

    def _occupy(self, post: Post, until: datetime) -> None:
        self._agents[post.agent] = self._seats[post.seat] = until


class _CallLog:
    """One call's events as they come."""

    def __init__(self, day: date, index: int, queue: str) -> None:
        self._first = day.toordinal() * _SEQUENCES_A_DAY + index * _EVENTS_A_CALL
        self._name = f"demo-{day:%Y%m%d}-{index + 1:05d}"
        self._index, self._queue = index, queue
        self._events: list[IncomingEvent] = []

    def add(
        self, kind: CallEventKind, at: datetime, post: Post | None = None, caller: str = ""
    ) -> None:
        event = CallEvent(
            SOURCE, self._first + len(self._events), self._name, kind, at, self._queue,
            post.agent if post else "", post.seat if post else None,
        )  # fmt: skip
        self._events.append(IncomingEvent(event, caller))

    def lost(self, kind: CallEventKind, at: datetime) -> PlannedCall:
        last = self._events[-1].event.at
        self.add(kind, max(at, last))
        return self.call(max(at, last))

    def call(
        self, ended_at: datetime, agent: str = "", transferred: bool = False,
        by_caller: bool = False,
    ) -> PlannedCall:  # fmt: skip
        return PlannedCall(
            self._name, self._index, self._events[0].event.at, tuple(self._events), ended_at,
            agent, transferred, by_caller,
        )  # fmt: skip
