import pytest

from monitors.evidence import EvidenceRegister
from ops_core.kernel.clock import FixedClock
from seat_assets.model import Terminal
from tests.incident.conftest import bus, clock, site
from tests.monitors.alerts.simulation import World
from tests.ops_core.conftest import (
    database,
    migrated_postgresql,
    migrated_sqlite,
    postgresql,
    postgresql_database,
    sqlite_database,
)

__all__ = [
    "bus",
    "clock",
    "database",
    "migrated_postgresql",
    "migrated_sqlite",
    "postgresql",
    "postgresql_database",
    "site",
    "sqlite_database",
]


def seen(world: World, clock: FixedClock) -> EvidenceRegister:
    """What a round of everything finds now."""
    return EvidenceRegister().merged(world.seats(clock.now()))


@pytest.fixture
def terminal() -> Terminal:
    """Of seat 5."""
    return Terminal(5, "seat-005", "sw-1", 1, 5, "8005", "H-005", "D-005")
