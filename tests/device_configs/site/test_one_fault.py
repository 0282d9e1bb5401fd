"""One thing wrong is one fault, which names the file, the line and the remedy, and no other.

The table holds what people write; the sweeps below spoil every file and every item.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from openpyxl import Workbook

from device_configs.site import load_site
from device_configs.site.documents import MAY_BE_LEFT_OUT
from device_configs.site.faults import DeclarationFault, SiteInvalid

SHIPPED = Path(__file__).parents[3] / "inventory"
Edit = Callable[[Path], object]


def in_long_form(edit: Edit) -> Edit:
    """The edit, where the seats stand in a table and not in groups."""

    def edited(folder: Path) -> None:
        (folder / "seats.yml").unlink()
        (folder / "seats.csv").write_text(SEATS, "utf-8")
        edit(folder)

    return edited


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


def sheet(cell: str, value: object) -> Edit:
    """The seats in Excel, with another value in one cell."""

    def edit(folder: Path) -> None:
        book = Workbook()
        for line in (folder / "seats.csv").read_text().splitlines():
            book.active.append(line.split(","))
        book.active[cell] = value
        book.save(folder / "seats.xlsx")
        (folder / "seats.csv").unlink()

    return edit


def instead(file: str, make: Callable[[Path], object]) -> Edit:
    """Something else under the name of a file."""

    def edit(folder: Path) -> None:
        (folder / file).unlink(missing_ok=True)
        make(folder / file)

    return edit


RT_B = "          loopback: 10.254.0.2\n"
ROOT = (
    "  - {name: Root, kind: person, holder: li.ming, protocol: ssh, privilege: read_only, "
    "devices: [sw-1],\n"
    "     purpose: A look at the ports, expected_use: {sessions_per_week: [0, 1]}}\n"
)
SEATS = (Path(__file__).parent / "seats_long.csv").read_text("utf-8")
ONE_FAULT: dict[str, tuple[Edit, str]] = {
    # Files and encodings
    "a table of Excel in UTF-16": (
        in_long_form(become("seats.csv", SEATS.encode("utf-16"))),
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
    "a pipe": (
        instead("zones.yml", os.mkfifo),
        "zones.yml: -: cannot be read (it is no file but a pipe or a device)",
    ),
    "a device without end": (
        instead("zones.yml", lambda file: file.symlink_to("/dev/zero")),
        "zones.yml: -: cannot be read (it is no file but a pipe or a device)",
    ),
    "a folder": (instead("zones.yml", Path.mkdir), "zones.yml: -: cannot be read (it is a folder)"),
    "a link to itself": (
        instead("zones.yml", lambda file: file.symlink_to("zones.yml")),
        "zones.yml: -: cannot be read (Too many levels of symbolic links)",
    ),
    "a file without end": (
        instead("zones.yml", lambda file: file.write_bytes(b"#" * (33 << 20))),
        "zones.yml: -: has more than 33,554,432 bytes",
    ),
    "roles that are no folder": (
        instead("roles", lambda file: file.write_text("x")),
        "roles: -: is no folder",
    ),
    "a pipe as the table of seats": (
        in_long_form(instead("seats.csv", os.mkfifo)),
        "seats.csv: -: cannot be read (it is no file but a pipe or a device)",
    ),
    # Values of another type
    "a truth value as a number": (
        put("networks.yml", "router_id: 11", "router_id: true"),
        "networks.yml:11: networks[seats-1].virtual_addresses[gateway].router_id: found True; "
        "write a number, not a truth value",
    ),
    "a number as a date": (
        put("hosts.yml", "serial: DEMO-0001", "serial: DEMO-0001, purchased: 86400"),
        "hosts.yml:24: rt-a.asset.purchased: found 86400; write a date as 2026-01-31",
    ),
    # Values that readers of YAML take differently
    "a date that no calendar has": (
        put("hosts.yml", "serial: DEMO-0001", "serial: DEMO-0001, purchased: 2026-06-31"),
        "hosts.yml:24: rt-a.asset.purchased: found '2026-06-31'",
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
        "hosts.yml:30: rt-b.loopback: found 11; write an address in dots",
    ),
    # What is said in two places
    "two ports in one socket": (
        put("hosts.yml", "rt-b: 1, fwi-a: 2, fwi-b: 3}", "rt-b: 1, fwi-a: 2, fwi-b: 2}"),
        "hosts.yml:22: rt-a.ports.fwi-b: socket 2 is that of 'fwi-a' already; "
        "give each port a number of its own",
    ),
    "a circuit over a cable that is none": (
        put("circuits.yml", "links: [rt-a--egov]", "links: [rt-a--egof]"),
        "circuits.yml:7: circuits[egov-a].links: no circuit link is named 'rt-a--egof'; "
        "did you mean 'rt-a--egov'?",
    ),
    # Texts that reach a device
    "a device that a shell would run": (
        put("hosts.yml", "        rt-a:\n", "        sw$(id):\n"),
        "hosts.yml:15: sw$(id): is no name for a device",
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
    "a purpose that turns the reading direction": (
        put("policies.yml", "purpose: ", 'purpose: "a\u2067b" # '),
        "policies.yml:9: rule_sets[inner].rules[drills].purpose: found 'a\\u2067b'",
    ),
    "a purpose with a soft hyphen": (
        put("policies.yml", "purpose: ", 'purpose: "a\u00adb" # '),
        "policies.yml:9: rule_sets[inner].rules[drills].purpose: found 'a\\xadb'",
    ),
    "a purpose of more bytes than a box takes": (
        put("policies.yml", "purpose: ", f"purpose: {'办' * 43} # "),
        "policies.yml:9: rule_sets[inner].rules[drills].purpose: found '办",
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
    "a public circuit at a router": (
        put("circuits.yml", "name: voice,", "name: voice, public: true,"),
        "circuits[voice].public: ends at vg-a, vg-b, which drop nothing",
    ),
    "an edge that allows by default": (
        put(
            "policies.yml",
            "devices: [fwx]\n    default: deny",
            "devices: [fwx]\n    default: allow",
        ),
        "rule_sets[outer].default: allows what no rule names, where the public circuit",
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
        "hosts.yml:15: rt-a.platform: frr is not the huawei_vrp of its partner rt-b",
    ),
    "a pair of two models": (
        put("hosts.yml", "serial: DEMO-0004", "serial: DEMO-0004, model: USG6680E"),
        "hosts.yml:49: fwi-a.asset.model: Huawei USG6655E is not the Huawei USG",
    ),
    "a misspelt platform": (
        put("hosts.yml", RT_B, f"{RT_B}          platform: huawei_vpr\n"),
        "hosts.yml:31: rt-b.platform: no platform is named 'huawei_vpr'; did yo",
    ),
    "a device that is its own partner": (
        put(
            "hosts.yml",
            "          rack: W1\n",
            "          rack: W1\n          partner: sw-1\n",
        ),
        "sw-1.partner: names the device itself",
    ),
    "a serial number twice": (
        put("hosts.yml", "DEMO-0002", "DEMO-0001"),
        "hosts.yml:34: rt-b.asset.serial: DEMO-0001 is the serial number of rt-a",
    ),
    "a phone twice": (
        in_long_form(put("seats.csv", "8002", "8001")),
        "seats.csv:3: seat 2: 8001 is the phone of seat 1",
    ),
    "a host twice": (
        in_long_form(put("seats.csv", "PC-002", "PC-001")),
        "seats.csv:3: seat 2: PC-001 is the host of seat 1",
    ),
    "a display twice": (
        in_long_form(put("seats.csv", "DP-002", "DP-001")),
        "seats.csv:3: seat 2: DP-001 is a display of seat 1",
    ),
    "a place twice": (
        in_long_form(put("seats.csv", "10.20.1.12,1,2", "10.20.1.12,1,1")),
        "seats.csv:3: seat 2: row 1, column 1 is the place of seat 1",
    ),
    "a cable to itself": (
        put("links.yml", "b: rt-b, kind: routed", "b: rt-a, kind: routed"),
        "links.yml:15: links[rt-a--rt-a]: leads from rt-a to itself",
    ),
    "another room than the rack's": (
        put(
            "hosts.yml",
            "serial: DEMO-0001}\n",
            "serial: DEMO-0001}\n          asset_tags: {room: seat-floor}\n",
        ),
        "hosts.yml:25: rt-a.asset_tags.room: 'seat-floor' is not the room 'mach",
    ),
    "a loopback that is a group's": (
        put("hosts.yml", RT_B, RT_B.replace("10.254.0.2", "224.0.0.5")),
        "hosts.yml:30: rt-b.loopback: 224.0.0.5 is a group's",
    ),
    "a loopback that never leaves": (
        put("hosts.yml", RT_B, RT_B.replace("10.254.0.2", "127.0.0.1")),
        "hosts.yml:30: rt-b.loopback: 127.0.0.1 never leaves a device",
    ),
    "a management address outside its segment": (
        put("hosts.yml", "ansible_host: 10.255.0.2\n", "ansible_host: 10.99.0.2\n"),
        "hosts.yml:29: rt-b.ansible_host: 10.99.0.2 is not in the network management",
    ),
    "a management address of a whole segment": (
        put("hosts.yml", "ansible_host: 10.255.0.2\n", "ansible_host: 10.255.0.255\n"),
        "hosts.yml:29: rt-b.ansible_host: 10.255.0.255 stands for all of 10.255.0.0/24",
    ),
    "a member with the address of a whole segment": (
        put("networks.yml", "core-b: 10.20.1.3", "core-b: 10.20.1.0"),
        "networks.yml:10: networks[seats-1].members.core-b: 10.20.1.0 stands for all of",
    ),
    "a seat with the address of a whole segment": (
        in_long_form(put("seats.csv", "10.20.1.12,", "10.20.1.255,")),
        "seats.csv:3: seat 2.address: 10.20.1.255 stands for all of 10.20.1.0/24",
    ),
    "a name of a segment that is none": (
        put("networks.yml", "- name: seats-1", "- name: seats_1!"),
        "networks.yml:5: networks[seats_1!].name: found 'seats_1!'",
    ),
    "a segment's prefix somewhere else": (
        put("networks.yml", "prefix: 10.20.2.0/24", "prefix: 10.99.2.0/24"),
        "networks.yml:15: networks[seats-2].prefix: 10.99.2.0/24 holds none of the addresses",
    ),
    "the prefix of another segment": (
        put("networks.yml", "prefix: 10.20.2.0/24", "prefix: 10.20.1.0/24"),
        "networks.yml:15: networks[seats-2].prefix: 10.20.1.0/24 holds none of the addresses",
    ),
    "a prefix without hosts": (
        put("networks.yml", "prefix: 10.20.2.0/24", "prefix: 10.20.2.0/32"),
        "networks.yml:15: networks[seats-2].prefix: 10.20.2.0/32 holds none of the addresses",
    ),
    "a prefix that takes in another": (
        put("networks.yml", "prefix: 10.20.2.0/24", "prefix: 10.20.0.0/22"),
        "networks.yml:7: networks[seats-1].prefix: 10.20.1.0/24 overlaps seats-2 (10.20.0.0/22)",
    ),
    "a prefix of everything": (
        put("networks.yml", "prefix: 10.20.2.0/24", "prefix: 0.0.0.0/0"),
        "networks.yml:15: networks[seats-2].prefix: found '0.0.0.0/0'; 0.0.0.0/0 is no segment's",
    ),
    "both of a pair in one half": (
        put("hosts.yml", "half: B\n          rack: R2", "half: A\n          rack: R2"),
        "hosts.yml:17: rt-a.half: A is the half of its partner rt-b",
    ),
    "an account that differs by case": (
        put("accounts.yml", "accounts:\n", f"accounts:\n{ROOT}"),
        "differs from Root by case on sw-1",
    ),
    "a display that is a host": (
        in_long_form(put("seats.csv", "DP-002", "PC-001")),
        "seats.csv:3: seat 2.display_asset: PC-001 is the host of seat 1",
    ),
    # The table of seats
    "an error of Excel": (
        in_long_form(sheet("G3", "#N/A")),
        "seats.xlsx: G3: holds the error #N/A",
    ),
    "a formula without its value": (
        in_long_form(sheet("D3", '=CONCATENATE("10.20.1.",12)')),
        "seats.xlsx: D3: holds a formula that nobody has reckoned",
    ),
    "a truth value of Excel": (
        in_long_form(sheet("G3", True)),
        "seats.xlsx: G3: holds the truth value TRUE",
    ),
    "a date of Excel": (
        in_long_form(sheet("G3", date(2026, 1, 2))),
        "seats.xlsx: G3: holds a date or a time, 2026-01-02",
    ),
    "a fraction of Excel": (
        in_long_form(sheet("G3", 8002.5)),
        "seats.xlsx: G3: holds the fraction 8002.5",
    ),
    "a phone that is none": (
        in_long_form(put("seats.csv", "8002", "room 2")),
        "seats.csv:3: line 3.phone: found 'room 2'; write a telephone number",
    ),
    "a number of 5,000 digits": (
        in_long_form(put("seats.csv", "\n2,sw", f"\n{'9' * 5000},sw")),
        "seats.csv:3: line 3.number: found",
    ),
    "a host in another case": (
        in_long_form(put("seats.csv", "PC-002", "pc-001")),
        "seats.csv:3: seat 2: pc-001 is the host of seat 1",
    ),
    "a host in full width": (
        in_long_form(put("seats.csv", "PC-002", "\uff30\uff23-001")),
        "seats.csv:3: seat 2: \uff30\uff23-001 is the host of seat 1",
    ),
    "a host in Cyrillic letters": (
        in_long_form(put("seats.csv", "PC-002", "\u0420\u0421-001")),
        "seats.csv:3: seat 2: \u0420\u0421-001 is the host of seat 1",
    ),
    "a phone with a blank": (
        in_long_form(put("seats.csv", "8002", "80 01")),
        "seats.csv:3: seat 2: 80 01 is the phone of seat 1",
    ),
    "a serial number in another case": (
        put("hosts.yml", "DEMO-0002", "demo-0001"),
        "hosts.yml:34: rt-b.asset.serial: demo-0001 is the serial number of rt-a",
    ),
    "a serial number in full width": (
        put("hosts.yml", "DEMO-0002", "DEMO-\uff10\uff10\uff10\uff11"),
        "hosts.yml:34: rt-b.asset.serial: DEMO-\uff10\uff10\uff10\uff11 is the serial number",
    ),
    "a wrong header": (
        in_long_form(put("seats.csv", "number,", "no,")),
        "seats.csv: line 1: has the columns no,",
    ),
    "a table separated by tabs": (
        in_long_form(become("seats.csv", SEATS.replace(",", "\t").encode())),
        "seats.csv: line 1: its cells are separated by tabs",
    ),
    "a table separated by semicolons": (
        in_long_form(become("seats.csv", SEATS.replace(",", ";").encode())),
        "seats.csv: line 1: its cells are separated by semicolons",
    ),
    "a tab between two cells": (
        in_long_form(put("seats.csv", "1,sw-1,seats-1", "1\tsw-1,seats-1")),
        "seats.csv: line 2: has 8 cells where the header has 9; a tab",
    ),
    "an empty table": (in_long_form(become("seats.csv", b"")), "seats.csv: line 1: is empty"),
    "merged cells": (
        in_long_form(workbook("B2:B13")),
        "seats.xlsx: B2:B13: has merged cells (B2:B13)",
    ),
    "a workbook that is none": (
        in_long_form(lambda folder: (folder / "seats.csv").rename(folder / "seats.xlsx")),
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
    assert faults_after(in_long_form(become("seats.csv", text.encode("gbk"))), tmp_path) == []
    assert load_site(tmp_path / "inventory").seats["seat-001"].host_asset == "电脑-001"


def test_a_key_that_some_readers_take_for_a_truth_value_is_named_first(tmp_path: Path) -> None:
    faults = faults_after(put("hosts.yml", "        rt-a:\n", "        no:\n"), tmp_path)
    assert faults[0].startswith("hosts.yml: line 15: the key no is a truth value to some readers")


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


def _renamed(document: dict[str, Any]) -> Iterator[str]:
    """Gives each named item of a document another name in turn, and the name it had."""
    if "all" in document:
        for group in document["all"]["children"].values():
            for name in list(group["hosts"]):
                group["hosts"][name.upper()] = group["hosts"].pop(name)
                yield name
                group["hosts"][name] = group["hosts"].pop(name.upper())
    for items in document.values():
        for item in items if isinstance(items, list) else ():
            if isinstance(item, dict) and "name" in item:
                name = item["name"]
                item["name"] = f"{name}x"
                yield name
                item["name"] = name


@pytest.mark.parametrize("file", sorted(SHIPPED.glob("*.yml")), ids=lambda path: path.name)
def test_a_name_that_others_use_and_nothing_declares_is_one_fault(
    file: Path, tmp_path: Path
) -> None:
    """Whatever uses the old name is in that fault's text; what follows from it is none."""
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "inventory"))
    document = yaml.safe_load(file.read_text("utf-8"))
    for name in _renamed(document):
        text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
        (folder / file.name).write_text(text, "utf-8")
        found: tuple[DeclarationFault, ...] = ()
        try:
            load_site(folder)
        except SiteInvalid as invalid:
            found = invalid.faults
        assert len(found) <= 1, (name, found)
        assert not found or repr(name) in str(found[0]) or name == "management"


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
