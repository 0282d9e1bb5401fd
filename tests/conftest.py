"""What several folders of tests share: one deployed twin for the whole session."""

from collections.abc import Iterator

import pytest

from device_configs.deploy.lab import Lab, standing_lab
from ops_core.kernel.settings import Settings


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--screenshots", help="folder to write the browser tests' pictures to")


@pytest.fixture(scope="session")
def bare_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The example centre in a twin, nothing deployed yet."""
    with standing_lab(Settings(state_directory=tmp_path_factory.mktemp("lab"))) as lab:
        yield lab


@pytest.fixture(scope="session")
def lab(bare_lab: Lab) -> Lab:
    """The example centre in a twin, deployed once."""
    done = bare_lab.deploy()
    assert done.succeeded, {d.device: d.message for d in done.devices.values() if d.message}
    return bare_lab
