"""The demonstration through the real services: nothing refused, doubled, lost or meddled with."""

import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from device_configs.site.hotline import CaseKind
from device_configs.site.model import Site
from ops_core.app.demonstration.feed import DemonstrationFeed
from ops_core.app.platform import demonstrates
from ops_core.hotline.callbacks.tables import CallbackAttemptRow, CallbackTaskRow
from ops_core.hotline.calls.model import CallEventKind, Outcome
from ops_core.hotline.calls.tables import AttitudeRatingRow, CallEventRow, CallRow, CallTallyRow
from ops_core.hotline.calls.tallies import recount
from ops_core.hotline.cases.model import CaseDraft, Channel
from ops_core.hotline.cases.service import record_case
from ops_core.hotline.cases.tables import CaseRow
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.hotline.demonstration import SOURCE
from ops_core.hotline.demonstration.backlogs import MAIN, Backlog, Beginnings, backlogs_of
from ops_core.hotline.demonstration.cast import is_cast
from ops_core.hotline.orders.model import replay
from ops_core.hotline.orders.order import first_break
from ops_core.hotline.orders.service import take_step
from ops_core.hotline.orders.steps import OrderState, Step
from ops_core.hotline.orders.store import events_of_order, order_of
from ops_core.hotline.orders.tables import OrderEventRow, WorkOrderRow
from ops_core.hotline.orders.verifying import order_flaws
from ops_core.kernel.audit import verify_chain
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.consumers import read_position, read_positions
from ops_core.kernel.database import Database, create_database_engine
from ops_core.kernel.events import EventBus
from ops_core.kernel.permissions import Actor, Role
from ops_core.kernel.settings import PROJECT_DIRECTORY, Settings
from ops_core.kernel.tables import AuditEntryRow, EventRow
from ops_core.kernel.workers import Worker
from ops_core.kpi.derived_records import derived_differences
from seat_assets.model import Change, Part, TerminalCondition
from seat_assets.service import store_changes
from tests.ops_core.app.demonstration.conftest import DAYS_BEFORE, SEED, NewFeed

RECORDER = Actor.system("seat_assets")
DISPATCHER = Actor.user("demo.dispatcher", (Role.DISPATCHER,))
NEVER = threading.Event()


def test_a_day_passes_through_the_services_without_a_refusal(
    new_feed: NewFeed, database: Database, site: Site, clock: FixedClock
) -> None:
    feed = new_feed()
    assert feed.catch_up(NEVER) > 300
    assert feed.refused == 0
    with database.reading() as session:
        assert verify_chain(session) == []
        assert derived_differences(session) == []
        assert list(order_flaws(session)) == []
        stored = {
            (row.day, row.outcome, row.offered): row.count
            for row in session.scalars(select(CallTallyRow).where(CallTallyRow.count != 0))
        }
        assert stored == recount(session, ZoneInfo(site.contract.timezone))
        for row in session.scalars(select(WorkOrderRow)):
            events = events_of_order(session, row.number)
            assert first_break(events) is None
            assert replay(events) == order_of(row)
        states = set(session.scalars(select(WorkOrderRow.state)))
        assert {OrderState.DISPATCHED, OrderState.SIGNED, OrderState.COMPLETED} <= states
        assert set(session.scalars(select(CallbackTaskRow.state))) == {"open", "done"}
        actors = set(session.scalars(select(AuditEntryRow.actor)))
        assert all(is_cast(actor) for actor in actors)
        assert {"demo.pbx-1", "demo.web-1"} < actors
        assert session.scalar(select(func.count()).select_from(AttitudeRatingRow))
        assert set(session.scalars(select(CaseRow.source_org))) == {SOURCE}
        assert read_position(session, MAIN) <= clock.now().timestamp()
        occurred = session.scalar(select(func.min(EventRow.occurred_at)))
        recorded = session.scalar(select(func.min(EventRow.recorded_at)))
        assert recorded == clock.now(), "what is recorded is never dated back"
        assert occurred is not None
        assert occurred < clock.now() - timedelta(days=2)


