from pathlib import Path

import pytest

from device_configs.site import load_site
from device_configs.site.model import Site
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.database import Database
from ops_core.kernel.evidence_files import EvidenceStore
from ops_core.kernel.settings import PROJECT_DIRECTORY
from tests.ops_core.registers.story import START, Registers


@pytest.fixture(scope="session")
def site() -> Site:
    return load_site(PROJECT_DIRECTORY / "inventory")


@pytest.fixture
def store(tmp_path: Path) -> EvidenceStore:
    return EvidenceStore(tmp_path / "evidence", 1 << 20)


@pytest.fixture
def story(database: Database, site: Site, store: EvidenceStore) -> Registers:
    """On SQLite and on PostgreSQL."""
    return Registers(database, site, store, FixedClock(START))


@pytest.fixture
def quick_story(sqlite_database: Database, site: Site, store: EvidenceStore) -> Registers:
    """For what does not depend on the kind of database."""
    return Registers(sqlite_database, site, store, FixedClock(START))
