"""The knowledge base over a database of either kind."""

from datetime import UTC, datetime

import pytest

from device_configs.site import load_site
from device_configs.site.model import Site
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.events import EventBus
from ops_core.kernel.settings import PROJECT_DIRECTORY
from tests.ops_core.knowledge.people import Work


@pytest.fixture(scope="session")
def site() -> Site:
    return load_site(PROJECT_DIRECTORY / "inventory")


@pytest.fixture
def clock() -> FixedClock:
    """Monday 2026-03-02, 09:00 in Shanghai."""
    return FixedClock(datetime(2026, 3, 2, 1, tzinfo=UTC))


@pytest.fixture
def work(database: Database, bus: EventBus, clock: FixedClock) -> Work:
    """A unit of work in somebody's name."""
    return lambda actor: unit_of_work(database, bus, clock, actor)
