from pathlib import Path

import pytest

from device_configs.site import Site, load_site
from monitors.alerts.graph import Graph, build_graph


@pytest.fixture(scope="session")
def site() -> Site:
    return load_site(Path(__file__).parents[3] / "inventory")


@pytest.fixture(scope="session")
def graph(site: Site) -> Graph:
    return build_graph(site)
