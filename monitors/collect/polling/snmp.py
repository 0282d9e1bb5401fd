"""Reading one agent: single objects and columns, as much of them as the agent gives in time.

Nothing here raises for what an agent does. What was read counts, and a failure says why the rest
is missing.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import cast

from monitors.collect.plan import SnmpSecrets, SnmpTarget
from monitors.collect.polling.channel import Reply, SnmpChannel, Unanswered
from monitors.collect.polling.dialect import CommunityDialect, Dialect, RefusedKind, question
from monitors.collect.polling.user_dialect import UserDialect
from monitors.collect.protocol import ber
from monitors.collect.protocol.ber import Malformed, Missing, Name, Value
from monitors.collect.protocol.message import PduKind
from ops_core.kernel.clock import Clock

TOO_BIG, NO_SUCH_NAME, GENERAL_ERROR = 1, 2, 5
INSTANCE = b"\0"
"""The sub-identifier of a scalar's only instance."""
FEWEST_OBJECTS = 4
"""Lost replies do not halve below this: they need not have been lost for their size."""
ERRORS_BORNE = 16
"""Objects of one reading that an agent may answer with an error; one more ends the reading."""
CALM_POLLS = 60
"""Polls without a halving after which the double is tried again."""


class TroubleKind(StrEnum):
    """What an agent does besides answering, counted by agent."""

    TOO_BIG = "too_big"
    GENERAL_ERROR = "general_error"
    NO_SUCH_NAME = "no_such_name"
    OTHER_ERROR = "other_error"
    UNREADABLE_VALUE = "unreadable_value"
    LOST = "lost"
    NOT_INCREASING = "not_increasing"
    ENDLESS = "endless"


@dataclass(frozen=True, slots=True)
class ReplyBatch:
    """What one reply holds. ``heading`` are the values of the names that head every question."""

    at: datetime
    arrived_s: float
    heading: tuple[Value | Missing, ...]
    values: dict[Name, Value]
    absent: frozenset[Name]
    """Objects that the agent says it does not have."""


@dataclass(slots=True)
class Got:
    """Objects as far as they were read."""

    batches: list[ReplyBatch] = field(default_factory=list)
    failure: Unanswered | None = None

    def values(self) -> dict[Name, Value]:
        return {name: value for batch in self.batches for name, value in batch.values.items()}


@dataclass(slots=True)
class Walked:
    """A column by row index as far as it was read; ``is_complete`` once its end was seen."""

    rows: dict[bytes, Value] = field(default_factory=dict)
    at: dict[bytes, datetime] = field(default_factory=dict)
    began: datetime | None = None
    """When the first reply came."""
    is_complete: bool = False
    is_endless: bool = False
    failure: Unanswered | None = None


@dataclass(frozen=True, slots=True)
class Begun:
    """What a poll's first question brought: scalars, and a reply with a column's first rows."""

    scalars: Got
    rows: Reply


