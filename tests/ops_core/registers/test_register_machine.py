"""Whatever people do, the figures are what SQL counts over the events, and two rules hold.

A good record more never lowers a figure; after its due date nothing raises what an item counts.
"""

from contextlib import suppress
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text
from sqlalchemy.orm import Session

from device_configs.site import load_site
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.database import Database
from ops_core.kernel.errors import DomainError
from ops_core.kernel.evidence_files import EvidenceStore
from ops_core.kernel.settings import PROJECT_DIRECTORY
from ops_core.kpi.judgements import Counts, RecordVerdict
from ops_core.kpi.periods import month_of
from ops_core.kpi.records import Cohort, Show
from ops_core.kpi.sources import SOURCES
from ops_core.registers.kinds import every_kind, kinds_of_indicator
from ops_core.registers.verifying import register_breaks, register_flaws
from tests.migrated import migrated_database
from tests.ops_core.registers.story import LIN, START, ZHAO, ZONE, Registers
from tests.profile import examples

SITE = load_site(PROJECT_DIRECTORY / "inventory")
NUMBERS = (11, 14, 15)
# The last link of each item says what holds; the first that reached the done state, when it did.
RECOUNT = """
SELECT last.item, last.state, last.due_on, (
    SELECT MIN(done.at) FROM register_events done WHERE done.item = last.item AND done.state = :done
) FROM register_events last
WHERE last.item IN (SELECT number FROM register_items WHERE kind = :kind)
AND last.sequence = (SELECT MAX(e.sequence) FROM register_events e WHERE e.item = last.item)
"""


def recount(session: Session, number: int, month: str, now: str, today: str) -> tuple[int, int]:
    """Good ones and misses of a month, from the events alone; ``now`` and ``today`` as stored."""
    good = missed = 0
    for name in kinds_of_indicator(number):
        kind = every_kind()[name]
        rows = session.execute(text(RECOUNT), {"kind": name, "done": kind.done})
        for _item, state, due_on, done in rows:
            if not due_on.startswith(month):
                continue
            local = None if done is None else local_moment(str(done))
            if state == kind.cancelled:
                missed += 1
            elif local is not None:
                in_time = local[:10] <= due_on or local == f"{next_day(due_on)} 00:00:00.000000"
                good, missed = good + in_time, missed + (not in_time)
            elif today > due_on and now != f"{next_day(due_on)} 00:00:00.000000":
                missed += 1
    return good, missed


def next_day(day: str) -> str:
    return str(date.fromisoformat(day) + timedelta(days=1))


def local_moment(stored: str) -> str:
    """A UTC instant as a database writes it, in Shanghai, without its offset."""
    from datetime import UTC, datetime

    at = datetime.fromisoformat(stored)
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
    return f"{at.astimezone(ZONE):%Y-%m-%d %H:%M:%S.%f}"


def counts_of(story: Registers, number: int) -> Counts:
    now = story.clock.now()
    cohort = Cohort(month_of(START, SITE.contract), now)
    source = SOURCES[number](SITE)
    with story.database.reading() as session:
        counts = source.read(session, cohort).counts
        pages = [source.page(session, cohort, show, None).records for show in Show]
        local = f"{now.astimezone(ZONE):%Y-%m-%d %H:%M:%S.%f}"
        expected = recount(session, number, "2026-03", local, local[:10])
    found = counts.count(RecordVerdict.GOOD), counts.count(RecordVerdict.MISSED)
    assert found == expected
    assert len(pages[2]) == counts.denominator
    return counts


def value(counts: Counts) -> Fraction | None:
    denominator = counts.denominator
    return Fraction(counts.count(RecordVerdict.GOOD), denominator) if denominator else None


