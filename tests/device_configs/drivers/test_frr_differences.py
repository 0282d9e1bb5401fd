"""What frr-reload prints, read; held by examples it printed and by properties."""

from hypothesis import given
from hypothesis import strategies as st

from device_configs.drivers.candidate import Candidate, LoadKind
from device_configs.drivers.frr.differences import (
    LineChange,
    inverse_of,
    is_in_force,
    lines_of,
    of_candidate,
    read_differences,
    written,
)

PRINTED = """
Lines To Delete
===============
interface eth0
 no ip ospf cost 10
router bgp 65001
 address-family ipv4 unicast
  no network 203.0.113.0/24 

Lines To Add
============
no ip route 198.51.100.0/24 192.0.2.254
interface eth0
 ip ospf cost 20
router bgp 65001 vrf RED
router bgp 65001 vrf RED
 bgp router-id 1.1.1.1
"""  # noqa: W291 - as printed
RUNNING = """ip route 198.51.100.0/24 192.0.2.254
!
interface eth0
 ip ospf cost 10
exit
!
router bgp 65001
 !
 address-family ipv4 unicast
  network 203.0.113.0/24
 exit-address-family
exit
end
"""


def whole(text: str) -> Candidate:
    return Candidate(LoadKind.REPLACE, tuple(text.splitlines()))


def merge(text: str) -> Candidate:
    return Candidate(LoadKind.MERGE, tuple(text.splitlines()))


def test_a_replacement_is_written_as_a_diff() -> None:
    changes = of_candidate(read_differences(PRINTED), whole("interface eth0"), RUNNING)
    assert written(changes).splitlines() == [
        "-ip route 198.51.100.0/24 192.0.2.254",
        "+router bgp 65001 vrf RED",
        " interface eth0",
        "- ip ospf cost 10",
        "+ ip ospf cost 20",
        " router bgp 65001",
        "  address-family ipv4 unicast",
        "-  network 203.0.113.0/24",
        " router bgp 65001 vrf RED",
        "+ bgp router-id 1.1.1.1",
    ]


def test_a_merge_removes_only_what_its_own_lines_remove() -> None:
    added = merge("interface eth0\n ip ospf cost 20\n")
    assert written(of_candidate(read_differences(PRINTED), added, RUNNING)).splitlines() == [
        " interface eth0",
        "+ ip ospf cost 20",
    ]
    removing = merge("no ip route 198.51.100.0/24\n")
    asked = (LineChange((), "no ip route 198.51.100.0/24", added=True),)
    assert written(of_candidate(asked, removing, RUNNING)) == (
        "-ip route 198.51.100.0/24 192.0.2.254"
    )


def test_the_running_lines_say_whether_a_candidate_is_in_force() -> None:
    assert is_in_force(whole(RUNNING), RUNNING)
    assert not is_in_force(whole(RUNNING.replace("cost 10", "cost 20")), RUNNING)
    assert is_in_force(merge("interface eth0\n ip ospf cost 10\n"), RUNNING)
    assert is_in_force(merge("no ip prefix-list X\n"), RUNNING)
    assert not is_in_force(merge("no ip route 198.51.100.0/24\n"), RUNNING)


words = st.text("abc1", min_size=1, max_size=3)
trees = st.lists(st.tuples(words, st.lists(words, max_size=3, unique=True)), max_size=5)


@given(trees)
def test_a_configuration_is_always_in_force_in_itself(tree: list[tuple[str, list[str]]]) -> None:
    text = "".join(f"{head}\n" + "".join(f" {line}\n" for line in body) for head, body in tree)
    assert is_in_force(whole(text), text)
    assert is_in_force(merge(text), text)
    assert all(path[:-1] in lines_of(text) for path in lines_of(text) if len(path) > 1)


@given(words)
def test_an_inverse_of_the_inverse_is_the_command(command: str) -> None:
    assert inverse_of(inverse_of(command)) == command