def test_going_on_equals_never_having_stopped(
    new_feed: NewFeed, database: Database, clock: FixedClock
) -> None:
    """A start that remembers nothing finds its place, and time goes on over midnight."""
    for _ in range(4):
        assert new_feed().refused == 0
        new_feed().catch_up(NEVER)
        before = told(database)
        assert new_feed().catch_up(NEVER) < 60
        assert told(database) == before, "once more changes nothing"
        clock.advance(timedelta(hours=4))


def test_what_happens_just_now_comes_first_and_the_past_behind_it(
    new_feed: NewFeed, database: Database, clock: FixedClock
) -> None:
    """However slow the machine is: after the first batch the wall has calls of the last hour."""
    feed, now = new_feed(), clock.now()
    feed.catch_up(once())
    assert entered_from(database) >= now - timedelta(hours=1)
    assert (share := feed.share_done()) is not None
    assert share < 50
    while entered_from(database) >= now - timedelta(hours=1):
        feed.catch_up(once())
    midnight = datetime(2026, 3, 24, 16, tzinfo=UTC)
    assert entered_from(database) >= midnight, "today comes before the days before"
    new_feed().catch_up(NEVER)  # a start that remembers nothing goes on by the same backlogs
    assert entered_from(database) < midnight - timedelta(days=1)
    with database.reading() as session:
        assert backlogs_of(read_positions(session, MAIN)) == (Backlog(Beginnings(), now),)
        assert derived_differences(session) == []
    assert new_feed().share_done() is None


def once() -> threading.Event:
    """Lets one batch pass."""
    return OneBatch()


class OneBatch(threading.Event):
    """Set as soon as somebody has waited for it."""

    def wait(self, timeout: float | None = None) -> bool:  # noqa: ARG002
        self.set()
        return True


def entered_from(database: Database) -> datetime:
    """When the earliest call on record came in."""
    with database.reading() as session:
        return session.scalars(select(func.min(CallRow.entered_at))).one()


@dataclass(frozen=True)
class Told:
    """All the demonstration has done, without the numbers a database hands out."""

    calls: frozenset[object]
    cases: frozenset[object]
    steps: frozenset[object]
    callbacks: frozenset[object]
    ratings: int


def told(database: Database) -> Told:
    with database.reading() as session:
        return read_told(session)


def read_told(session: Session) -> Told:
    orders = session.execute(
        select(WorkOrderRow.number, CaseRow.source_ref).join(
            CaseRow, WorkOrderRow.case_number == CaseRow.number
        )
    )
    ref = {row.number: row.source_ref for row in orders}
    calls = session.execute(select(CallRow.call, CallRow.outcome, CallRow.agent, CallRow.left_at))
    cases = session.execute(select(CaseRow.source_ref, CaseRow.content_hash, CaseRow.recorded_by))
    steps = session.scalars(select(OrderEventRow))
    attempts = session.scalars(select(CallbackAttemptRow))
    return Told(
        frozenset(tuple(row) for row in calls),
        frozenset(tuple(row) for row in cases),
        frozenset((ref[s.order], s.sequence, s.step, s.actor, s.at) for s in steps),
        frozenset((ref[a.order], a.cycle, a.sequence, a.result, a.at) for a in attempts),
        session.scalar(select(func.count()).select_from(AttitudeRatingRow)) or 0,
    )


RUN = """
import sys, threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from device_configs.site import load_site
from ops_core.app.demonstration.feed import DemonstrationFeed
from ops_core.hotline.contacts.vault import open_vault
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.database import Database, create_database_engine
from ops_core.kernel.events import EventBus
url, directory, at, seed = sys.argv[1:]
whole = load_site(Path("inventory"))
site = whole.model_copy(update={"seats": dict(list(whole.seats.items())[:6])})
database = Database(create_database_engine(url))
clock = FixedClock(datetime.fromisoformat(at))
feed = DemonstrationFeed(
    site, database, EventBus(), clock, open_vault(Path(directory)), int(seed), timedelta(days=2)
)
feed.catch_up(threading.Event())
print(feed.refused)
"""


