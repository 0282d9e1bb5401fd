"""Anybody's NAPALM script finds the drivers by name."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from napalm import get_network_driver

from device_configs.drivers.bounded import each_device
from device_configs.emulator.devices import BoxSpec, running_devices
from tests.device_configs.drivers.vendor_bench import MARKER, MERGE, VRP, VendorBench

ROOT = Path(__file__).parents[3]
DRIVERS = ("arista_eos", "frr", "h3c_comware", "huawei_vrp")


@pytest.mark.parametrize("name", DRIVERS)
def test_napalm_finds_the_driver(name: str) -> None:
    assert get_network_driver(name).platform == name


def test_a_wheel_has_the_modules_at_its_top() -> None:
    """An editable installation reads the folder itself; a wheel gets each file by name."""
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
    folder = ROOT / "device_configs/drivers/importable"
    files = {
        str(path.relative_to(ROOT)): str(path.relative_to(folder)) for path in folder.rglob("*.py")
    }
    assert build["targets"]["wheel"]["force-include"].items() >= files.items()
    assert sorted(files.values()) == [f"custom_napalm/{name}.py" for name in DRIVERS]
    assert str(folder.relative_to(ROOT)) in build["dev-mode-dirs"]


def test_napalms_own_command_drives_a_box(tmp_path: Path) -> None:
    (tmp_path / "lines").write_text(MERGE, encoding="utf-8")
    with running_devices([BoxSpec("rt-a", "vrp8", VRP.format(name="rt-a"))]) as devices:
        box = devices["rt-a"]
        command = [
            str(Path(sys.executable).with_name("napalm")), "--vendor", "huawei_vrp",
            "--user", box.user, "--password", box.password,
            "--optional_args", f"port={box.port}", box.host,
        ]  # fmt: skip
        wanted = [*command, "configure", str(tmp_path / "lines"), "--strategy", "merge"]
        done = subprocess.run(wanted, capture_output=True, text=True, check=True)
        assert MARKER in done.stdout
        assert MARKER in box.saved_text()


def test_one_bad_box_stops_no_other() -> None:
    specs = [BoxSpec(f"b{at}", "vrp8", VRP.format(name=f"b{at}")) for at in range(12)]
    with running_devices(specs) as devices:
        devices["b3"].set_traits(refuse="description")
        devices["b5"].set_traits(drop_at="^vlan 30")

        def change(name: str) -> str:
            with VendorBench(devices, name).driver() as driver:
                driver.load_merge_candidate(config=MERGE)
                driver.commit_config(revert_in=600)
                driver.confirm_commit()
            return name

        outcomes = {o.item: o for o in each_device(devices, change, workers=4)}
        assert {name for name, outcome in outcomes.items() if outcome.error} == {"b3", "b5"}
        assert all((MARKER in devices[n].saved_text()) == (n not in ("b3", "b5")) for n in devices)
