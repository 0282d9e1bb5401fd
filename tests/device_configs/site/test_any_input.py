"""No input gives a traceback: a declaration loads, or every fault of it is said."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_configs.site import load_site
from device_configs.site.faults import LONGEST, DeclarationFault, SiteInvalid
from tests.device_configs.site.mutations import SHIPPED, spoil
from tests.profile import examples


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path_factory.mktemp("spoiled") / "inventory"))


@settings(max_examples=examples(suite=250, nightly=100_000))
@given(seed=st.integers(min_value=0, max_value=2**63))
def test_a_spoiled_file_is_a_site_or_a_list_of_faults(folder: Path, seed: int) -> None:
    restore(folder)
    what = spoil(folder, seed)
    for fault in faults_of(folder):
        assert str(fault).isprintable(), what
        assert len(fault.found) <= 7 * LONGEST, what


def faults_of(folder: Path) -> tuple[DeclarationFault, ...]:
    """What is wrong with a declaration; nothing with one that loads."""
    try:
        load_site(folder)
    except SiteInvalid as invalid:
        return invalid.faults
    return ()


def restore(folder: Path) -> None:
    for path in SHIPPED.iterdir():
        if path.is_file():
            target = folder / path.name
            if target.read_bytes() != path.read_bytes():
                shutil.copy(path, target)
