"""Changes as an engineer knows them, each with exactly the commands a device is given."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from device_configs.grammar import check_text
from device_configs.patches import apply_patch, inverse, make_patch, parse_configuration, states
from device_configs.patches.reasons import LeftReason
from device_configs.patches.secret_marks import SecretMarks


@dataclass(frozen=True)
class Case:
    name: str
    family: str
    before: str
    after: str
    commands: str
    disrupts: tuple[str, ...]


def _cases() -> Iterator[Case]:
    entries: list[dict[str, Any]] = yaml.safe_load(
        (Path(__file__).parent / "cases.yml").read_text("utf-8")
    )
    for entry in entries:
        yield Case(**{"disrupts": (), **entry})


CASES = tuple(_cases())
BY_CASE = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@BY_CASE
def test_a_device_is_given_exactly_these_commands(case: Case) -> None:
    patch = make_patch(case.family, case.before, case.after)
    assert patch.text == case.commands
    assert [command.disrupts for command in patch.disruptions] == list(case.disrupts)
    assert not patch.left


@BY_CASE
def test_they_lead_there_and_back(case: Case) -> None:
    patch = make_patch(case.family, case.before, case.after)
    reached = apply_patch(patch.before, patch)
    assert reached == patch.after
    assert apply_patch(reached, inverse(patch)) == patch.before


@BY_CASE
def test_the_grammar_knows_every_command(case: Case) -> None:
    for patch in (
        make_patch(case.family, case.before, case.after),
        make_patch(case.family, case.after, case.before),
    ):
        faults = check_text(case.family, patch.text, "patch")
        unknown = [str(fault) for fault in faults if fault.kind != "reference"]
        assert unknown == []


def test_no_state_between_lacks_the_vlan_that_stays() -> None:
    case = CASES[0]
    patch = make_patch(case.family, case.before, case.after)
    for state in states(patch.before, patch.lines):
        port = state.inside[0]
        members = next(node.members for node in port.inside if node.members is not None)
        assert 10 in members


def test_a_rule_that_stays_is_there_in_every_state_and_above_the_last() -> None:
    case = next(case for case in CASES if "above deny-all" in case.name)
    patch = make_patch(case.family, case.before, case.after)
    for state in states(patch.before, patch.lines):
        rules = [node.fit.taken[0] for node in state.inside[0].inside]
        assert rules.index("first") < rules.index("deny-all")


COMMUNITY = "snmp-agent community read cipher {}\n"


def test_a_cipher_counts_as_what_was_set_until_somebody_knows_better() -> None:
    running, intended = COMMUNITY.format("%^%#x9!"), COMMUNITY.format("new-community")
    patch = make_patch("huawei_vrp", running, intended)
    assert (patch.empty, len(patch.unverified)) == (True, 1)
    assert "new-community" not in patch.unverified[0]


def test_a_secret_that_was_set_before_is_not_sent_again_and_another_one_is() -> None:
    running, intended = COMMUNITY.format("%^%#x9!"), COMMUNITY.format("new-community")
    nothing, given, shown = (
        parse_configuration("huawei_vrp", text) for text in ("sysname a\n", intended, running)
    )
    marks = SecretMarks(b"key", {}).after(nothing, given, shown)
    assert make_patch("huawei_vrp", running, intended, marks=marks).empty
    other = make_patch("huawei_vrp", running, COMMUNITY.format("other"), marks=marks)
    # The community is the line's name: the device would keep the former one beside it.
    undo = f"undo {running.strip()}"
    assert other.lines == (undo, COMMUNITY.format("other").strip())
    assert len(other.secrets) == 1
    assert "other" not in other.text + str(other.secrets)
    by_hand = make_patch("huawei_vrp", COMMUNITY.format("%^%#z3!"), intended, marks=marks)
    assert len(by_hand.secrets) == 1
    unknown = make_patch("huawei_vrp", running, intended, marks=SecretMarks(b"key", {}))
    assert (unknown.empty, len(unknown.unverified)) == (True, 1)


def test_the_way_back_gives_a_device_its_own_cipher_again() -> None:
    running, intended = COMMUNITY.format("%^%#x9!"), COMMUNITY.format("other")
    marks = SecretMarks(b"key", {}).after(
        *(parse_configuration("huawei_vrp", text) for text in ("sysname a\n", running, running))
    )
    patch = make_patch("huawei_vrp", running, intended, marks=marks)
    shown = make_patch("huawei_vrp", COMMUNITY.format("%^%#z3!"), running, shown=True)
    assert shown.lines[-1] == running.strip()
    assert inverse(patch).lines == ("undo snmp-agent community read cipher other", running.strip())
    assert make_patch("huawei_vrp", running, running, shown=True).empty


def test_the_way_by_which_a_device_is_managed_is_left_and_named() -> None:
    running = (
        "interface MEth0/0/0\n ip address 10.255.0.3 255.255.255.0\n#\n"
        "stelnet server enable\n#\nuser-interface vty 0 4\n protocol inbound ssh\n"
    )
    intended = "interface MEth0/0/0\n ip address 10.255.0.4 255.255.255.0\n"
    patch = make_patch("huawei_vrp", running, intended, reach="10.255.0.3")
    assert patch.empty
    assert {line.reason for line in patch.left} == {LeftReason.MANAGEMENT}
    assert {line.text for line in patch.left} == {
        "ip address 10.255.0.3 255.255.255.0",
        "stelnet server enable",
        "protocol inbound ssh",
    }
    assert not make_patch("huawei_vrp", running, intended, management=True).left


def test_what_a_device_shows_around_its_lines_says_nothing() -> None:
    bare = "sysname a\n#\naaa\n local-user x privilege level 3\n"
    shown = (
        "!Software Version V200R003C00\n[V200R003C00]\n#\n sysname a\n#\n"
        'header login information "\nno entry\n"\n#\naaa\n local-user x privilege level 3\n'
        "#\nreturn\n\0"
    )
    banner = 'header login information "\nno entry\n"\n'
    assert parse_configuration("huawei_vrp", shown) == parse_configuration(
        "huawei_vrp", banner + bare
    )
    patch = make_patch("huawei_vrp", bare, banner + bare)
    assert apply_patch(patch.before, patch) == patch.after
