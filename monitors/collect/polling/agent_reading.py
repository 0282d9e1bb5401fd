"""One poll of one agent: what is due, read table by table, as far as the agent gives it in time."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from monitors.collect.polling.answers import AgentAnswer, ReadTime, ScalarsRead, TableRead
from monitors.collect.polling.channel import Reply, Unanswered
from monitors.collect.polling.snmp import Begun, Got, ReplyBatch, SnmpReader, Walked
from monitors.collect.profiles import Column, Profile, ScalarGroup, Table
from monitors.collect.protocol.ber import Malformed, Name, Value, index_text, name_of
from ops_core.kernel.clock import Clock

SYS_UPTIME = name_of("1.3.6.1.2.1.1.3.0")
ENGINE_BOOTS = name_of("1.3.6.1.6.3.10.2.1.2.0")
FIRST = (SYS_UPTIME, ENGINE_BOOTS)
APART_FOR_POLLS = 60
"""Polls after which an agent that did not answer scalars and rows at once is asked so again."""
ALTERNATIVE_FOR_POLLS = 60
"""Polls after which an agent that lacked a table is asked for it again."""
ENDLESS_PAUSE_POLLS = 12
"""Polls for which a table without an end is left alone: walking it costs others their time."""
QUESTIONS_KEPT = 8
MOST_OBJECTS_KEPT = 2_000
"""Questions are made once, and kept for the next poll, for tables that are not very long."""
MOST_LOST_TABLES = 2
"""Tables whose replies were lost before the rest of the poll is given up."""


@dataclass(slots=True)
class PollReading:
    """What a poll brought; no answer means ``silence``, and ``gaps`` say what is missing."""

    answer: AgentAnswer | None = None
    silence: Unanswered | None = None
    gaps: list[str] = field(default_factory=list)
    was_cut: bool = False
    """The deadline ended it."""
    was_late: bool = False
    """Some reply waited because this process was late."""


class _Rows:
    """The rows of one table while they are being read; keys are the encoded indexes."""

    def __init__(self, first: Column, walked: Walked) -> None:
        self.cells: dict[str, dict[str, Value]] = {}
        self.octets: dict[str, bytes] = {}
        self.times: dict[str, ReadTime] = {}
        self.later: dict[tuple[str, str], ReadTime] = {}
        for octets, value in walked.rows.items():
            try:
                index = index_text(octets)
            except Malformed:
                continue
            self.octets[index] = octets
            self.cells[index] = {} if value is None else {first.name: value}

    def fill(self, batches: Sequence[ReplyBatch], asked: dict[Name, tuple[str, Column]]) -> None:
        for batch in batches:
            uptime = batch.heading[0] if batch.heading else None
            time = ReadTime(batch.at, batch.arrived_s, uptime if isinstance(uptime, int) else None)
            known = None
            for name, value in batch.values.items():
                index, column = asked[name]
                if index is not known:
                    known, row = index, self.cells[index]
                    is_later = self.times.setdefault(index, time) is not time
                row[column.name] = value
                if is_later:
                    self.later[index, column.name] = time


class _Questions(NamedTuple):
    """The objects of some rows in groups, whose each is, and whether there are counters."""

    groups: Sequence[Sequence[Name]]
    asked: dict[Name, tuple[str, Column]]
    has_counters: bool


def _questions_for(rows: _Rows, columns: dict[str, tuple[Column, ...]]) -> _Questions:
    asked: dict[Name, tuple[str, Column]] = {}
    groups = []
    has_counters = False
    prefixes = {id(column): name_of(column.oid) for one in columns.values() for column in one}
    for index, columns_of_row in columns.items():
        octets = rows.octets[index]
        group = {prefixes[id(column)] + octets: (index, column) for column in columns_of_row}
        asked |= group
        if group:
            groups.append(tuple(group))
            has_counters = has_counters or any(column.bits for column in columns_of_row)
    return _Questions(groups, asked, has_counters)


class AgentReading:
    """Reads an agent's profile; remembers which of its tables the agent lacks."""

    def __init__(self, profile: Profile, reader: SnmpReader, clock: Clock) -> None:
        self._profile, self._reader, self._clock = profile, reader, clock
        self._alternative_until: dict[str, int] = {}
        self._paused_until: dict[str, int] = {}
        self._known: dict[tuple[tuple[object, ...], ...], _Questions] = {}
        self._polls = self._apart_until = 0

    async def read(self, cycle: int | None, deadline_s: float, tries: int | None) -> PollReading:
        """All that is due at the n-th poll; ``turn`` None reads states only."""
        self._polls += cycle is not None
        tries = tries or self._reader.tries
        column = self._first_column(cycle) if tries > 1 else None
        begun = None
        if column is not None:
            begun = await self._begin(column, deadline_s)
            tries -= 1
        got = begun.scalars if begun is not None else await self._first_get(deadline_s, tries)
        if not got.batches:
            return PollReading(silence=got.failure or Unanswered("the agent answers errors only"))
        self._reader.begin(deadline_s)
        reading = PollReading(_first_answer(got))
        await self._read_rest(reading, cycle, deadline_s, None if begun is None else begun.rows)
        return reading

    def _first_column(self, cycle: int | None) -> Name | None:
        """The column whose rows may come with the first answer."""
        if not self._profile.tables or self._apart_until > self._polls:
            return None
        table = self._profile.tables[0]
        columns = () if self._is_paused(table) else _due(self._columns_of(table), cycle)
        return name_of(columns[0].oid) if columns else None

    async def _begin(self, column: Name, deadline_s: float) -> Begun | None:
        """One question for what every poll needs first; None leads to a question of its own."""
        self._reader.begin(deadline_s, tries=1)
        begun = await self._reader.begin_walk(FIRST, column)
        if begun is None:
            self._apart_until = self._polls + APART_FOR_POLLS
        return begun

    async def _first_get(self, deadline_s: float, tries: int) -> Got:
        self._reader.begin(deadline_s, tries=tries)
        return await self._reader.get([FIRST])

    async def _read_rest(
        self, reading: PollReading, cycle: int | None, deadline_s: float, begun: Reply | None
    ) -> None:
        """What fails after the first answer does not silence the agent."""
        lost = 0
        for table in self._profile.tables:
            if lost < MOST_LOST_TABLES and not self._is_over(deadline_s, reading):
                lost += await self._add_table(reading, table, cycle, begun)
            begun = None  # its rows are the first table's
        for group in self._profile.scalars:
            is_due = cycle is not None and cycle % group.every == 0
            if is_due and lost < MOST_LOST_TABLES and not self._is_over(deadline_s, reading):
                lost += await self._add_scalars(reading, group)
        self._is_over(deadline_s, reading)

    def _is_over(self, deadline_s: float, reading: PollReading) -> bool:
        reading.was_cut |= self._clock.monotonic() >= deadline_s
        return reading.was_cut

    async def _add_scalars(self, reading: PollReading, group: ScalarGroup) -> bool:
        names = {name_of(scalar.oid): scalar.oid for scalar in group.fields}
        got = await self._reader.get([tuple(names)])
        values = {names[name]: value for name, value in got.values().items()}
        if got.batches and reading.answer is not None:
            read = ScalarsRead(group, values, got.batches[0].at)
            reading.answer = replace(reading.answer, scalars=(*reading.answer.scalars, read))
        return _note(reading, group.measurement, got.failure)

    def _is_paused(self, table: Table) -> bool:
        return self._paused_until.get(table.name, 0) > self._polls

    async def _add_table(
        self, reading: PollReading, table: Table, cycle: int | None, begun: Reply | None
    ) -> bool:
        """Whether replies about it were lost."""
        if self._is_paused(table):
            reading.gaps.append(f"{table.name}: left alone, it had no end")
            return False
        read, failure = await self._read_table(table, cycle, begun)
        if read is not None and reading.answer is not None:
            reading.answer = replace(reading.answer, tables=(*reading.answer.tables, read))
        return _note(reading, table.name, failure)

    async def _read_table(
        self, table: Table, cycle: int | None, begun: Reply | None
    ) -> tuple[TableRead | None, Unanswered | None]:
        """Walk the first column for the rows, then get the others' objects, many at a time."""
        columns = _due(self._columns_of(table), cycle)
        if not columns:
            return None, None
        walked = await self._reader.walk(name_of(columns[0].oid), begun)
        if table.alternative and walked.is_complete and not walked.rows:
            other = await self._alternative(table, cycle)
            columns, walked = other if other is not None else (columns, walked)
        if walked.is_endless:
            self._paused_until[table.name] = self._polls + ENDLESS_PAUSE_POLLS
            return None, walked.failure
        rows = _Rows(columns[0], walked)
        failure = await self._read_columns(table, columns, rows)
        read = TableRead(
            table,
            columns if columns[0] in table.alternative else (*columns, *table.fallbacks),
            rows.cells,
            is_complete=walked.is_complete and len(rows.cells) == len(walked.rows),
            began=walked.began,
            walked={index: walked.at[octets] for index, octets in rows.octets.items()},
            read=rows.times,
            later=rows.later,
        )
        return read, walked.failure or failure

    def _columns_of(self, table: Table) -> tuple[Column, ...]:
        is_alternative = self._alternative_until.get(table.name, 0) > self._polls
        return table.alternative if is_alternative else table.columns

    async def _alternative(
        self, table: Table, cycle: int | None
    ) -> tuple[tuple[Column, ...], Walked] | None:
        """The other columns of an agent that has none of the first; None if it has neither."""
        if self._alternative_until.get(table.name, 0) > self._polls:
            return None
        columns = _due(table.alternative, cycle)
        walked = await self._reader.walk(name_of(columns[0].oid))
        if not walked.rows:
            return None
        self._alternative_until[table.name] = self._polls + ALTERNATIVE_FOR_POLLS
        return columns, walked

    async def _read_columns(
        self, table: Table, columns: Sequence[Column], rows: _Rows
    ) -> Unanswered | None:
        """Fill the other columns in, and what is read in place of those that a row lacks."""
        first, *others = columns
        everywhere = {index: tuple(others) for index in rows.cells}
        absent, failure = await self._read_objects(rows, everywhere)
        unnamed = [i for i, row in rows.cells.items() if first.fallback and not row.get(first.name)]
        lacking = [*absent, *((index, first) for index in unnamed)]
        fallbacks: dict[str, tuple[Column, ...]] = {}
        for index, column in lacking:
            fallback = table.fallback_of(column)
            if fallback is not None:
                fallbacks[index] = (*fallbacks.get(index, ()), fallback)
        if fallbacks and failure is None:
            _, failure = await self._read_objects(rows, fallbacks)
        return failure

    def _questions(self, rows: _Rows, columns: dict[str, tuple[Column, ...]]) -> _Questions:
        """Those of the poll before where rows and columns are the same, as they mostly are."""
        key = tuple((index, *map(id, columns_of_row)) for index, columns_of_row in columns.items())
        known = self._known.get(key)
        if known is None:
            known = _questions_for(rows, columns)
            if len(known.asked) <= MOST_OBJECTS_KEPT:
                if len(self._known) >= QUESTIONS_KEPT:
                    self._known.clear()
                self._known[key] = known
        return known

    async def _read_objects(
        self, rows: _Rows, columns: dict[str, tuple[Column, ...]]
    ) -> tuple[list[tuple[str, Column]], Unanswered | None]:
        """Objects by row; those that the agent says it lacks."""
        groups, asked, has_counters = self._questions(rows, columns)
        if not groups:
            return [], None
        got = await self._reader.get(groups, heading=(SYS_UPTIME,) if has_counters else ())
        rows.fill(got.batches, asked)
        absent = [asked[name] for batch in got.batches for name in batch.absent]
        return absent, got.failure


def _note(reading: PollReading, what: str, failure: Unanswered | None) -> bool:
    """Keep why something is missing; whether replies were lost."""
    if failure is None:
        return False
    reading.gaps.append(f"{what}: {failure.text}")
    return failure.is_lost


def _first_answer(got: Got) -> AgentAnswer:
    values = got.values()
    uptime, boots = values.get(SYS_UPTIME), values.get(ENGINE_BOOTS)
    return AgentAnswer(
        at=got.batches[0].at,
        uptime_cs=uptime if isinstance(uptime, int) else None,
        boots=boots if isinstance(boots, int) else None,
    )


def _due(columns: Sequence[Column], cycle: int | None) -> tuple[Column, ...]:
    """The columns to read at the n-th poll; the first poll (0) reads all."""
    if cycle is None:
        return tuple(column for column in columns if column.every == 1)
    return tuple(column for column in columns if cycle % column.every == 0)
