"""Terminals as recorded from evidence, on a real database."""

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import delete

from device_configs.site import Site
from monitors.collect.plan import plan_collection
from monitors.collect.polling.poller import Outlet, SnmpPoller
from monitors.collect.simulation import SimulatedSite
from monitors.evidence import EvidenceRegister, Observation
from ops_core.kernel.clock import FixedClock, SystemClock
from ops_core.kernel.database import Database
from ops_core.kernel.events import EventBus
from ops_core.kpi.periods import instant_of, month_of
from ops_core.kpi.read import read_figure
from seat_assets.model import TerminalCondition, terminals_of
from seat_assets.read import read_terminals
from seat_assets.service import TerminalRecorder
from seat_assets.tables import SeatServiceRow
from tests.monitors.alerts.simulation import World
from tests.monitors.collect.conftest import SECRETS
from tests.seat_assets.conftest import seen


def recorder(site: Site, database: Database, bus: EventBus, clock: FixedClock) -> TerminalRecorder:
    return TerminalRecorder(terminals_of(site), database, bus, clock)


def share(database: Database, site: Site, clock: FixedClock) -> str:
    with database.reading() as session:
        figure = read_figure(session, site, 13, instant_of(clock.now()), clock.now())
    return f"{figure.numerator}/{figure.denominator}"


def test_a_display_switched_off_moves_the_figure_by_one_of_72(
    site: Site, database: Database, bus: EventBus, clock: FixedClock
) -> None:
    watch = recorder(site, database, bus, clock)
    assert share(database, site, clock) == "0/72"
    watch.record(seen(World(site), clock))
    assert share(database, site, clock) == "72/72"
    clock.advance(timedelta(seconds=5))
    changes = watch.record(seen(World(site, displays_off=frozenset({17})), clock))
    assert [(change.seat, change.condition) for change in changes] == [(17, TerminalCondition.BAD)]
    assert share(database, site, clock) == "71/72"


async def test_one_of_two_displays_of_a_host_that_fails_costs_indicator_13_the_terminal(
    site: Site, database: Database, bus: EventBus
) -> None:
    seat, clock = site.seats["seat-003"], SystemClock()
    both = seat.model_copy(update={"display_asset": f"{seat.display_asset}+DP-900"})
    alone = site.model_copy(update={"seats": {seat.name: both}})
    agents, found = SimulatedSite(alone, SECRETS.community, clock), list[Observation]()
    plan = plan_collection(alone, SECRETS, simulated_ports=await agents.start())
    poller = SnmpPoller(plan, Outlet(lambda _: None, found.extend), clock)
    watch = TerminalRecorder(terminals_of(alone), database, bus, clock)

    async def figure() -> str:
        assert await poller.poll_now([seat.name]) == {seat.name: True}
        watch.record(EvidenceRegister().merged(found))
        with database.reading() as session:
            now = clock.now()
            read = read_figure(session, alone, 13, instant_of(now), now)
        return f"{read.numerator}/{read.denominator}"

    try:
        assert await figure() == "1/1"
        for number in (1, 2):
            agents.set_display(seat.name, connected=False, number=number)
            assert await figure() == "0/1"
            agents.set_display(seat.name, connected=True, number=number)
            assert await figure() == "1/1"
    finally:
        agents.stop()


def test_a_terminal_that_does_not_answer_has_an_unknown_display(
    site: Site, database: Database, bus: EventBus, clock: FixedClock
) -> None:
    watch = recorder(site, database, bus, clock)
    watch.record(seen(World(site), clock))
    clock.advance(timedelta(seconds=5))
    watch.record(seen(World(site, cut=frozenset({"sw-1--seat-005"})), clock))
    with database.reading() as session:
        states = {s.seat: s for s in read_terminals(session, terminals_of(site), clock.now())}
    assert states[5].host is TerminalCondition.BAD
    assert states[5].display is TerminalCondition.UNKNOWN
    assert not states[5].is_available


def test_silence_of_the_collector_makes_every_terminal_unknown(
    site: Site, database: Database, bus: EventBus, clock: FixedClock
) -> None:
    watch = recorder(site, database, bus, clock)
    register = seen(World(site), clock)
    watch.record(register)
    clock.advance(timedelta(seconds=16))
    assert {c.condition for c in watch.record(register)} == {TerminalCondition.UNKNOWN}
    assert share(database, site, clock) == "0/72"


def test_what_nobody_watched_is_unknown_after_a_restart(
    site: Site, database: Database, bus: EventBus, clock: FixedClock
) -> None:
    recorder(site, database, bus, clock).record(seen(World(site), clock))
    clock.advance(timedelta(hours=1))
    recorder(site, database, bus, clock).resume()
    with database.reading() as session:
        states = read_terminals(session, terminals_of(site), clock.now() - timedelta(minutes=30))
    assert {state.condition for state in states} == {TerminalCondition.UNKNOWN}


