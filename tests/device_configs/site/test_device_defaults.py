"""What devices share in hosts.yml stands once, and says the same as if it stood at each."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from device_configs.site import load_site
from device_configs.site.device_defaults import OWN, overlaid
from device_configs.site.faults import SiteInvalid
from device_configs.site.schema import schema_of

INVENTORY = Path(__file__).parents[3] / "inventory"


def hosts() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((INVENTORY / "hosts.yml").read_text("utf-8"))
    return found


def declared(folder: Path, document: dict[str, Any]) -> Path:
    inventory = Path(shutil.copytree(INVENTORY, folder / "inventory"))
    text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
    (inventory / "hosts.yml").write_text(text, "utf-8")
    return inventory


def test_what_a_role_shares_is_as_if_it_stood_at_each_device(tmp_path: Path) -> None:
    document = hosts()
    switches = document["all"]["children"]["access_switch"]
    shared: dict[str, Any] = {}
    for key in ("snmp", "half"):
        values = {repr(device.get(key)) for device in switches["hosts"].values()}
        if len(values) == 1:
            for device in switches["hosts"].values():
                shared[key] = device.pop(key)
    tags = [device["asset_tags"] for device in switches["hosts"].values()]
    common = {k: v for k, v in tags[0].items() if all(one.get(k) == v for one in tags)}
    assert len(common) >= 3, "the shipped switches have nothing in common"
    for one in tags:
        for key in common:
            del one[key]
    switches["vars"] = {**shared, "asset_tags": common}
    document["all"]["vars"] = {"platform": "frr"}
    Draft202012Validator(schema_of("hosts.yml")).validate(
        json.loads(json.dumps(document, default=str))
    )
    shipped = load_site(INVENTORY)
    found = load_site(declared(tmp_path, document))
    assert {n: d.model_dump() | {"tags": dict(sorted(d.tags.items()))}
            for n, d in found.devices.items()} == {
        n: d.model_dump() | {"tags": dict(sorted(d.tags.items()))}
        for n, d in shipped.devices.items()}  # fmt: skip


def test_a_device_says_otherwise_than_its_role(tmp_path: Path) -> None:
    document = hosts()
    routers = document["all"]["children"]["router"]
    routers["vars"] = {"snmp_authentication": "sha-256"}
    routers["hosts"]["rt-b"]["snmp_authentication"] = "sha"
    site = load_site(declared(tmp_path, document))
    assert site.devices["rt-a"].snmp_authentication == "sha-256"
    assert site.devices["rt-b"].snmp_authentication == "sha"


@pytest.mark.parametrize(
    ("shared", "said"),
    [
        ({"smnp": "v3"}, "all.children.router.vars.smnp: is no field of a device; did you mean"),
        ({"loopback": "10.254.0.1"}, "vars.loopback: belongs to one device alone"),
        ([], "all.children.router.vars: is not field -> value"),
        ({"snmp": "v4"}, "rt-a.snmp"),
    ],
)
def test_what_devices_cannot_share_is_a_fault(shared: Any, said: str, tmp_path: Path) -> None:
    document = hosts()
    document["all"]["children"]["router"]["vars"] = shared
    with pytest.raises(SiteInvalid) as invalid:
        load_site(declared(tmp_path, document))
    assert said in str(invalid.value)


values = st.integers() | st.dictionaries(st.sampled_from("abc"), st.integers(), max_size=3)
mappings = st.dictionaries(st.sampled_from("abcd"), values, max_size=4)


@given(mappings, mappings)
def test_the_nearest_holds_and_nothing_is_lost(
    below: dict[str, Any], above: dict[str, Any]
) -> None:
    found = overlaid(below, above)
    assert found.keys() == below.keys() | above.keys()
    assert overlaid(below, {}) == below
    assert overlaid({}, above) == above
    assert overlaid(found, above) == found
    for key, value in above.items():
        if not (isinstance(value, dict) and isinstance(below.get(key), dict)):
            assert found[key] == value
    assert not OWN & {"asset", "asset_tags", "snmp"}
