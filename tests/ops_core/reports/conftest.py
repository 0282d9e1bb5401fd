"""The example centre's declaration."""

import pytest

from device_configs.site import load_site
from device_configs.site.model import Site
from ops_core.kernel.settings import PROJECT_DIRECTORY


@pytest.fixture(scope="session")
def site() -> Site:
    return load_site(PROJECT_DIRECTORY / "inventory")
