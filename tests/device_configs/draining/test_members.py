"""Who hands over so that a device can be changed."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_configs.draining.members import devices_to_drain, hands_over
from device_configs.site import load_site
from ops_core.kernel.errors import Invalid

SITE = load_site(Path("inventory"))
PAIRED = sorted(device.name for device in SITE.devices.values() if device.partner)
ALONE = sorted(device.name for device in SITE.devices.values() if not device.partner)


@pytest.mark.parametrize(
    ("changed", "drained"),
    [
        pytest.param("rt-a", ("rt-a",), id="a router by itself"),
        pytest.param("fwi-b", ("fwi-b",), id="a firewall by itself"),
        pytest.param("ips-a", ("fwi-a",), id="a device in line by the firewall beside it"),
        pytest.param("core-a", ("gap-a", "vg-a", "core-a"), id="a core after the relays on it"),
        pytest.param("gap-b", ("gap-b",), id="a gate by itself"),
        pytest.param("log-a", (), id="a log collector needs nothing: all send to both"),
    ],
)
def test_who_hands_over(changed: str, drained: tuple[str, ...]) -> None:
    assert devices_to_drain(SITE, [changed]) == drained


@pytest.mark.parametrize(
    ("changed", "drained"),
    [
        pytest.param("fwi-b", (), id="a vendor's firewall has nothing to do it with"),
        pytest.param("ips-a", (), id="nor has it for a device in line beside it"),
        pytest.param("core-a", ("gap-a", "vg-a"), id="relays on a vendor's core hand over"),
        pytest.param("rt-a", ("rt-a",), id="a Linux router as ever"),
    ],
)
def test_who_hands_over_beside_vendor_boxes(changed: str, drained: tuple[str, ...]) -> None:
    boxes = {
        name: SITE.devices[name].model_copy(update={"platform": "huawei_vrp"})
        for name in ("fwi-a", "fwi-b", "core-a", "core-b")
    }
    site = SITE.model_copy(update={"devices": {**SITE.devices, **boxes}})
    assert devices_to_drain(site, [changed]) == drained


@pytest.mark.parametrize("half", ["A", "B"])
def test_a_half_hands_over_from_the_inside_out(half: str) -> None:
    names = [device.name for device in SITE.devices.values() if device.half == half]
    letter = half.lower()
    assert devices_to_drain(SITE, names) == tuple(
        f"{kind}-{letter}" for kind in ("gap", "vg", "core", "fwi", "rt")
    )


@pytest.mark.parametrize("name", [*ALONE, "no-such-device", "值守", ""])
def test_what_has_no_partner_is_refused(name: str) -> None:
    with pytest.raises(Invalid) as refused:
        devices_to_drain(SITE, [name, "rt-a"])
    assert name in str(refused.value.detail)
    assert refused.value.remedy


@given(st.lists(st.sampled_from(PAIRED)))
def test_never_both_of_a_pair_and_each_once(names: list[str]) -> None:
    try:
        found = devices_to_drain(SITE, names)
    except Invalid:
        assert len(names) > 1, "one device alone is never refused"
        return
    assert len(found) == len(set(found))
    assert not any(SITE.devices[name].partner in found for name in found)
    assert all(hands_over(SITE.devices[name]) for name in found)
    assert found == devices_to_drain(SITE, [*names, *names])
