from pathlib import Path

import pytest

from device_configs.site import load_site
from device_configs.site.model import Site
from tests.ops_core.conftest import (
    bus,
    clock,
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
    "sqlite_database",
]


@pytest.fixture(scope="session")
def site() -> Site:
    return load_site(Path(__file__).parents[2] / "inventory")
