"""One thing wrong is one fault, which names the file, the line and the remedy, and no other.

The table holds what people write; the sweeps below spoil every file and every item.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from openpyxl import Workbook

from device_configs.site import load_site
from device_configs.site.documents import MAY_BE_LEFT_OUT
from device_configs.site.faults import SiteInvalid

SHIPPED = Path(__file__).parents[3] / "inventory"
Edit = Callable[[Path], object]


def put(file: str, old: str, new: str) -> Edit:
    def edit(folder: Path) -> None:
        text = (folder / file).read_text("utf-8")
        assert old in text
        (folder / file).write_text(text.replace(old, new, 1), "utf-8")

    return edit


def become(file: str, data: bytes) -> Edit:
    return lambda folder: (folder / file).write_bytes(data)


def bomb() -> bytes:
    """Each line repeats the one before nine times: 9 ** 9 values."""
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]"
        for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    return "\n".join([*lines, "zones: *i", ""]).encode()


def workbook(merged: str) -> Edit:
    def edit(folder: Path) -> None:
        book = Workbook()
        for line in (folder / "seats.csv").read_text().splitlines():
            book.active.append(line.split(","))
        book.active.merge_cells(merged)
        book.save(folder / "seats.xlsx")
        (folder / "seats.csv").unlink()

    return edit


RT_B = "          loopback: 10.254.0.2\n"
SEATS = (SHIPPED / "seats.csv").read_text("utf-8")
ONE_FAULT: dict[str, tuple[Edit, str]] = {
    # Files and encodings
    "a table of Excel in UTF-16": (
        become("seats.csv", SEATS.encode("utf-16")),
        "seats.csv: -: is encoded in UTF-16",
    ),
    "a YAML file in GBK": (
        become("zones.yml", "zones: 座席".encode("gbk")),
        "zones.yml: -: is encoded in GBK",
    ),
    "a YAML file in no encoding": (
        become("zones.yml", b"a\n\xe9\xff"),
        "zones.yml: -: is no UTF-8: byte 0xe9 in line 2",
    ),
    "a NUL": (become("zones.yml", b"a\n\0"), "zones.yml: -: holds a NUL in line 2"),
    "an alias bomb": (become("zones.yml", bomb()), "zones.yml: line 4: its aliases repeat more"),
    "an alias within itself": (
        become("zones.yml", b"zones: &a [*a]\n"),
        "zones.yml: line 1: *a is within itself",
    ),
    "brackets without end": (
        become("zones.yml", b"[" * 200_000),
        "zones.yml: line 1: is more than 40 levels deep",
    ),
    "a tag of a program": (
        become("zones.yml", b"zones: !!python/object:os.system [x]\n"),
        "zones.yml: line 1: has the tag tag:yaml.org,2002:python/object:os.system",
    ),
    "a tab": (
        put("links.yml", "  - {a: rt-a, b: egov", "\t- {a: rt-a, b: egov"),
        "links.yml: line 9: is indented by a tab",
    ),
    "a bracket that is not closed is named where it opens": (
        put("zones.yml", "Seats}, side: egov}", "Seats}, side: egov"),
        "zones.yml: line 4: ",
    ),
    # Values that readers of YAML take differently
    "a date that no calendar has": (
        put("hosts.yml", "purchased: 2025-11-20", "purchased: 2026-06-31"),
        "hosts.yml:20: rt-a.asset.purchased: found '2026-06-31'",
    ),
    "an octal number": (
        put("networks.yml", "vlan: 11\n", "vlan: 011\n"),
        "networks.yml: line 8: 011 is one number to some",
    ),
    "a prefix without its length": (
        put("networks.yml", "prefix: 10.20.1.0/24", "prefix: 10.20.1.0"),
        "networks.yml:7: networks[seats-1].prefix: found '10.20.1.0'; has no prefix length; write "
        "10.20.1.0/24, or 10.20.1.0/32",
    ),
    "a number as an address": (
        put("hosts.yml", "loopback: 10.254.0.2\n", "loopback: 11\n"),
        "hosts.yml:27: rt-b.loopback: found 11; write an address in dots",
    ),
    # Texts that reach a device
    "a device that a shell would run": (
        put("hosts.yml", "        rt-a:\n", "        sw$(id):\n"),
        "hosts.yml:11: sw$(id): is no name for a device",
    ),
    "a device that is a path": (
        put("hosts.yml", "        rt-a:\n", "        ../x:\n"),
        "hosts.yml: ../x: is no name for a device",
    ),
    "a purpose of several lines": (
        put("policies.yml", "purpose: ", 'purpose: "a\\nuser-interface vty 0 4" # '),
        "policies.yml:9: rule_sets[inner].rules[drills].purpose: found 'a\\nuse",
    ),
    "a purpose with the help key": (
        put("policies.yml", "purpose: ", "purpose: why? # "),
        "policies.yml:9: rule_sets[inner].rules[drills].purpose: found 'why?'",
    ),
    "a room with a quotation mark": (
        put("premises.yml", "room: machine-room", "room: 'a\"b'"),
        "premises.yml:9: racks[R1].room: found 'a\"b'",
    ),
    "a path of a check with a blank": (
        put("gates.yml", "health: /health", "health: /a b"),
        "gates.yml:9: gates[gap].channels[intake].health: found",
    ),
    # Facts that are declared twice
    "a circuit in another zone than its link": (
        put("circuits.yml", "zone: egov, links: [rt-a", "zone: internet, links: [rt-a"),
        "circuits.yml:7: circuits[egov-a].zone: internet is not the zone egov of its link",
    ),
    "a circuit of another bandwidth than its link": (
        put(
            "links.yml",
            "zone: egov, prefix: 10.253.1.0/31, bandwidth_mbps: 1000",
            "zone: egov, prefix: 10.253.1.0/31, bandwidth_mbps: 900",
        ),
        "circuits.yml:7: circuits[egov-a].bandwidth_mbps: 1000 is not the 900 of its link",
    ),
    "an access cable into a segment its switch does not bridge": (
        put(
            "links.yml",
            "b: sw-1, kind: access, network: seats-1",
            "b: sw-1, kind: access, network: seats-2",
        ),
        "links.yml:28: links[core-a--sw-1].network: sw-1 neither bridges seats-2",
    ),
    "a trunk to a host": (
        put(
            "links.yml",
            "b: gap-a, kind: access, network: svc",
            "b: gap-a, kind: trunk, network: svc",
        ),
        "links.yml:45: links[core-a--gap-a].kind: a trunk joins two that bridge svc",
    ),
    "a member without a cable": (
        put("networks.yml", "mon: 10.20.9.10}", "mon: 10.20.9.10, sw-1: 10.20.9.11}"),
        "networks[ops].members.sw-1: has no cable into this segment",
    ),
    "an outward channel to the inner side": (
        put("gates.yml", "server: 203.0.113.1\n", "server: 10.100.0.10\n"),
        "gates.yml:9: gates[gap].channels[outward].server: 10.100.0.10 is on the egov side",
    ),
    "a channel at an address of another device": (
        put("gates.yml", "at: dmz/gate", "at: dmz/fwx"),
        "gates.yml:9: gates[gap].channels[intake].at: dmz/fwx is an address of fwx",
    ),
    "a zone of another side in a rule set": (
        put("policies.yml", "from_zones: [", "from_zones: [internet, "),
        "policies.yml:9: rule_sets[inner].rules[drills].from_zones: zone internet is on the",
    ),
    "a pair of two platforms": (
        put("hosts.yml", RT_B, f"{RT_B}          platform: huawei_vrp\n"),
        "hosts.yml:11: rt-a.platform: frr is not the huawei_vrp of its partner rt-b",
    ),
    "a pair of two models": (
        put(
            "hosts.yml", "model: USG6655E, serial: DEMO-0004", "model: USG6680E, serial: DEMO-0004"
        ),
        "hosts.yml:44: fwi-a.asset.model: Huawei USG6655E is not the Huawei USG",
    ),
    "a misspelt platform": (
        put("hosts.yml", RT_B, f"{RT_B}          platform: huawei_vpr\n"),
        "hosts.yml:28: rt-b.platform: no platform is named 'huawei_vpr'; did yo",
    ),
    "a device that is its own partner": (
        put(
            "hosts.yml",
            "half: shared\n          rack: W1\n",
            "half: shared\n          rack: W1\n          partner: sw-1\n",
        ),
        "sw-1.partner: names the device itself",
    ),
    "a serial number twice": (
        put("hosts.yml", "DEMO-0002", "DEMO-0001"),
        "hosts.yml:31: rt-b.asset.serial: DEMO-0001 is the serial number of rt-a",
    ),
    "a phone twice": (
        put("seats.csv", "8002", "8001"),
        "seats.csv:3: seat 2: 8001 is the phone of seat 1",
    ),
    "a host twice": (
        put("seats.csv", "PC-002", "PC-001"),
        "seats.csv:3: seat 2: PC-001 is the host of seat 1",
    ),
    "a display twice": (
        put("seats.csv", "DP-002", "DP-001"),
        "seats.csv:3: seat 2: DP-001 is a display of seat 1",
    ),
    "a place twice": (
        put("seats.csv", "10.20.1.12,1,2", "10.20.1.12,1,1"),
        "seats.csv:3: seat 2: row 1, column 1 is the place of seat 1",
    ),
    "a cable to itself": (
        put("links.yml", "b: rt-b, kind: routed", "b: rt-a, kind: routed"),
        "links.yml:15: links[rt-a--rt-a]: leads from rt-a to itself",
    ),
    "another room than the rack's": (
        put("hosts.yml", "room: machine-room", "room: seat-floor"),
        "hosts.yml:21: rt-a.asset_tags.room: 'seat-floor' is not the room 'mach",
    ),
    # The table of seats
    "a wrong header": (
        put("seats.csv", "number,", "no,"),
        "seats.csv: line 1: has the columns no,",
    ),
    "a table separated by tabs": (
        become("seats.csv", SEATS.replace(",", "\t").encode()),
        "seats.csv: line 1: its cells are separated by tabs",
    ),
    "a table separated by semicolons": (
        become("seats.csv", SEATS.replace(",", ";").encode()),
        "seats.csv: line 1: its cells are separated by semicolons",
    ),
    "a tab between two cells": (
        put("seats.csv", "1,sw-1,seats-1", "1\tsw-1,seats-1"),
        "seats.csv: line 2: has 8 cells where the header has 9; a tab",
    ),
    "an empty table": (become("seats.csv", b""), "seats.csv: line 1: is empty"),
    "merged cells": (workbook("B2:B13"), "seats.xlsx: B2:B13: has merged cells (B2:B13)"),
    "a workbook that is none": (
        lambda folder: (folder / "seats.csv").rename(folder / "seats.xlsx"),
        "seats.xlsx: -: is no Excel workbook",
    ),
}


def faults_after(edit: Edit, tmp_path: Path) -> list[str]:
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "inventory"))
    edit(folder)
    try:
        load_site(folder)
    except SiteInvalid as invalid:
        return [str(fault) for fault in invalid.faults]
    return []


@pytest.mark.parametrize("name", ONE_FAULT)
def test_what_is_wrong_is_one_fault(name: str, tmp_path: Path) -> None:
    edit, begins = ONE_FAULT[name]
    faults = faults_after(edit, tmp_path)
    assert len(faults) == 1, faults
    assert begins in faults[0]


def test_a_table_that_excel_saved_on_a_chinese_windows_is_read(tmp_path: Path) -> None:
    text = SEATS.replace("PC-001", "电脑-001").replace("\n", "\r\n")
    assert faults_after(become("seats.csv", text.encode("gbk")), tmp_path) == []
    assert load_site(tmp_path / "inventory").seats["seat-001"].host_asset == "电脑-001"


def test_a_key_that_some_readers_take_for_a_truth_value_is_named_first(tmp_path: Path) -> None:
    faults = faults_after(put("hosts.yml", "        rt-a:\n", "        no:\n"), tmp_path)
    assert faults[0].startswith("hosts.yml: line 11: the key no is a truth value to some readers")


@pytest.mark.parametrize("file", sorted(path.name for path in SHIPPED.iterdir() if path.is_file()))
def test_a_file_that_cannot_be_read_is_one_fault(file: str, tmp_path: Path) -> None:
    ways: dict[str, Edit] = {
        "tab": become(file, b"a:\n\t- x\n"),
        "empty": become(file, b""),
        "list": become(file, b"- a\n"),
        "other": become(file, b"\xe9\xff"),
    }
    if file not in MAY_BE_LEFT_OUT:
        ways["gone"] = lambda folder: (folder / file).unlink()
    for way, edit in ways.items():
        faults = faults_after(edit, tmp_path / way)
        assert len(faults) == 1, (way, faults[:3])


def _items(file: Path) -> list[tuple[str | int, ...]]:
    document = yaml.safe_load(file.read_text("utf-8"))
    if file.name == "hosts.yml":
        groups = document["all"]["children"]
        return [("all", "children", g, "hosts", h) for g in groups for h in groups[g]["hosts"]]
    lists = {key: value for key, value in document.items() if isinstance(value, list)}
    return [(key, i) for key, value in lists.items() for i, item in enumerate(value)
            if isinstance(item, dict)]  # fmt: skip


@pytest.mark.parametrize("file", sorted(SHIPPED.glob("*.yml")), ids=lambda path: path.name)
def test_an_item_of_wrong_form_is_one_fault(file: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "inventory"))
    for item in _items(file):
        document = yaml.safe_load(file.read_text("utf-8"))
        here = document
        for step in item:
            here = here[step]
        here["unheard_of"] = 1
        (folder / file.name).write_text(yaml.safe_dump(document, allow_unicode=True), "utf-8")
        with pytest.raises(SiteInvalid) as invalid:
            load_site(folder)
        assert len(invalid.value.faults) == 1, (item, invalid.value)