def test_killed_again_and_again_it_ends_as_if_undisturbed(
    sqlite_database: Database, migrated_sqlite: Path, site: Site, bus: EventBus,
    clock: FixedClock, vault: ContactVault, tmp_path: Path,
) -> None:  # fmt: skip
    copy = tmp_path / "killed.sqlite"
    copy.write_bytes(migrated_sqlite.read_bytes())
    url = f"sqlite:///{copy}"
    at = clock.now().isoformat()
    command = [sys.executable, "-c", RUN, url, str(tmp_path), at, str(SEED)]
    killed = Database(create_database_engine(url))
    dice = random.Random(4)
    kills = 0
    for _ in range(3):
        done_before = position_of(killed)
        process = subprocess.Popen(command, cwd=PROJECT_DIRECTORY, stdout=subprocess.PIPE)
        while process.poll() is None and position_of(killed) == done_before:
            time.sleep(0.02)
        time.sleep(dice.uniform(0, 0.3))
        process.send_signal(signal.SIGKILL)
        kills += process.wait() == -signal.SIGKILL
    assert kills, "it was never killed on its way"
    last = subprocess.run(
        command, cwd=PROJECT_DIRECTORY, stdout=subprocess.PIPE, check=True, text=True
    )
    assert last.stdout == "0\n"
    undisturbed = DemonstrationFeed(site, sqlite_database, bus, clock, vault, SEED, DAYS_BEFORE)
    undisturbed.catch_up(NEVER)
    assert told(killed) == told(sqlite_database)
    killed.close()


def position_of(database: Database) -> int:
    with database.reading() as session:
        return read_position(session, MAIN)


def went_bad(seats: Iterable[int], at: datetime, part: Part = Part.HOST) -> list[Change]:
    return [Change(seat, part, TerminalCondition.BAD, at) for seat in seats]


def events_after(database: Database, at: datetime) -> list[CallEventRow]:
    with database.reading() as session:
        return list(
            session.scalars(
                select(CallEventRow).where(CallEventRow.at > at).order_by(CallEventRow.at)
            )
        )


def test_a_seat_without_a_display_gets_no_new_call(
    new_feed: NewFeed, database: Database, bus: EventBus, clock: FixedClock
) -> None:
    feed = new_feed()
    feed.catch_up(NEVER)
    at = clock.now()
    with database.reading() as session:
        taken = (
            select(CallRow.seat)
            .where(CallRow.answered_at > at - timedelta(hours=1))
            .order_by(CallRow.entered_at)
        )
        busy = next(seat for seat in session.scalars(taken) if seat is not None)
    record(database, bus, clock, went_bad([busy], at, Part.DISPLAY))
    clock.advance(timedelta(hours=2))
    feed.catch_up(NEVER)
    later = events_after(database, at)
    connected = [row for row in later if row.kind == CallEventKind.CONNECT]
    assert len(connected) > 4
    assert busy not in {row.seat for row in connected}
    assert feed.refused == 0


def test_without_any_terminal_callers_are_turned_away_and_talks_go_on(
    new_feed: NewFeed, database: Database, bus: EventBus, clock: FixedClock, site: Site
) -> None:
    feed = new_feed()
    feed.catch_up(NEVER)
    while not (talking := calls_going_on(database)):
        clock.advance(timedelta(seconds=30))
        feed.catch_up(NEVER)
    at = clock.now()
    seats = [seat.number for seat in site.seats.values()]
    record(database, bus, clock, went_bad(seats, at))
    clock.advance(timedelta(hours=2))
    feed.catch_up(NEVER)
    later = events_after(database, at)
    assert not [row for row in later if row.kind == CallEventKind.CONNECT]
    assert len([row for row in later if row.kind == CallEventKind.EXITEMPTY]) > 4
    with database.reading() as session:
        for call in talking:
            row = session.get_one(CallRow, call)
            assert row.outcome == Outcome.ANSWERED
            assert row.left_at is not None
            assert row.left_at > at
        turned_away = session.scalars(
            select(CallRow.call).where(CallRow.outcome == Outcome.OVERFLOWED)
        ).all()
        of_nobody = select(CaseRow).where(CaseRow.call.in_(turned_away))
        assert session.scalars(of_nobody).all() == []
    assert feed.refused == 0


