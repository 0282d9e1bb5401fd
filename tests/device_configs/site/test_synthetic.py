"""The synthetic site of the benchmarks is a valid declaration of the size asked for."""

from pathlib import Path

import pytest

from device_configs.site import load_site
from tests.benchmarks.synthetic_site import write_site


@pytest.mark.parametrize("devices", [12, 60, 200])
def test_a_synthetic_site_has_no_fault_and_about_the_size_asked_for(
    tmp_path: Path, devices: int
) -> None:
    write_site(tmp_path, devices, rules=5)
    assert abs(len(load_site(tmp_path).devices) - devices) <= 8


def test_the_same_size_is_the_same_site(tmp_path: Path) -> None:
    write_site(tmp_path / "one", 30)
    write_site(tmp_path / "other", 30)
    assert load_site(tmp_path / "one") == load_site(tmp_path / "other")
