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

from device_configs.proofs.prove import placeholders
from device_configs.render import render_device
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


def spelled_out(document: dict[str, Any]) -> dict[str, Any]:
    """The same with everything at each device."""
    for role in document["all"]["children"].values():
        shared = role.pop("vars", {})
        for name, device in role["hosts"].items():
            both = {
                key: {**value, **device.get(key, {})}
                for key, value in shared.items()
                if isinstance(value, dict)
            }
            role["hosts"][name] = {**shared, **device, **both}
    return document


def test_what_a_role_shares_is_as_if_it_stood_at_each_device(tmp_path: Path) -> None:
    shipped, document = load_site(INVENTORY), hosts()
    roles = document["all"]["children"]
    assert {name for name, role in roles.items() if "vars" in role} == {
        name for name, role in roles.items() if len(role["hosts"]) > 1 and name != "provider"
    }, "whatever there are several of shares something"
    document = spelled_out(document)
    document["all"]["vars"] = {"platform": "frr"}
    Draft202012Validator(schema_of("hosts.yml")).validate(
        json.loads(json.dumps(document, default=str))
    )
    found = load_site(declared(tmp_path, document))
    assert found == shipped
    secrets = placeholders(shipped)
    for name, device in shipped.devices.items():
        assert repr(found.devices[name]) == repr(device), "in the same order"
        if device.is_rendered:
            assert render_device(found, secrets, name) == render_device(shipped, secrets, name)


def test_a_device_says_otherwise_than_its_role(tmp_path: Path) -> None:
    document = hosts()
    routers = document["all"]["children"]["router"]
    routers["vars"]["snmp_authentication"] = "sha-256"
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
