from pathlib import Path

import pytest

from device_configs.site import Site, load_site
from tests.benchmarks.synthetic_site import write_site

TESTS = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def site() -> Site:
    return load_site(TESTS.parent / "inventory")


@pytest.fixture(scope="session")
def small_site() -> Site:
    """A router, a firewall and a switch, none of them doubled."""
    return load_site(TESTS / "device_configs" / "twin" / "small_site")


@pytest.fixture(scope="session")
def districts(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Some districts like the shipped centre, sixty devices together."""
    folder = tmp_path_factory.mktemp("districts")
    write_site(folder, 60, 20)
    return load_site(folder)
