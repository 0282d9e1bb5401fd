"""What the wall, the pages and the command line are given, over stored records."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from typer.testing import CliRunner

from device_configs.site import load_site
from device_configs.site.model import Site
from ops_core.app.tables import TABLE_MODULES
from ops_core.hotline.callbacks.model import CallbackOutcome
from ops_core.hotline.callbacks.tables import CallbackAttemptRow, CallbackTaskRow
from ops_core.hotline.calls.digest import digest_of
from ops_core.hotline.calls.model import Call, CallEvent, CallEventKind, Outcome
from ops_core.hotline.calls.store import add_events as store_events
from ops_core.hotline.calls.tables import CallTallyRow
from ops_core.hotline.cases.tables import CaseRow
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database, migrate, open_database
from ops_core.kernel.errors import Invalid, NotFound
from ops_core.kernel.events import EventBus
from ops_core.kernel.permissions import Actor
from ops_core.kernel.settings import load_settings
from ops_core.kpi.cli import indicators as commands
from ops_core.kpi.derived_records import derived_differences
from ops_core.kpi.figures import Figure
from ops_core.kpi.overview import (
    IndicatorDetail,
    IndicatorOverview,
    PeriodChoice,
    read_assessed,
    read_indicator,
    read_overview,
)
from ops_core.kpi.periods import PeriodKind
from ops_core.kpi.records import Show
from tests.ops_core_kpi.stored import SHANGHAI, Callback, store_calls, store_orders

NOW = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
MARCH = datetime(2026, 3, 31, 23, 59, 59, tzinfo=SHANGHAI)
TODAY = datetime(2026, 11, 24, 9, 0, tzinfo=SHANGHAI)


def call(number: int, at: datetime, outcome: Outcome) -> Call:
    taken = at if outcome is Outcome.ANSWERED else None
    return Call(
        f"pbx:c-{number}", at, "citizen", outcome, taken, at, "", 37 if taken else None, 0, 0
    )


DONE = Callback(TODAY - timedelta(days=1), CallbackOutcome.REACHED, TODAY, 5)


def fill(
    database: Database, orders: Sequence[tuple[str, int, list[Callback]]] = (("W-1", 1, [DONE]),)
) -> None:
    """In March 99 answered and one missed; today one answered; a callback done yesterday."""
    march = [call(n, MARCH, Outcome.ANSWERED) for n in range(99)]
    late = [call(200, MARCH, Outcome.TIMED_OUT), call(201, TODAY, Outcome.ANSWERED)]
    with database.transaction() as session:
        store_calls(session, [*march, *late])
        store_orders(session, orders)


@dataclass(frozen=True)
class Indicators:
    """The reads of a filled database, all at one instant."""

    database: Database
    site: Site

    def assessed(self) -> Sequence[Figure]:
        with self.database.reading() as session:
            return read_assessed(session, self.site, NOW)

    def overview(self, month: str = "") -> IndicatorOverview:
        with self.database.reading() as session:
            return read_overview(session, self.site, NOW, month)

    def detail(
        self, number: int, period: PeriodChoice, show: Show | None = None, after: str = ""
    ) -> IndicatorDetail:
        with self.database.reading() as session:
            return read_indicator(session, self.site, NOW, number, period, show, after)


@pytest.fixture
def source(database: Database, site: Site) -> Indicators:
    fill(database)
    return Indicators(database, site)


def test_the_wall_shows_each_over_the_period_the_contract_judges_by(source: Indicators) -> None:
    shown = {f.number: (f.period.kind, f.numerator, f.denominator) for f in source.assessed()}
    assert shown == {
        1: (PeriodKind.CONTRACT_YEAR, 100, 101),
        2: (PeriodKind.MONTH, 0, 0),
        3: (PeriodKind.CONTRACT_YEAR, 0, 0),
        4: (PeriodKind.MONTH, 1, 1),
        5: (PeriodKind.CONTRACT_YEAR, 0, 1),
        6: (PeriodKind.MONTH, 0, 0),
        7: (PeriodKind.MONTH, 0, 0),
        8: (PeriodKind.MONTH, 0, 0),
        9: (PeriodKind.MONTH, 0, 3),  # what the calendar owes and nobody wrote
        10: (PeriodKind.MONTH, 1, 1),
        11: (PeriodKind.MONTH, 0, 0),
        12: (PeriodKind.MONTH, 0, 0),
        13: (PeriodKind.NOW, 0, 72),
        14: (PeriodKind.MONTH, 0, 0),
        15: (PeriodKind.MONTH, 0, 0),
    }


def test_the_month_stands_beside_the_year_up_to_it(source: Indicators) -> None:
    now, march, may = (source.overview(month) for month in ("", "2026-03", "2026-05"))
    figures = [(o.rows[0].month.denominator, o.rows[0].year.denominator) for o in (now, march, may)]
    assert figures == [(1, 101), (100, 100), (0, 100)]
    assert (now.chosen.previous, now.chosen.following) == ("2026-10", None)
    assert (march.chosen.previous, march.chosen.following) == ("2026-02", "2026-04")
    # 4 % of 101 calls are four whole misses; one was made.
    assert now.rows[0].year.misses_left == 3
    assert now.rows[0].month.misses_left is None
    with pytest.raises(Invalid):
        source.overview("march")


def test_a_figure_opens_to_its_misses_or_without_any_to_what_it_counted(
    source: Indicators,
) -> None:
    opened = source.detail(1, PeriodChoice())
    assert opened.show is Show.MISSED
    assert [record.identifier for record in opened.page.records] == ["pbx:c-200"]
    assert source.detail(4, PeriodChoice()).show is Show.COUNTED
    counted = source.detail(1, PeriodChoice(), Show.COUNTED)
    assert len(counted.page.records) == 100
    rest = source.detail(1, PeriodChoice(), Show.COUNTED, str(counted.page.following))
    assert len(rest.page.records) == 1
    assert rest.page.following is None


def test_a_chosen_month_is_that_month_unless_the_year_is_asked_for(source: Indicators) -> None:
    assert source.detail(1, PeriodChoice(month="2026-03")).figure.denominator == 100
    year = PeriodChoice(PeriodKind.CONTRACT_YEAR, "2026-02")
    assert source.detail(1, year).figure.denominator == 0
    with pytest.raises(NotFound):
        source.detail(1, PeriodChoice(PeriodKind.NOW))
    with pytest.raises(NotFound):
        source.detail(99, PeriodChoice())


def run(*words: str, expect: int = 0) -> str:
    result = CliRunner().invoke(commands, list(words))
    assert result.exit_code == expect, result.output
    return result.output


def test_the_command_line_tells_the_same_and_finds_a_wrong_sum(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZHISHOU_STATE_DIRECTORY", str(tmp_path / "state"))
    monkeypatch.delenv("ZHISHOU_DATABASE_URL", raising=False)
    database = open_database(load_settings())
    migrate(database.engine, TABLE_MODULES)
    fill(database, orders=())
    add_events(database, callbacks=())
    told = json.loads(run("list", "--month", "2026-03", "--json"))
    declared = load_site(load_settings().inventory).contract.indicators
    assert [row["indicator"]["number"] for row in told["indicators"]] == [
        one.number for one in declared
    ]
    assert told["indicators"][0]["month"]["display"] == "99.00%"
    assert "99.00%" in run("list", "--month", "2026-03")
    opened = json.loads(run("show", "1", "--month", "2026-03", "--json"))
    assert [record["identifier"] for record in opened["records"]] == ["pbx:c-200"]
    assert "c-200" in run("show", "1", "--month", "2026-03")
    first = run("show", "1", "--period", "contract_year", "--show", "counted", "--month", "2026-03")
    assert "--after" not in first  # 100 records are one page
    run("show", "99", expect=3)
    run("list", "--month", "x", expect=2)
    assert "0 differences" in run("verify")
    with database.transaction() as session:
        session.get_one(CallTallyRow, ("2026-03-31", "timed_out", False)).count = 0
    database.close()
    (wrong,) = json.loads(run("verify", "--json", expect=1))
    assert (wrong["day"], wrong["stored"], wrong["counted"]) == ("2026-03-31", 0, 1)


def add_events(database: Database, callbacks: Sequence[str] = ("W-1/1",)) -> None:
    """What the telephone system and the callback agent told of what :func:`fill` stored."""
    lines = [(f"c-{n}", MARCH, CallEventKind.CONNECT) for n in range(99)]
    lines += [("c-200", MARCH, CallEventKind.EXITWITHTIMEOUT),
              ("c-201", TODAY, CallEventKind.CONNECT)]  # fmt: skip
    events = []
    for call, at, kind in lines:
        seat = 37 if kind is CallEventKind.CONNECT else None
        events.append(CallEvent("pbx", len(events), call, CallEventKind.ENTERQUEUE, at, "citizen"))
        events.append(CallEvent("pbx", len(events), call, kind, at, "citizen", "", seat))
        if seat:
            over = CallEventKind.COMPLETECALLER
            events.append(CallEvent("pbx", len(events), call, over, at, "citizen", "", seat))
    done = {"outcome": "reached", "attitude_score": 5}
    bus, actor = EventBus(), Actor.system("test")
    with unit_of_work(database, bus, FixedClock(NOW), actor) as uow:
        store_events(uow.session, events)
        uow.event("call_source", "pbx", "CallEventsTaken", {})
        uow.audit("CallEventsTaken", "call_source", "pbx", {"digest": digest_of(events)})
        for case in uow.session.scalars(select(CaseRow)):
            names = ("channel", "kind", "category", "call")
            recorded = {name: getattr(case, name) for name in names}
            uow.event("case", case.number, "CaseRecorded", recorded, case.received_at)
            uow.audit("CaseRecorded", "case", case.number, recorded)
        for callback in callbacks:
            uow.event("callback", callback, "CallbackDone", done, TODAY)
            uow.audit("CallbackDone", "callback", callback, done)
            order, cycle = callback.split("/")
            uow.session.add(
                CallbackAttemptRow(order=order, cycle=int(cycle), sequence=1, at=TODAY,
                                   agent=str(actor), result="reached", recording="r")
            )  # fmt: skip
        uow.session.execute(update(CallbackTaskRow).values(assignee=str(actor)))


def test_a_rating_recorded_before_calls_had_names_is_of_the_call_that_has_one_now(
    sqlite_database: Database,
) -> None:
    fill(sqlite_database)
    add_events(sqlite_database)
    rating = "INSERT INTO attitude_ratings VALUES ('call:pbx:c-1', 5, '2026-03-31', 'a')"
    with sqlite_database.transaction() as session:
        session.connection().exec_driver_sql(rating)
    with unit_of_work(sqlite_database, EventBus(), FixedClock(NOW), Actor.system("test")) as uow:
        at = datetime(2026, 3, 31, tzinfo=UTC)
        uow.event("rating", "call:c-1", "AttitudeRated", {"score": 5}, at)
    with sqlite_database.reading() as session:
        assert derived_differences(session) == []


@pytest.mark.parametrize(
    ("kind", "tamper"),
    [
        ("call", "UPDATE calls SET outcome = 'answered' WHERE call = 'pbx:c-200'"),
        ("call", "UPDATE calls SET left_at = NULL WHERE call = 'pbx:c-3'"),
        ("call", "DELETE FROM call_events WHERE call = 'c-4'"),
        ("call", "DELETE FROM calls WHERE call = 'pbx:c-5'"),
        ("callback", "UPDATE callback_tasks SET outcome = 'refused'"),
        ("callback", "UPDATE callback_tasks SET attitude_score = 1"),
        ("rating", "UPDATE attitude_ratings SET score = 4"),
        ("callback", "UPDATE callback_tasks SET assignee = 'somebody'"),
        ("callback", "UPDATE callback_tasks SET done_at = '2026-11-01 00:00:00.000000'"),
        ("callback", "UPDATE callback_tasks SET state = 'open'"),
        ("attempt", "UPDATE callback_attempts SET result = 'busy'"),
        ("attempt", "DELETE FROM callback_attempts"),
        ("rating", "UPDATE attitude_ratings SET at = '2026-03-01 00:00:00.000000'"),
        ("rating", "DELETE FROM attitude_ratings"),
        ("rating", "INSERT INTO attitude_ratings VALUES ('call:c-1', 5, '2026-03-31', 'a')"),
    ],
)
def test_a_record_that_its_events_do_not_give_is_named(
    sqlite_database: Database, kind: str, tamper: str
) -> None:
    fill(sqlite_database)
    add_events(sqlite_database)
    with sqlite_database.reading() as session:
        assert derived_differences(session) == []
    with sqlite_database.transaction() as session:
        session.connection().exec_driver_sql(tamper)
    with sqlite_database.reading() as session:
        found = derived_differences(session)
    assert [difference.kind for difference in found] == [kind], found
    assert all(one.identifier and one.stored != one.by_events for one in found)
