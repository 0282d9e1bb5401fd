from collections.abc import Iterator
from pathlib import Path

import pytest

from device_configs.site import Site, load_site
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.database import Database
from ops_core.kernel.events import EventBus
from tests.incident.story import Story
from tests.migrated import migrated_database
from tests.monitors.alerts.simulation import START
from tests.ops_core.conftest import (
    BOTH,
    migrated_postgresql,
    migrated_sqlite,
    postgresql,
    postgresql_database,
    sqlite_database,
)

__all__ = [
    "migrated_postgresql",
    "migrated_sqlite",
    "postgresql",
    "postgresql_database",
    "sqlite_database",
]


@pytest.fixture(scope="session")
def site() -> Site:
    return load_site(Path(__file__).parents[2] / "inventory")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    found = migrated_database(tmp_path / "zhishou.db")
    yield found
    found.close()


@pytest.fixture
def bus() -> EventBus:
    return EventBus()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(START)


@pytest.fixture(params=BOTH)
def story(request: pytest.FixtureRequest, site: Site, bus: EventBus, clock: FixedClock) -> Story:
    """Incidents written by hand, on either database."""
    database: Database = request.getfixturevalue(f"{request.param}_database")
    return Story(site, database, bus, clock)
