"""How a text is read: nesting, banners, quotes, names, secrets, platforms, speed."""

import time
from collections.abc import Callable

import pytest

from device_configs.grammar import FAMILIES, check_text, load_family
from device_configs.grammar.faults import FaultKind
from tests.device_configs.grammar.conftest import SAMPLES, family_of

VRP, COMWARE = FAMILIES


def messages(family: str, text: str, platform: str | None = None) -> list[str]:
    return [f"{f.line} {f.view}: {f.message}" for f in check_text(family, text, "t", platform)]


def test_a_hash_ends_what_stands_deeper_than_itself() -> None:
    text = (
        "bgp 65001\n peer 10.0.0.2 as-number 65002\n #\n ipv4-family unicast\n"
        "  peer 10.0.0.2 enable\n #\n ipv6-family unicast\n  peer 10.0.0.2 enable\n#\n"
        "stelnet server enable\n"
    )
    assert messages(VRP, text) == []


def test_quit_leaves_a_view_and_return_leaves_all() -> None:
    text = (
        "ospf 1\n area 0\n  network 10.0.0.0 0.0.0.255\n  quit\n silent-interface all\n"
        "return\nsysname a\n"
    )
    assert messages(VRP, text) == []


def test_a_line_deeper_than_a_line_without_view_is_a_fault() -> None:
    assert messages(VRP, "sysname a\n description b\n") == [
        "2 system: 'description b' is indented under a line that opens no view; "
        "indent it by 0 to have it in system"
    ]


def test_lines_under_a_faulty_opening_line_are_judged_where_the_view_is_certain() -> None:
    text = "ospf 70000\n area 0.0.0.0\n  netwrk 10.0.0.0 0.0.0.255\n"
    first, second = check_text(VRP, text, "t")
    assert (first.line, second.line, second.view) == (1, 3, "ospf-area")
    assert second.remedy == "did you mean 'network'?"


def test_lines_under_an_unknown_line_are_not_judged() -> None:
    (fault,) = check_text(VRP, "frobnicate\n ssid-profile x\n  anything goes\n", "t")
    assert fault.line == 1


@pytest.mark.parametrize(
    ("family", "text"),
    [
        (
            VRP,
            'header login information "For\nthe staff: rule name x\nalone"\nsysname a\n',
        ),
        (VRP, 'header shell information "one line"\nsysname a\n'),
        (COMWARE, " header motd %\n***\n sysname nothing here\n%\n sysname a\n"),
        (COMWARE, " header login #one line#\n sysname a\n"),
    ],
)
def test_a_banner_is_text_to_its_delimiter(family: str, text: str) -> None:
    assert messages(family, text) == []


def test_a_banner_without_end_is_a_fault() -> None:
    assert messages(COMWARE, " header motd %\ntext\nsysname a\n") == [
        "1 system: the text that 'header' begins never ends; end it with %"
    ]


def test_a_quoted_name_is_one_word() -> None:
    assert messages(VRP, 'isp name "china mobile" set filename china-mobile.csv\n') == []
    (fault,) = check_text(VRP, "isp name china mobile\n", "t")
    assert fault.word == 4


def test_key_material_is_text_in_its_view_alone() -> None:
    text = (
        "rsa peer-public-key k encoding-type openssh\n public-key-code begin\n ssh-rsa AAAA\n"
        " public-key-code end\n peer-public-key end\n#\nssh-rsa AAAA\n"
    )
    (fault,) = check_text(VRP, text, "t")
    assert fault.line == 7


def test_names_may_be_defined_after_they_are_used() -> None:
    text = (
        "interface Vlanif10\n ip binding vpn-instance office\n#\nvlan batch 10\n#\n"
        "ip vpn-instance office\n"
    )
    assert messages(VRP, text) == []


def test_a_local_name_is_known_in_its_own_block_only() -> None:
    text = (
        "vlan batch 10 20\n#\ninterface Vlanif10\n vrrp vrid 1 virtual-ip 10.0.0.1\n"
        "#\ninterface Vlanif20\n vrrp vrid 1 priority 120\n"
    )
    (fault,) = check_text(VRP, text, "t")
    assert (fault.line, fault.kind) == (7, FaultKind.REFERENCE)
    # The same block may be opened twice; the device merges it.
    merged = text.replace("Vlanif20\n vrrp", "Vlanif10\n vrrp")
    assert messages(VRP, merged) == []


def test_a_name_of_two_words_is_one_name() -> None:
    text = "nqa test-instance admin a\n#\nip route-static 10.0.0.0 8 10.1.1.1 track nqa admin b\n"
    assert messages(VRP, text) == [
        "3 system: 'admin b' (word 8) refers to a nqa that nothing defines; did you mean 'admin a'?"
    ]


def test_an_undo_line_defines_nothing_and_needs_nothing() -> None:
    assert messages(VRP, "undo time-range work\n") == []
    (fault,) = check_text(
        VRP, "undo vlan 10\ninterface GigabitEthernet0/0/1\n port default vlan 10\n", "t"
    )
    assert fault.kind is FaultKind.REFERENCE


@pytest.mark.parametrize(
    "line",
    [
        "local-user ops password cipher hunter2 extra",
        "radius-server shared-key cipher hunter2 extra",
        "snmp-agent community read hunter2 acl",
        "ntp-service authentication-keyid 0 authentication-mode md5 hunter2",
    ],
)
def test_no_message_repeats_a_secret(line: str) -> None:
    faults = check_text(VRP, f"{line}\naaa\n {line}\n", "t")
    assert faults
    for fault in faults:
        assert "hunter2" not in f"{fault} {fault.text}"


def test_a_command_of_another_platform_is_refused_where_one_is_asked_for() -> None:
    text = "hrp enable\n"
    assert messages(VRP, text) == []
    assert messages(VRP, text, "usg") == []
    assert messages(VRP, text, "ne") == [
        "1 system: 'hrp' is no such command on NE series routers (VRP 8); "
        "it is on USG6000 series firewalls"
    ]


def test_an_unknown_family_or_platform_is_no_answer() -> None:
    with pytest.raises(KeyError):
        check_text("cisco_ios", "", "t")
    with pytest.raises(KeyError):
        check_text(VRP, "", "t", "nx")


def test_an_empty_text_has_no_fault() -> None:
    assert messages(VRP, "") == []


@pytest.mark.parametrize("family", FAMILIES)
def test_ten_thousand_lines_cost_little_beside_splitting_them_into_words(family: str) -> None:
    """In processor time, beside a control in the same run: less than a second on any machine of
    today."""
    load_family(family)
    samples = [s.read_text("utf-8") for s in SAMPLES if family_of(s) == family]
    lines = ("".join(samples) * 20).splitlines()[:10_000]
    check_text(family, "\n".join(lines[:3000]), "warm")
    text = "\n".join(lines)

    def cost_s(work: Callable[[], object]) -> float:
        before = time.process_time()
        work()
        return time.process_time() - before

    pairs = [
        (
            cost_s(lambda: check_text(family, text, "t")),
            cost_s(lambda: [line.split() for line in lines for _ in range(10)]),
        )
        for _ in range(3)
    ]
    checked, split_ten_times = (min(costs) for costs in zip(*pairs, strict=True))
    assert checked < 40 * split_ten_times