class _Size:
    """How much to ask for at once: halved when it is too much, doubled again after a calm time."""

    def __init__(self, most: int) -> None:
        self.value = self._most = most
        self._calm = 0

    def halve(self, *, below: int | None = None, least: int = 1) -> None:
        """Never above what was asked for and was too much."""
        self.value = max(min(least, self._most), min(self.value, below or self.value) // 2)
        self._calm = 0

    def polled(self) -> None:
        self._calm += 1
        if self.value < self._most and self._calm >= CALM_POLLS:
            self.value = min(2 * self.value, self._most)
            self._calm = 0


class SnmpReader:
    """One agent's objects; calls must not overlap."""

    def __init__(self, target: SnmpTarget, secrets: SnmpSecrets, clock: Clock) -> None:
        self._polling = target.polling
        dialect = _dialect(target, secrets, clock)
        self._channel = SnmpChannel(target.address, target.port, dialect, clock)
        self._objects = _Size(self._polling.objects)
        self._window = _Size(self._polling.window)
        self._repetitions: dict[Name, _Size] = {}
        self.troubles: Counter[TroubleKind] = Counter()

    @property
    def refused(self) -> Counter[RefusedKind]:
        """Datagrams that were no reply, by why."""
        return self._channel.refused

    @property
    def late(self) -> int:
        """Replies that waited in this machine's kernel, and time-outs that this process missed."""
        return self._channel.late_replies + self._channel.late_timers

    @property
    def tries(self) -> int:
        """How often a question is put before there is no answer to it."""
        return self._polling.tries

    def begin(self, deadline_s: float, *, tries: int | None = None) -> None:
        """Begin a poll that must end at this monotonic time."""
        self._channel.begin(
            timeout_s=self._polling.timeout_s,
            tries=tries or self._polling.tries,
            deadline_s=deadline_s,
        )
        for size in (self._objects, self._window, *self._repetitions.values()):
            size.polled()

    def close(self) -> None:
        """Give the socket back; the next question opens another one."""
        self._channel.close()

    async def get(self, groups: Iterable[Sequence[Name]], heading: Sequence[Name] = ()) -> Got:
        """Single objects. A group is kept in one question if it fits; ``heading`` heads each."""
        return await _Getting(self, self._channel, self._objects, self._window, heading).done(
            groups
        )

    async def begin_walk(self, names: Sequence[Name], column: Name) -> Begun | None:
        """Scalars and a column's first rows in one question, a GetBulk whose first names do not
        repeat (RFC 3416 section 4.2.3); None if this agent does not answer it as it should.

        ``names`` end in the instance .0, for a GetBulk answers with what follows what it names.
        """
        repetitions = self._size_of(column).value
        before = [name[: -len(INSTANCE)] for name in names]
        asked = question(PduKind.GET_BULK, [*before, column], repetitions, len(names))
        reply = await self._channel.ask(asked, None, len(names) + repetitions)
        if isinstance(reply, Unanswered) or reply.status != 0:
            return None
        scalars, rows = reply.variables[: len(names)], reply.variables[len(names) :]
        if not rows or [name for name, _ in scalars] != list(names):
            return None
        values = {name: value for name, value in scalars if not isinstance(value, Missing)}
        absent = frozenset(names) - values.keys()
        batch = ReplyBatch(reply.at, reply.arrived_s, (), values, absent)
        return Begun(Got([batch]), replace(reply, variables=rows))

    def _size_of(self, column: Name) -> _Size:
        return self._repetitions.setdefault(column, _Size(self._polling.repetitions))

    async def walk(self, column: Name, begun: Reply | None = None) -> Walked:
        """A column's values by row, up to ``most_rows``; ``begun`` is a first reply with rows."""
        size = self._size_of(column)
        walked = Walked()
        last = column
        newest: tuple[int, ...] = ()
        while not walked.is_complete and walked.failure is None:
            reply = begun or await self._next_rows(last, size.value)
            begun = None
            if isinstance(reply, Unanswered):
                self.troubles[TroubleKind.LOST] += not reply.is_ours
                size.halve()
                walked.failure = reply
            elif reply.status == TOO_BIG and size.value > 1:
                self.troubles[TroubleKind.TOO_BIG] += 1
                size.halve()
            elif reply.status != 0:
                self._walk_error(walked, reply)
            else:
                walked.began = walked.began or reply.at
                last, newest = self._take_rows(walked, column, reply, newest)
        return walked

    async def _next_rows(self, last: Name, repetitions: int) -> Reply | Unanswered:
        asked = (
            question(PduKind.GET_BULK, (last,), repetitions)
            if repetitions > 1
            else question(PduKind.GET_NEXT, (last,))
        )
        return await self._channel.ask(asked, None, repetitions)

    def _walk_error(self, walked: Walked, reply: Reply) -> None:
        self.count_error(reply.status)
        if reply.status == NO_SUCH_NAME:
            # The end of the view in SNMPv1's words (RFC 3416 appendix, RFC 3584 section 4.3).
            walked.is_complete = True
        else:
            walked.failure = Unanswered(f"walk: error status {reply.status}")

    def _take_rows(
        self, walked: Walked, column: Name, reply: Reply, newest: tuple[int, ...]
    ) -> tuple[Name, tuple[int, ...]]:
        """Add a reply's rows; the last row's name and index."""
        last = column
        for name, value in reply.variables:
            if value is Missing.END_OF_VIEW or not name.startswith(column) or name == column:
                walked.is_complete = True
                break
            index = name[len(column) :]
            try:
                position = ber.index_of(index)
            except Malformed:
                position = ()
            if position <= newest:
                self._stop(walked, TroubleKind.NOT_INCREASING)
                break
            if len(walked.rows) >= self._polling.most_rows:
                walked.is_endless = True
                self._stop(walked, TroubleKind.ENDLESS)
                break
            last, newest = name, position
            if isinstance(value, Missing):
                self.troubles[TroubleKind.UNREADABLE_VALUE] += value is Missing.UNREADABLE
                value = None
            walked.rows[index] = value
            walked.at[index] = reply.at
        return last, newest

    def _stop(self, walked: Walked, kind: TroubleKind) -> None:
        self.troubles[kind] += 1
        walked.failure = Unanswered(f"walk stopped: {kind.replace('_', ' ')}")

    def count_error(self, status: int) -> None:
        kinds = {
            TOO_BIG: TroubleKind.TOO_BIG,
            NO_SUCH_NAME: TroubleKind.NO_SUCH_NAME,
            GENERAL_ERROR: TroubleKind.GENERAL_ERROR,
        }
        self.troubles[kinds.get(status, TroubleKind.OTHER_ERROR)] += 1


class _Getting:
    """One reading of single objects: questions in a window, and what to do about errors."""

    def __init__(
        self,
        reader: SnmpReader,
        channel: SnmpChannel,
        size: _Size,
        window: _Size,
        heading: Sequence[Name],
    ) -> None:
        self._reader, self._channel = reader, channel
        self._size, self._window = size, window
        self._heading = list(heading)
        self._todo: deque[list[Name]] = deque()
        self._got = Got()
        self._errors_left = ERRORS_BORNE

    async def done(self, groups: Iterable[Sequence[Name]]) -> Got:
        self._todo.extend(_packed(groups, self._size.value))
        flying: deque[tuple[list[Name], asyncio.Future[Reply | Unanswered]]] = deque()
        while flying or (self._todo and self._got.failure is None):
            while self._todo and self._got.failure is None and len(flying) < self._window.value:
                names = self._todo.popleft()
                flying.append((names, self._ask(names)))
            names, outcome = flying.popleft()
            self._take(names, await outcome)
        return self._got

    def _ask(self, names: list[Name]) -> "asyncio.Future[Reply | Unanswered]":
        asked = self._heading + names
        return self._channel.ask(question(PduKind.GET, asked), asked, len(asked))

    def _take(self, names: list[Name], reply: Reply | Unanswered) -> None:
        if isinstance(reply, Unanswered):
            self._lost(names, reply)
        elif reply.status == 0:
            self._got.batches.append(self._batch(reply))
        elif reply.status == TOO_BIG and len(names) > 1:
            self._reader.troubles[TroubleKind.TOO_BIG] += 1
            self._size.halve(below=len(names))
            self._split(names)
        else:
            self._error(names, reply)

    def _lost(self, names: list[Name], reply: Unanswered) -> None:
        if not reply.is_ours:
            self._reader.troubles[TroubleKind.LOST] += 1
            self._size.halve(below=len(names), least=FEWEST_OBJECTS)
            self._window.halve()
        self._got.failure = self._got.failure or reply

    def _split(self, names: list[Name]) -> None:
        middle = len(names) // 2
        self._todo.extendleft((names[middle:], names[:middle]))

    def _error(self, names: list[Name], reply: Reply) -> None:
        """One object that the agent cannot answer costs its own value only."""
        self._reader.count_error(reply.status)
        self._errors_left -= 1
        position = reply.index - 1 - len(self._heading)
        if self._errors_left < 0:
            failure = Unanswered(f"too many errors, the last of status {reply.status}")
            self._got.failure = self._got.failure or failure
        elif 0 <= position < len(names):
            rest = names[:position] + names[position + 1 :]
            if rest:
                self._todo.appendleft(rest)
        elif reply.index > 0 and self._heading and position < 0:
            self._heading = []
            self._todo.appendleft(names)
        elif len(names) > 1:
            self._split(names)

    def _batch(self, reply: Reply) -> ReplyBatch:
        heading = len(self._heading)
        found = dict(reply.variables[heading:])
        values = cast(dict[Name, Value], found)
        absent: frozenset[Name] = frozenset()
        if Missing in map(type, found.values()):
            missing = {name: value for name, value in found.items() if isinstance(value, Missing)}
            unreadable = {name for name, why in missing.items() if why is Missing.UNREADABLE}
            self._reader.troubles[TroubleKind.UNREADABLE_VALUE] += len(unreadable)
            absent = frozenset(missing.keys() - unreadable)
            values = {n: v for n, v in found.items() if not isinstance(v, Missing)}
        return ReplyBatch(
            at=reply.at,
            arrived_s=reply.arrived_s,
            heading=tuple(value for _, value in reply.variables[:heading]),
            values=values,
            absent=absent,
        )


def _packed(groups: Iterable[Sequence[Name]], most: int) -> Iterable[list[Name]]:
    """Questions of at most so many names; a group is split only if it does not fit into one."""
    packed: list[Name] = []
    for group in groups:
        if packed and len(packed) + len(group) > most:
            yield packed
            packed = []
        packed = packed + list(group) if packed else list(group)
        while len(packed) > most:
            yield packed[:most]
            packed = packed[most:]
    if packed:
        yield packed


def _dialect(target: SnmpTarget, secrets: SnmpSecrets, clock: Clock) -> Dialect:
    if target.version == "v2c":
        return CommunityDialect(secrets.community)
    return UserDialect(
        secrets.user,
        secrets.authentication_key,
        secrets.privacy_key,
        clock.monotonic,
        target.authentication,
    )
