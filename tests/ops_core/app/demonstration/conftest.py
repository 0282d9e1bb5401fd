"""A small centre's demonstration over a database of either kind, on a clock that is told."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from device_configs.site import load_site
from device_configs.site.model import Site
from ops_core.app.demonstration.feed import DemonstrationFeed
from ops_core.hotline.contacts.vault import ContactVault, open_vault
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.database import Database
from ops_core.kernel.events import EventBus
from ops_core.kernel.settings import PROJECT_DIRECTORY

SEED = 12345
DAYS_BEFORE = timedelta(days=2)
NewFeed = Callable[[], DemonstrationFeed]


@pytest.fixture(scope="session")
def site() -> Site:
    """A twelfth of the example centre."""
    whole = load_site(PROJECT_DIRECTORY / "inventory")
    return whole.model_copy(update={"seats": dict(list(whole.seats.items())[:6])})


@pytest.fixture
def clock() -> FixedClock:
    """Wednesday 2026-03-25, 18:00 in Shanghai."""
    return FixedClock(datetime(2026, 3, 25, 10, tzinfo=UTC))


@pytest.fixture
def vault(tmp_path: Path) -> ContactVault:
    return open_vault(tmp_path)


@pytest.fixture
def new_feed(
    site: Site, database: Database, bus: EventBus, clock: FixedClock, vault: ContactVault
) -> NewFeed:
    """A feed as a start of the platform makes it: it remembers nothing."""
    return lambda: DemonstrationFeed(
        site, database, bus, clock, vault, SEED, DAYS_BEFORE, pause_share=0.1
    )
