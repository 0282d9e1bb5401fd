"""Devices are found by tags, roles and places; anything is shown by its name."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from device_configs.inventory_cli import inventory
from device_configs.site import Site, load_site
from device_configs.site.search import Term, UnknownTerm, find_devices, named, names_of

SHIPPED = Path(__file__).parents[3] / "inventory"


@pytest.fixture(scope="module")
def site() -> Site:
    return load_site(SHIPPED)


@pytest.fixture(scope="module")
def app() -> typer.Typer:
    app = typer.Typer()
    app.add_typer(inventory)
    return app


def found(site: Site, *terms: str) -> list[str]:
    return [device.name for device in find_devices(site, map(Term.parse, terms))]


@pytest.mark.parametrize(
    ("terms", "names"),
    [
        pytest.param(["role=gate"], ["gap-a", "gap-b"], id="by role"),
        pytest.param(["role=gate", "half=b"], ["gap-b"], id="all terms must match, in any case"),
        pytest.param(["zone=dmz"], ["fwx", "gap-a", "gap-b"], id="by a zone it stands in"),
        pytest.param(["tag=core", "half=A"], ["rt-a", "fwi-a", "ips-a", "core-a"], id="by a tag"),
        pytest.param(["tag=criticality:core", "rack=R2"], ["rt-b", "fwi-b", "ips-b", "core-b"],
                     id="by kind and value of a tag"),
        pytest.param(["vendor_series=VG-4000"], ["vg-a", "vg-b"], id="by a kind of tag as key"),
        pytest.param(["堡垒"], ["bas"], id="by a text in a title"),
        pytest.param(["10.255.0.31"], ["vg-a"], id="by an address"),
        pytest.param(["role=gate", "tag=core"], [], id="nothing"),
    ],
)  # fmt: skip
def test_devices_are_found(site: Site, terms: list[str], names: list[str]) -> None:
    assert found(site, *terms) == names


def test_every_device_is_found_by_each_of_its_tags(site: Site) -> None:
    for device in site.devices.values():
        for kind, value in device.tags.items():
            assert device.name in found(site, f"tag={kind}:{value}")


def test_an_unknown_key_is_refused_with_the_nearest(site: Site) -> None:
    with pytest.raises(UnknownTerm, match="did you mean 'role'"):
        found(site, "rle=gate")


def test_every_declared_name_can_be_shown(site: Site) -> None:
    assert all(named(site, name) for name in names_of(site))


def test_find_answers_with_json_and_an_exit_code(app: typer.Typer) -> None:
    hit = CliRunner().invoke(app, ["inventory", "find", "role=bastion", "--json"])
    assert (hit.exit_code, [d["name"] for d in json.loads(hit.output)]) == (0, ["bas"])
    miss = CliRunner().invoke(app, ["inventory", "find", "role=bastion", "half=A", "--json"])
    assert (miss.exit_code, json.loads(miss.output)) == (1, [])


def test_show_tells_what_refers_to_a_device(app: typer.Typer) -> None:
    shown = CliRunner().invoke(app, ["inventory", "show", "gap-a", "--json"])
    (item,) = json.loads(shown.output)
    assert item["shared_risk_groups"] == ["rack:R5"]
    assert item["gates"] == ["gap"]


def test_show_proposes_the_nearest_name(app: typer.Typer) -> None:
    refused = CliRunner().invoke(app, ["inventory", "show", "agents-platfrom"])
    assert refused.exit_code == 3
    assert "agents-platform" in refused.output
