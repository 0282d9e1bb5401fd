"""A stand of emulated boxes for the tests of changes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.device_configs.changes.vendor_site import mixed, specs_of, standing_in, work_in
from tests.device_configs.changes.vendor_stand import EVERYTHING, RECORD, Declared, Stand
from tests.device_configs.render.changes import CHANGES, Change, sites_of
from tests.migrated import migrated_database


@pytest.fixture(scope="package")
def declared(tmp_path_factory: pytest.TempPathFactory) -> Declared:
    """The site before and after a change of every pair of boxes."""
    known = {change.name: change for change in CHANGES}
    edits = tuple(edit for name in EVERYTHING for edit in known[name].edits)
    folder = tmp_path_factory.mktemp("declared")
    return Declared(*sites_of(mixed(Change("all", edits)), folder), folder / "new")


@pytest.fixture
def stand(declared: Declared, tmp_path: Path) -> Iterator[Stand]:
    database = migrated_database(tmp_path / RECORD)
    with standing_in(tmp_path, specs_of(declared.old)) as devices:
        before = {n: (one.running_text(), one.saved_text()) for n, one in devices.items()}
        yield Stand(work_in(tmp_path, declared.new, database), devices, before)
    database.close()


@pytest.fixture
def declared_folder(declared: Declared) -> Path:
    """The files of the new declaration."""
    return declared.folder
