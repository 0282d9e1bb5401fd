"""Boxes to drive."""

from collections.abc import Iterator

import pytest

pytest.register_assert_rewrite("tests.device_configs.drivers.contract")

from tests.device_configs.drivers.frr_box import FrrBox, running_frr_box  # noqa: E402 - after the registration


@pytest.fixture(scope="session")
def frr_box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FrrBox]:
    """One router for all tests; each leaves it as it found it."""
    with running_frr_box(tmp_path_factory.mktemp("frr")) as box:
        yield box
