"""The declared site as boxes: halves are pairs, cables are neighbors."""

from pathlib import Path

import pytest

from device_configs.emulator.declared import declared_boxes
from device_configs.emulator.devices import BoxSpec
from device_configs.render_cli import marked_secrets
from device_configs.site import load_site

INVENTORY = Path(__file__).parents[3] / "inventory"


@pytest.fixture(scope="module")
def boxes() -> dict[str, BoxSpec]:
    site = load_site(INVENTORY)
    return {one.name: one for one in declared_boxes(site, marked_secrets(site), "huawei_vrp")}


def test_a_second_half_is_the_standby_of_the_first(boxes: dict[str, BoxSpec]) -> None:
    assert (boxes["fwi-a"].active, boxes["fwi-a"].kind) == (True, "usg")
    assert (boxes["fwi-b"].active, boxes["fwi-b"].peer) == (False, "fwi-a")
    assert boxes["rt-a"].peer is None


def test_a_cable_has_a_neighbor_at_either_end(boxes: dict[str, BoxSpec]) -> None:
    ends = {(name, n.name): n for name, box in boxes.items() for n in box.neighbors}
    there, back = ends["rt-a", "fwi-a"], ends["fwi-a", "rt-a"]
    assert (there.interface, there.port) == (back.port, back.interface)
