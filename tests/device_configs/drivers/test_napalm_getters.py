"""NAPALM's own getter tests, before real FRR and emulated boxes.

Its framework skips what a driver does not implement; here a skip is counted, and the list of them
is a golden file (``--update-golden`` rewrites it).
"""

from __future__ import annotations

import inspect
import os
from typing import TYPE_CHECKING

import pytest
import yaml

os.environ["NAPALM_TEST_MOCK"] = "0"  # read when NAPALM's framework is imported

from napalm import get_network_driver
from napalm.base.test.getters import BaseTestGetters

from device_configs.emulator.devices import BoxSpec, running_devices
from device_configs.emulator.eos.running import running_eos_boxes
from device_configs.emulator.state import Neighbor
from tests.device_configs.drivers.test_eos_changes import TEXT as EOS_TEXT
from tests.device_configs.drivers.test_eos_changes import EosBench
from tests.device_configs.drivers.vendor_bench import COMWARE_TEXT, VRP, VendorBench

if TYPE_CHECKING:
    from pathlib import Path

    from napalm.base import NetworkDriver

    from tests.device_configs.drivers.frr_box import FrrBox

NAMES = [n for n, _ in inspect.getmembers(BaseTestGetters) if n.startswith("test_")]
UNANSWERABLE = {
    "frr": {"test_get_route_to", "test_get_route_to_longer", "test_get_arp_table_with_vrf"},
    "huawei_vrp": {"test_get_arp_table_with_vrf"},
    "h3c_comware": {"test_get_arp_table_with_vrf", "test_get_arp_table"},
    "arista_eos": set[str](),
}
"""They ask for a BGP route, a VRF by name or an ARP entry, which the bench does not have."""
GOLDEN = "napalm_skips.yml"


def skipped(driver: NetworkDriver, name: str) -> list[str]:
    """Run the framework on an open driver; what it skipped. A test that fails raises."""
    suite = BaseTestGetters()
    suite.driver = get_network_driver(name)
    suite.device = driver
    found = []
    for test in NAMES:
        if test in UNANSWERABLE[name]:
            continue
        arguments = () if test == "test_method_signatures" else ("live",)
        try:
            getattr(suite, test)(*arguments)
        except pytest.skip.Exception:
            found.append(test)
    return found


def hold(request: pytest.FixtureRequest, name: str, found: list[str]) -> None:
    path: Path = request.path.parent / GOLDEN
    golden = yaml.safe_load(path.read_text()) if path.exists() else {}
    if request.config.getoption("--update-golden"):
        path.write_text(yaml.safe_dump({**golden, name: found}, sort_keys=True))
        return
    assert found == golden[name]


@pytest.mark.lab
def test_frr_answers_as_the_framework_asks(request: pytest.FixtureRequest, frr_box: FrrBox) -> None:
    options = {"port": frr_box.port, "key_file": str(frr_box.key), "use_keys": True}
    with get_network_driver("frr")("127.0.0.1", "root", "", optional_args=options) as driver:
        hold(request, "frr", skipped(driver, "frr"))
        route = driver.get_route_to("198.51.100.0/24")["198.51.100.0/24"][0]
        assert (route["next_hop"], route["protocol"]) == ("192.0.2.254", "static")


@pytest.mark.parametrize(
    ("name", "kind", "text"),
    [("huawei_vrp", "vrp8", VRP), ("h3c_comware", "comware-switch", COMWARE_TEXT)],
    ids=["huawei_vrp", "h3c_comware"],
)
def test_vendors_answer_as_the_framework_asks(
    request: pytest.FixtureRequest, name: str, kind: str, text: str
) -> None:
    account = (
        "local-user watcher class manage\n authorization-attribute user-role network-admin\n#\n"
    )
    port = "GigabitEthernet1/0/1" if kind.startswith("com") else "GigabitEthernet0/1/0"
    text = text.replace("#\nreturn", f"#\ninterface {port}\n description uplink\n#\nreturn")
    if kind.startswith("com"):
        text = text.replace("#\nreturn", f"#\n{account}return")
    spec = BoxSpec(
        "box", kind, text.format(name="box"), neighbors=(Neighbor(port, "core-a", "Eth1"),)
    )
    with running_devices([spec]) as devices:
        bench = VendorBench(devices, "box")
        with bench.driver() as driver:
            hold(request, name, skipped(driver, name))
            assert driver.get_facts()["hostname"] == "box"
            assert "watcher" in driver.get_users()
            assert driver.get_lldp_neighbors() == {port: [{"hostname": "core-a", "port": "Eth1"}]}
            assert driver.get_interfaces()[port]["description"] == "uplink"


def test_eos_answers_as_the_framework_asks(request: pytest.FixtureRequest) -> None:
    with running_eos_boxes({"box": EOS_TEXT}) as boxes, EosBench(boxes).driver() as driver:
        hold(request, "arista_eos", skipped(driver, "arista_eos"))
        assert driver.get_facts()["hostname"] == "box"
        assert driver.get_facts()["interface_list"] == ["Vlan10"]
        assert "the past" in driver.get_interfaces()["Vlan10"]["description"]