def calls_going_on(database: Database) -> list[str]:
    with database.reading() as session:
        going_on = select(CallRow.call).where(
            CallRow.outcome == Outcome.ANSWERED, CallRow.left_at.is_(None)
        )
        return list(session.scalars(going_on))


def record(database: Database, bus: EventBus, clock: FixedClock, changes: list[Change]) -> None:
    with unit_of_work(database, bus, clock, RECORDER) as uow:
        store_changes(uow, changes)


def test_an_order_a_person_took_in_hand_is_left_to_him(
    new_feed: NewFeed, database: Database, bus: EventBus, clock: FixedClock, site: Site
) -> None:
    feed = new_feed()
    feed.catch_up(NEVER)
    waiting = None
    while waiting is None:
        clock.advance(timedelta(minutes=1))
        feed.catch_up(NEVER)
        with database.reading() as session:
            accepted = select(WorkOrderRow.number).where(
                WorkOrderRow.state == OrderState.ACCEPTED, WorkOrderRow.cycle == 1
            )
            waiting = session.scalars(accepted).first()
    with unit_of_work(database, bus, clock, DISPATCHER) as uow:
        taken = take_step(uow, site, waiting, Step.DISPATCH, "health")
    clock.advance(timedelta(days=2))
    feed.catch_up(NEVER)
    assert feed.refused == 0
    with database.reading() as session:
        assert session.get_one(WorkOrderRow, waiting).version == taken.version


def test_orders_of_other_sources_are_never_touched(
    new_feed: NewFeed, database: Database, bus: EventBus, clock: FixedClock, site: Site,
    vault: ContactVault,
) -> None:  # fmt: skip
    draft = CaseDraft(
        Channel.WEB, "portal", "p-1", CaseKind.HELP, "heating", "province", "暖气不热",
        "三天不热", clock.now(),
    )  # fmt: skip
    with unit_of_work(database, bus, clock, Actor.user("portal", (Role.INTERFACE,))) as uow:
        recorded = record_case(uow, site, vault, draft)
    feed = new_feed()
    feed.catch_up(NEVER)
    clock.advance(timedelta(days=1))
    feed.catch_up(NEVER)
    with database.reading() as session:
        assert session.get_one(WorkOrderRow, recorded.order).version == 1


@pytest.mark.parametrize(
    ("asked_for", "declared", "runs"),
    [(True, True, True), (True, False, False), (False, True, False)],
    ids=["a demonstration", "a real centre is never simulated", "nobody asked for it"],
)
def test_both_the_settings_and_the_declaration_must_say_so(
    site: Site, asked_for: bool, declared: bool, runs: bool
) -> None:
    declared_site = site.model_copy(update={"demonstration": declared})
    assert demonstrates(Settings(demonstration=asked_for), declared_site) is runs


def test_it_is_off_unless_switched_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ZHISHOU_DEMONSTRATION", raising=False)
    assert Settings().demonstration is False


def test_success_is_reported_when_it_has_caught_up_and_not_while_it_cannot(
    site: Site, sqlite_database: Database, clock: FixedClock, vault: ContactVault
) -> None:
    url = sqlite_database.engine.url.render_as_string(hide_password=False)
    impatient = Database(create_database_engine(url, wait_s=0.05))
    feed = DemonstrationFeed(site, impatient, EventBus(), clock, vault, SEED, timedelta(0), 0.1)
    worker = Worker("demonstration", clock, is_vital=False, longest_silence_s=None)
    stop = threading.Event()
    thread = threading.Thread(target=feed.run, args=(worker, stop))
    with sqlite_database.command():
        thread.start()
        _wait_for(lambda: bool(worker.state().item_failures))
        assert worker.state().last_success is None
    _wait_for(lambda: worker.state().last_success is not None)
    stop.set()
    thread.join(30)
    impatient.close()


def _wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)