class RegisterMachine(RuleBasedStateMachine):
    """Any commands by anybody at any time; most are refused."""

    items = Bundle("items")

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        path = Path(self.folder.name)
        database: Database = migrated_database(path / "registers.sqlite")
        store = EvidenceStore(path / "evidence", 1 << 20)
        self.story = Registers(database, SITE, store, FixedClock(START))
        self.steps = 0

    def teardown(self) -> None:
        self.story.database.close()
        self.folder.cleanup()

    @rule(
        target=items,
        kind=st.sampled_from(["standards", "assessments", "activities"]),
        days=st.integers(0, 20),
    )
    def plan(self, kind: str, days: int) -> str:
        today = self.story.clock.now().astimezone(ZONE).date()
        return self.story.plan(kind, today + timedelta(days=days)).number

    @rule(kind=st.sampled_from(["standards", "assessments", "activities"]))
    def finish_another_in_time(self, kind: str) -> None:
        number = every_kind()[kind].indicator
        assert number is not None
        before = value(counts_of(self.story, number))
        today = self.story.clock.now().astimezone(ZONE).date()
        self.story.done(self.story.plan(kind, today + timedelta(days=1)))
        after = value(counts_of(self.story, number))
        assert before is None or (after is not None and after >= before)

    @rule(
        item=items,
        name=st.sampled_from(["start", "comment", "submit", "return", "accept", "publish"]),
        actor=st.sampled_from([LIN, ZHAO]),
    )
    def step(self, item: str, name: str, actor: Any) -> None:
        with self.story.database.reading() as session:
            from ops_core.registers.store import find_item

            found = find_item(session, item)
        with suppress(DomainError):
            self.story.step(found, name, actor)

    @rule(item=items)
    def cancel(self, item: str) -> None:
        with suppress(DomainError):
            self.story.step(item, "cancel", LIN)

    @rule(item=items, days=st.integers(-3, 40), agree=st.booleans())
    def amend(self, item: str, days: int, agree: bool) -> None:
        from ops_core.registers.store import find_item

        with self.story.database.reading() as session:
            found = find_item(session, item)
        today = self.story.clock.now().astimezone(ZONE).date()
        is_late = today > found.due_on
        before = [value(counts_of(self.story, n)) for n in NUMBERS] if is_late else []
        for attempt in (
            lambda: self.story.propose(found, today + timedelta(days=days)),
            lambda: self.story.decide(found, agree=agree),
        ):
            with suppress(DomainError):
                attempt()
        if is_late:
            assert [value(counts_of(self.story, n)) for n in NUMBERS] == before

    @precondition(lambda self: self.steps < 40)
    @rule(hours=st.sampled_from([1, 15, 24, 24 * 5]))
    def time_passes(self, hours: int) -> None:
        self.steps += 1
        self.story.clock.advance(timedelta(hours=hours))

    @invariant()
    def figures_are_what_the_events_say(self) -> None:
        for number in NUMBERS:
            counts_of(self.story, number)
        with self.story.database.reading() as session:
            assert [*register_flaws(session, ZONE), *register_breaks(session)] == []


def test_figures_of_planned_work_are_what_the_events_say_whatever_happens() -> None:
    run_state_machine_as_test(
        RegisterMachine,
        settings=settings(
            max_examples=examples(6, 150), stateful_step_count=examples(15, 40), deadline=None
        ),
    )


def test_each_way_an_item_can_end_counts_as_the_contract_says(story: Registers) -> None:
    assert value(counts_of(story, 15)) is None  # nothing planned is no sample, never 100%
    running = story.plan(due=date(2026, 3, 31))
    assert counts_of(story, 15).count(RecordVerdict.LEFT_OUT) == 1
    story.done(story.plan())
    assert value(counts_of(story, 15)) == 1
    story.step(story.plan(), "cancel")
    assert value(counts_of(story, 15)) == Fraction(1, 2)
    late = story.step(story.step(story.plan(due=date(2026, 3, 5)), "start"), "submit")
    story.pass_days(5)
    assert value(counts_of(story, 15)) == Fraction(1, 3)
    story.step(late, "accept", ZHAO)  # submitted in time, accepted after it
    assert value(counts_of(story, 15)) == Fraction(1, 3)
    story.decide(story.propose(running, date(2026, 4, 30)), agree=True)
    story.pass_days(30)
    counts = counts_of(story, 15)
    assert (counts.denominator, value(counts)) == (3, Fraction(1, 3))


@pytest.mark.parametrize("number", NUMBERS)
def test_each_row_of_the_contract_is_made_of_one_register(number: int) -> None:
    assert len(kinds_of_indicator(number)) == 1
    (row,) = [one for one in SITE.contract.indicators if one.number == number]
    assert (row.period, row.target) == ("month", 1)
