"""Two firewalls: policies are made on the active half and run on both, addresses are not copied."""

import pytest

from device_configs.emulator.devices import BoxSpec, box_of
from device_configs.emulator.emulated_box import EmulatedBox
from tests.device_configs.emulator.benches import StoppedClock, Terminal

USG = """sysname {name}
#
hrp enable
#
ip address-set managers type object
 address 0 10.255.0.0 mask 24
#
interface GigabitEthernet0/0/1
 ip address 10.0.0.{host} 255.255.255.0
#
security-policy
 rule name first
  action permit
 rule name deny-all
  action deny
"""
SECPATH = """sysname {name}
#
remote-backup group
 device-role {role}
 data-channel interface GigabitEthernet1/0/3
 local-ip 10.0.0.1
 remote-ip 10.0.0.2
 configuration auto-sync enable
#
security-policy ip
 rule 0 name first
  action pass
 rule 1 name deny-all
  action drop
"""


def pair(kind: str, one: str, other: str) -> tuple[EmulatedBox, EmulatedBox]:
    clock = StoppedClock()
    active = box_of(BoxSpec("fw-a", kind, one), clock)
    standby = box_of(BoxSpec("fw-b", kind, other, active=False), clock)
    active.peer, standby.peer = standby, active
    return active, standby


@pytest.fixture
def usg() -> tuple[EmulatedBox, EmulatedBox]:
    return pair("usg", USG.format(name="fw-a", host=1), USG.format(name="fw-b", host=2))


@pytest.fixture
def secpath() -> tuple[EmulatedBox, EmulatedBox]:
    return pair(
        "secpath",
        SECPATH.format(name="fw-a", role="primary"),
        SECPATH.format(name="fw-b", role="secondary"),
    )


def running(box: EmulatedBox) -> str:
    return box.text_of(box.state.running)


def rules(box: EmulatedBox) -> list[str]:
    return [line.split("name ")[1] for line in running(box).splitlines() if "rule " in line]


def test_prompts_say_which_half_one_is_at(usg: tuple[EmulatedBox, EmulatedBox]) -> None:
    assert [Terminal(box).prompt for box in usg] == ["HRP_M<fw-a>", "HRP_S<fw-b>"]


def test_a_rule_is_copied_and_stands_last_on_both_until_it_is_moved(
    usg: tuple[EmulatedBox, EmulatedBox],
) -> None:
    active, standby = usg
    terminal = Terminal(active)
    terminal.send("system-view", "security-policy", "rule name new", "action permit", "quit")
    assert rules(standby) == rules(active) == ["first", "deny-all", "new"]
    terminal.send("rule move new before deny-all")
    assert rules(standby) == rules(active) == ["first", "new", "deny-all"]
    assert "rule name new\n  action permit" in running(standby)


def test_the_standby_half_refuses_what_would_be_copied_and_takes_its_own(
    usg: tuple[EmulatedBox, EmulatedBox],
) -> None:
    active, standby = usg
    terminal = Terminal(standby)
    terminal.send("system-view")
    assert terminal.send("security-policy") == (
        "Error: The device is in HRP standby state, so this command cannot be executed."
    )
    terminal.send("interface GigabitEthernet0/0/1", "ip address 10.0.9.2 255.255.255.0")
    assert "10.0.9.2" in running(standby)
    assert "10.0.9.2" not in running(active)


def test_halves_that_do_not_reach_each_other_differ_and_say_so(
    usg: tuple[EmulatedBox, EmulatedBox],
) -> None:
    from dataclasses import replace

    active, standby = usg
    active.state = replace(active.state, peer_up=False)
    terminal = Terminal(active)
    terminal.send("system-view", "security-policy", "rule name new")
    assert "new" not in rules(standby)
    assert "should be" in terminal.send("display hrp state")


def test_a_name_in_use_is_not_removed(usg: tuple[EmulatedBox, EmulatedBox]) -> None:
    terminal = Terminal(usg[0])
    terminal.send("system-view", "security-policy", "rule name first")
    assert terminal.send("source-address address-set nobody") == (
        "Error: The address set nobody does not exist."
    )
    terminal.send("source-address address-set managers", "quit", "quit")
    shown = terminal.send("undo ip address-set managers type object")
    assert shown.endswith("Error: The address set managers is in use and cannot be deleted.")
    terminal.send("security-policy", "rule name first", "undo source-address address-set managers")
    terminal.send("quit", "quit", "undo ip address-set managers type object")
    assert all("managers" not in running(box) for box in usg)


def test_comware_moves_by_number_and_copies(secpath: tuple[EmulatedBox, EmulatedBox]) -> None:
    active, standby = secpath
    terminal = Terminal(active)
    assert terminal.prompt == "RBM_P<fw-a>"
    terminal.send("system-view", "security-policy ip", "rule name new", "action pass", "quit")
    assert "rule 2 name new" in running(active)
    terminal.send("move rule 2 before 1")
    assert rules(standby) == rules(active) == ["first", "new", "deny-all"]
    terminal.send("undo rule 2")
    assert rules(standby) == rules(active) == ["first", "deny-all"]
    assert Terminal(standby).prompt == "RBM_S<fw-b>"
    assert "not allowed" in Terminal(standby).send("system-view", "security-policy ip")
    shown = Terminal(standby).send("display remote-backup-group status")
    assert "Device management role: Secondary" in shown