def test_snapshots_count_from_the_first_recording_on(
    site: Site, database: Database, bus: EventBus, clock: FixedClock
) -> None:
    """Recording starts at 14:24 in Shanghai: 16:00 is the first snapshot, 00:00 the second."""
    watch = recorder(site, database, bus, clock)
    for _ in range(11):
        watch.record(seen(World(site, displays_off=frozenset({1})), clock))
        clock.advance(timedelta(hours=1))
    with database.reading() as session:
        month = month_of(clock.now(), site.contract)
        figure = read_figure(session, site, 13, month, clock.now())
    assert figure.denominator == 2 * 72
    assert figure.numerator == 2 * 71


def seats_of(site: Site, numbers: Iterable[int]) -> Site:
    """The centre with these seats alone."""
    kept = {name: seat for name, seat in site.seats.items() if seat.number in set(numbers)}
    return site.model_copy(update={"seats": kept})


def test_a_seat_installed_later_has_no_misses_before(
    site: Site, database: Database, bus: EventBus, clock: FixedClock
) -> None:
    """Two seats from the first day on, a third from the third day on."""
    began, month = clock.now(), month_of(clock.now(), site.contract)
    two, three = seats_of(site, (1, 2)), seats_of(site, (1, 2, 3))
    watch_days(two, database, bus, clock, 2)
    with database.reading() as session:
        before = read_figure(session, two, 13, month, clock.now())
    assert (before.numerator, before.denominator) == (12, 12)
    with database.reading() as session:
        assert read_figure(session, three, 13, month, clock.now()) == before, "only edited"
    watch_days(three, database, bus, clock, 1)
    with database.reading() as session:
        after = read_figure(session, three, 13, month, clock.now())
        past = read_figure(session, three, 13, month, began + timedelta(days=2))
    assert (after.numerator, after.denominator) == (21, 21)
    assert (past.numerator, past.denominator) == (12, 12)


def test_a_seat_taken_out_changes_nothing_of_what_was_counted(
    site: Site, database: Database, bus: EventBus, clock: FixedClock
) -> None:
    month = month_of(clock.now(), site.contract)
    watch_days(seats_of(site, (1, 2)), database, bus, clock, 1)
    with database.reading() as session:
        asked = clock.now()
        before = read_figure(session, site, 13, month, asked)
    watch_days(seats_of(site, (1,)), database, bus, clock, 1)
    with database.reading() as session:
        figure = read_figure(session, seats_of(site, (1,)), 13, month, asked)
        later = read_figure(session, seats_of(site, (1,)), 13, month, clock.now())
    assert figure == before
    assert later.denominator == before.denominator + 3
    assert share(database, site, clock) == "1/1", "the one that is left, whatever is declared"


def test_what_comes_back_into_service_is_unknown_until_it_is_seen(
    site: Site, database: Database, bus: EventBus, clock: FixedClock
) -> None:
    two = seats_of(site, (1, 2))
    for declared in (two, seats_of(site, (1,))):
        recorder(declared, database, bus, clock).record(seen(World(two), clock))
        clock.advance(timedelta(seconds=5))
    again = recorder(two, database, bus, clock)
    seen_before = seen(World(two), clock)
    clock.advance(timedelta(seconds=2))
    again.resume()
    assert share(database, two, clock) == "1/2"
    again.record(seen_before)
    assert share(database, two, clock) == "2/2"


def test_the_first_reading_of_an_older_database_keeps_what_was_counted(
    site: Site, database: Database, bus: EventBus, clock: FixedClock
) -> None:
    """Terminals were recorded before it was kept what was in service: unknown was a miss."""
    two, month = seats_of(site, (1, 2)), month_of(clock.now(), site.contract)
    watch_days(seats_of(site, (1,)), database, bus, clock, 1)
    with database.transaction() as session:
        session.execute(delete(SeatServiceRow))
    with database.reading() as session:
        before = read_figure(session, two, 13, month, clock.now())
    recorder(two, database, bus, clock).resume()
    with database.reading() as session:
        assert read_figure(session, two, 13, month, clock.now()) == before
    assert (before.numerator, before.denominator) == (3, 6)


def watch_days(site: Site, database: Database, bus: EventBus, clock: FixedClock, days: int) -> None:
    """The platform starts with the declaration and watches that long; all is in order."""
    watch = recorder(site, database, bus, clock)
    for _ in range(days * 24):
        watch.record(seen(World(site), clock))
        clock.advance(timedelta(hours=1))
