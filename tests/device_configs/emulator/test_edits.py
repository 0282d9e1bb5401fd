"""What single lines do: lists, defaults, secrets, numbers, what is in the way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_configs.emulator.number_lists import read_numbers, write_numbers
from tests.device_configs.emulator.benches import Bench

PORT = "interface GigabitEthernet0/0/1"
CASES = {
    "a trunk's VLANs add up": (
        "vrp5-s", (PORT, "port link-type trunk", "port trunk allow-pass vlan 10 20",
                   "port trunk allow-pass vlan 30 to 32"),
        "port trunk allow-pass vlan 10 20 30 to 32",
    ),
    "an undo takes VLANs out of the list": (
        "vrp5-s", (PORT, "port link-type trunk", "port trunk allow-pass vlan 10 to 12",
                   "undo port trunk allow-pass vlan 11"),
        "port trunk allow-pass vlan 10 12",
    ),
    "the undo of a default is shown": ("vrp5-s", (PORT, "undo portswitch"), "undo portswitch"),
    "a priority is overwritten": (
        "vrp5-ar", (PORT, "ip address 10.0.0.2 24", "vrrp vrid 1 virtual-ip 10.0.0.1",
                    "vrrp vrid 1 priority 120", "vrrp vrid 1 priority 110"),
        "vrrp vrid 1 priority 110",
    ),
    "a VLAN leaves the batch": (
        "vrp5-s", ("vlan batch 10 to 12", "undo vlan 11"), "vlan batch 10 12",
    ),
    "a rule gets a number": (
        "vrp5-s", ("acl 2000", "rule permit source 10.0.0.0 0.0.0.255"),
        "rule 5 permit source 10.0.0.0 0.0.0.255",
    ),
    "Comware counts from nought": (
        "comware-switch", ("acl basic 2000", "rule permit source 10.0.0.0 0.0.0.255"),
        "rule 0 permit source 10.0.0.0 0.0.0.255",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "lines", "shown"), CASES.values(), ids=list(CASES))
def test_a_line_has_its_effect(kind: str, lines: tuple[str, ...], shown: str) -> None:
    bench = Bench(kind)
    terminal = bench.terminal()
    answers = [terminal.send(line) for line in ("system-view", *lines)]
    assert answers[1:] == [""] * len(lines)
    assert shown in [line.strip() for line in bench.running().splitlines()]


def test_a_default_is_not_shown() -> None:
    bench = Bench("vrp5-s")
    bench.terminal().send("system-view", PORT, "undo portswitch", "portswitch", "undo shutdown")
    assert bench.running().splitlines() == ["#", "sysname box", "#", PORT, "#", "return"]


def test_a_secret_is_never_shown_as_it_was_typed() -> None:
    for kind, lines in (
        ("vrp5-s", ("aaa", "local-user eve password irreversible-cipher Canary-7")),
        ("comware-switch", ("local-user eve class manage", "password simple Canary-7")),
    ):
        bench = Bench(kind)
        assert bench.terminal().send("system-view", *lines) == ""
        assert "eve" in bench.running()
        assert "Canary-7" not in bench.running()


def test_a_vpn_binding_clears_the_addresses() -> None:
    bench = Bench("vrp5-ar", "sysname box\n#\nip vpn-instance management\n ipv4-family\n")
    terminal = bench.terminal()
    terminal.send("system-view", PORT, "ip address 10.0.0.2 255.255.255.0")
    assert "are removed" in terminal.send("ip binding vpn-instance management")
    assert "10.0.0.2" not in bench.running()
    assert terminal.send("ip binding vpn-instance nowhere").startswith("Error:")


def test_a_running_test_is_stopped_before_it_is_changed() -> None:
    text = "sysname box\n#\nnqa test-instance watch gate\n test-type icmp\n timeout 1\n start now\n"
    bench = Bench("vrp5-ar", text)
    terminal = bench.terminal()
    terminal.send("system-view", "nqa test-instance watch gate")
    assert terminal.send("timeout 2").startswith("Error:")
    assert " timeout 1\n" in bench.running()
    terminal.send("stop", "timeout 2", "start now")
    assert " timeout 2\n" in bench.running()


def test_every_configuration_that_ran_is_remembered() -> None:
    bench = Bench("vrp5-s", "sysname box\n#\nvlan batch 10 20\n")
    bench.terminal().send("system-view", "undo vlan batch 10 20", "vlan batch 10 30")
    batches = [[x for x in state.splitlines() if "batch" in x] for state in bench.states()]
    assert batches == [["vlan batch 10 20"], [], ["vlan batch 10 30"]]


@given(st.frozensets(st.integers(1, 4094)))
def test_a_list_of_numbers_is_read_as_it_was_written(numbers: frozenset[int]) -> None:
    assert read_numbers(write_numbers(numbers).split()) == numbers


@given(
    st.lists(st.tuples(st.booleans(), st.frozensets(st.integers(2, 60), min_size=1)), max_size=8)
)
def test_a_trunk_carries_what_was_added_and_not_removed(
    steps: list[tuple[bool, frozenset[int]]],
) -> None:
    bench = Bench("vrp5-s")
    terminal = bench.terminal()
    terminal.send("system-view", PORT, "port link-type trunk")
    carried: set[int] = set()
    for adds, numbers in steps:
        undo = "" if adds else "undo "
        assert terminal.send(f"{undo}port trunk allow-pass vlan {write_numbers(numbers)}") == ""
        carried = carried | numbers if adds else carried - numbers
    found = [x for x in bench.running().splitlines() if x.startswith(" port trunk allow-pass")]
    assert (read_numbers(found[0].split()[4:]) if found else set()) == carried
