"""What the public references print, read."""

import pytest

from device_configs.drivers.vendor import displays
from device_configs.drivers.vendor.masking import without_vendor_secrets
from device_configs.drivers.vendor.speech import (
    COMWARE,
    HUAWEI,
    Prompt,
    answer_of,
    prompt_at_end,
    question_at_end,
    readable,
    refusal_in,
)
from device_configs.drivers.vendor.targets import flat
from device_configs.drivers.vendor.two_phase import TrialStatus, read_trial
from device_configs.drivers.vendor.watches import minutes_of, read_clock


@pytest.mark.parametrize(
    ("text", "prompt"),
    [
        ("<rt-a>", Prompt("rt-a", "", False)),
        ("[~rt-a]", Prompt("rt-a", "", True, "", "~")),
        ("[*rt-a-Vlanif10]", Prompt("rt-a", "Vlanif10", True, "", "*")),
        ("HRP_S[fwi-b-policy-security] ", Prompt("fwi-b", "policy-security", True, "HRP_S")),
        ("RBM_P<h3c-1>", Prompt("h3c-1", "", False, "RBM_P")),
    ],
)
def test_a_prompt_is_read(text: str, prompt: Prompt) -> None:
    assert prompt_at_end(f"anything\n{text}", frozenset({prompt.name})) == prompt


@pytest.mark.parametrize("text", ["[V200R003C00]", "Continue? [Y/N]:", "<other>", "[Y/N]", "a <b>"])
def test_what_looks_like_a_prompt_is_none(text: str) -> None:
    assert prompt_at_end(f"anything\n{text}", frozenset({"rt-a"})) is None


def test_questions_and_pagers_are_seen() -> None:
    asked = "Warning: The trial configuration will be confirmed. Continue? [Y/N]:"
    assert question_at_end(f"x\n{asked}") == asked
    assert question_at_end("description Continue? [Y/N]: no\n<rt-a>") is None
    torn = "vlan 10\r\n  ---- More ----\x1b[42D" + " " * 42 + "\x1b[42D#\r\n"
    assert readable(torn) == "vlan 10\n#\n"


def test_only_the_vendors_sentence_is_a_refusal() -> None:
    assert refusal_in(" description Error: of the past", HUAWEI) is None
    assert refusal_in("Warning: it is so\nInfo: error", HUAWEI) is None
    found = refusal_in("      ^\nError: Wrong parameter found at '^' position.", HUAWEI)
    assert found == "Error: Wrong parameter found at '^' position."
    assert refusal_in(" % Incomplete command found at '^' position.", COMWARE)
    assert refusal_in(" description % wrong", COMWARE) is None


def test_log_lines_and_stamps_fall_out_of_an_answer() -> None:
    shown = (
        "display x\n2018-03-14 19:42:14.040 +01:00\nvlan 10\n"
        "Aug 29 2026 12:00:00 sw-1 %%01IFNET/4/LINK_STATE(l)[0]:down\n#\n<sw-1>"
    )
    assert answer_of(shown, "display x", HUAWEI) == ("vlan 10\n#", True)


def test_facts_come_from_the_version() -> None:
    shown = (
        "VRP (R) software, Version 8.180 (NetEngine 8000 V800R021C00SPC100)\n"
        "HUAWEI NetEngine 8000 M4 uptime is 0 weeks, 1 day, 1 hour, 0 minutes\n"
    )
    found = displays.facts(shown, "rt-a", "210", ["lo"])
    assert (found["model"], found["uptime"]) == ("NetEngine 8000 M4", 90_000.0)
    assert displays.facts("", "rt-a", "", [])["uptime"] == -1.0


def test_interface_states_of_both_families_are_read() -> None:
    vrp = (
        "Interface                   PHY   Protocol  InUti OutUti   inErrors  outErrors\n"
        "GigabitEthernet0/0/1        up    up        0.01%  0.01%          0          0\n"
        "GigabitEthernet0/0/2        *down down         0%     0%          0          0\n"
    )
    assert displays.link_states(vrp) == {
        "GigabitEthernet0/0/1": (True, True),
        "GigabitEthernet0/0/2": (False, False),
    }
    comware = (
        "GE1/0/1              UP     1G(a)   F(a)   T    1    uplink\nGE1/0/2  ADM auto A A 1\n"
    )
    assert displays.link_states(comware) == {"GE1/0/1": (True, True), "GE1/0/2": (False, False)}


def test_neighbour_tables_of_both_families_are_read() -> None:
    vrp = (
        "IP ADDRESS      MAC ADDRESS     EXPIRE(M) TYPE        INTERFACE   VPN-INSTANCE\n"
        "10.0.0.2        0011-2233-4455  20        D-0         GE0/0/1\n"
    )
    comware = (
        "  IP address      MAC address    VLAN/VSI name Interface                Aging Type\n"
        "  10.0.0.2        0011-2233-4455 10            GE1/0/1                  20    D\n"
    )
    assert [e["interface"] for e in displays.arp_table(vrp + comware)] == ["GE0/0/1", "GE1/0/1"]
    assert displays.arp_table(vrp)[0]["mac"] == "00:11:22:33:44:55"
    shown = (
        "Local Interface Exptime(s) Neighbor Interface      Neighbor Device\n"
        "GE0/0/1         101        GigabitEthernet1/0/1    core-a\n"
    )
    assert displays.lldp_neighbors(shown) == {
        "GE0/0/1": [{"hostname": "core-a", "port": "GigabitEthernet1/0/1"}]
    }


def test_accounts_are_read_without_their_passwords() -> None:
    text = (
        "aaa\n local-user watcher password irreversible-cipher canary\n"
        " local-user watcher privilege level 3\n#\n"
        "local-user boss class manage\n authorization-attribute user-role network-admin\n#\n"
    )
    found = displays.users(text)
    assert {name: user["level"] for name, user in found.items()} == {"watcher": 3, "boss": 15}
    assert "canary" not in str(found)
    assert "canary" not in without_vendor_secrets(text)


def test_views_are_left_where_the_indentation_falls_back() -> None:
    text = "#\ninterface A\n ip address 1.1.1.1 32\n#\nbgp 1\n peer x\n  y\n z\nvlan 10\nreturn\n"
    assert list(flat(text.splitlines())) == [
        "interface A", "ip address 1.1.1.1 32", "quit",
        "bgp 1", "peer x", "y", "quit", "z", "quit", "vlan 10",
    ]  # fmt: skip


def test_trial_clock_and_minutes_are_read() -> None:
    assert read_trial("Trial status: INACTIVE") == TrialStatus(False)
    shown = "Trial status: ACTIVE\nPersist id: zs-1\nTrial time left (sec): 51"
    assert read_trial(shown) == TrialStatus(True, "zs-1")
    assert read_trial("Trial status: WAITCANCEL").active
    assert read_clock("15:08:51 UTC Sun 11/29/2026") == read_clock("2026-11-29 15:08:51+08:00")
    with pytest.raises(ValueError):
        read_clock("no clock")
    assert [minutes_of(s) for s in (1, 60, 61)] == [1, 1, 2]
