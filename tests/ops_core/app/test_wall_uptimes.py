"""The wall's uptime by sums is the uptime by all intervals, and unknown time is no downtime."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_configs.site import load_site
from device_configs.site.model import Site
from monitors.alerts.model import State
from monitors.availability.service import StateRecorder
from monitors.evidence import Element, ElementKind
from ops_core.app.wall_parts import uptimes
from ops_core.app.wall_parts.uptimes import UptimeLedger
from ops_core.kernel.database import Database
from ops_core.kernel.settings import PROJECT_DIRECTORY
from tests.migrated import migrated_database
from wallboard.snapshot import Snapshot
from wallboard.uptimes import read_month
from wallboard.wall.state import AvailabilityView, Condition

EVE = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
"""The last afternoon of a month in Shanghai."""
DEVICE = Element.device("rt-a")


@pytest.fixture(scope="session")
def site() -> Site:
    return load_site(PROJECT_DIRECTORY / "inventory")


def circuit(name: str) -> Element:
    return Element(ElementKind.CIRCUIT, name)


def by_all_intervals(site: Site, database: Database, view: AvailabilityView) -> None:
    """Hold the view against what the records say, read whole."""
    assert view.as_of is not None
    with database.reading() as session:
        record = read_month(Snapshot(session, site, view.as_of))
    for shown in view.circuits:
        assert shown.today == record.today_of(circuit(shown.name))
        assert shown.month == record.month_of(circuit(shown.name))
    assert view.devices_month == record.month_of(DEVICE)
    assert view.devices_today == record.today_of(DEVICE)


STEPS = st.lists(
    st.tuples(
        st.sampled_from([30, 600, 3_600, 20_000]),
        st.dictionaries(st.integers(0, 2), st.sampled_from(list(State)), max_size=3),
        st.booleans(),
        st.booleans(),
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=30, deadline=None)
@given(STEPS, st.sampled_from([1, 2, 5_000]))
def test_sums_over_any_story_are_those_of_all_its_intervals(
    tmp_path_factory: pytest.TempPathFactory,
    site: Site,
    steps: list[tuple[int, dict[int, State], bool, bool]],
    rows: int,
) -> None:
    directory = tmp_path_factory.mktemp("uptimes")
    database = migrated_database(directory / "zhishou.sqlite")
    elements = (circuit("egov-a"), circuit("internet"), DEVICE)
    recorder, ledger = StateRecorder(database), UptimeLedger(site, database)
    states: dict[Element, State] = {}
    now = EVE
    recorder.resume(now)
    uptimes.ROWS_PER_LOOK = rows
    for seconds, changed, looks, restarts in steps:
        states |= {elements[index]: state for index, state in changed.items()}
        if restarts:
            recorder = StateRecorder(database)
            recorder.resume(now)
        recorder.record(states, now)
        now += timedelta(seconds=seconds)
        if looks and (view := ledger.look(now, states)) is not None:
            by_all_intervals(site, database, view)
    while (view := ledger.look(now, states)) is None:
        pass
    by_all_intervals(site, database, view)
    uptimes.ROWS_PER_LOOK = 5_000
    database.close()


def test_time_before_the_first_evidence_is_unknown_and_not_down(site: Site, tmp_path: Path) -> None:
    database = migrated_database(tmp_path / "zhishou.sqlite")
    recorder, ledger = StateRecorder(database), UptimeLedger(site, database)
    recorder.resume(EVE)
    recorder.record({circuit("egov-a"): State.UNKNOWN}, EVE)
    recorder.record({circuit("egov-a"): State.UP}, EVE + timedelta(seconds=2))
    recorder.record({circuit("egov-a"): State.DOWN}, EVE + timedelta(seconds=98))
    view = ledger.look(EVE + timedelta(seconds=100), {})
    assert view is not None
    shown = next(one for one in view.circuits if one.name == "egov-a")
    assert (shown.today.up, shown.today.unknown) == (timedelta(seconds=96), timedelta(seconds=2))
    assert shown.today.down == timedelta(seconds=2)
    assert [d.condition for d in shown.disturbances] == [Condition.UNKNOWN, Condition.DOWN]
    database.close()
