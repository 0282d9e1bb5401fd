"""What agents answer, as samples and evidence."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.collect.plan import CollectionPlan
from monitors.collect.polling.answers import AgentAnswer, ReadTime, TableRead
from monitors.collect.polling.interpretation import (
    AgentMemory,
    interpret,
    port_state,
    silence,
)
from monitors.collect.polling.words import text, vrrp_instance
from monitors.collect.profiles import Meaning
from monitors.evidence import Element
from monitors.store.protocol import is_storable

START = datetime(2026, 3, 1, tzinfo=UTC)


def table(plan: CollectionPlan, target: str, meaning: Meaning, rows) -> TableRead:
    found = next(t for t in plan.targets[target].profile.tables if t.meaning is meaning)
    return TableRead(found, found.columns, rows)


def answer(*tables: TableRead, second: int = 0, boots: int = 1) -> AgentAnswer:
    at = START + timedelta(seconds=second)
    return AgentAnswer(at, 100_000 + 100 * second, boots, (), tables)


def evidence(plan: CollectionPlan, target: str, *answers: AgentAnswer):
    memory = AgentMemory()
    findings = None
    for one in answers:
        findings = interpret(plan.targets[target], plan, one, memory)
        memory = findings.memory
    return {str(o.element): (o.ok, o.detail) for o in findings.observations}


@pytest.mark.parametrize(
    ("admin", "oper", "ok"),
    [
        (1, 1, True),
        (1, 2, False),
        (1, 7, False),
        (1, 6, False),
        (2, 2, False),
        (1, 5, None),
        (1, 4, None),
        (1, None, None),
        (1, 99, None),
        (None, 1, True),
    ],
)
def test_state_of_a_port(admin, oper, ok) -> None:
    assert port_state(admin, oper)[0] is ok


def test_only_declared_ports_are_evidence_and_all_are_measured(plan: CollectionPlan) -> None:
    rows = {
        "1": {"ifName": b"lo", "ifAdminStatus": 1, "ifOperStatus": 1},
        "7": {"ifName": b"egov", "ifAdminStatus": 1, "ifOperStatus": 2},
    }
    read = table(plan, "rt-a", Meaning.PORT, rows)
    assert evidence(plan, "rt-a", answer(read)) == {
        "device/rt-a": (True, "agent answers"),
        "port/rt-a:egov": (False, "down"),
    }
    findings = interpret(plan.targets["rt-a"], plan, answer(read), AgentMemory())
    measured = [dict(s.tags).get("ifName") for s in findings.samples]
    assert measured == [None, "lo", "egov"]


def test_a_port_keeps_its_rate_when_its_index_moves(plan: CollectionPlan) -> None:
    def octets(index: str, value: int):
        row = {"ifName": b"egov", "ifOperStatus": 1, "ifHCInOctets": value, "ifHighSpeed": 1000}
        return table(plan, "rt-a", Meaning.PORT, {index: row})

    memory = interpret(plan.targets["rt-a"], plan, answer(octets("7", 1000)), AgentMemory()).memory
    findings = interpret(
        plan.targets["rt-a"], plan, answer(octets("12", 16_000), second=15), memory
    )
    assert findings.samples[-1].fields["ifHCInOctets_rate"] == 1000.0


def test_routing_neighbours_are_named_after_the_device_that_has_the_address(plan) -> None:
    ospf = table(plan, "rt-a", Meaning.OSPF, {"10.253.2.3.0": {"ospfNbrState": 8}})
    bgp = table(plan, "rt-a", Meaning.BGP, {"10.253.1.1": {"bgpPeerState": 3}})
    found = evidence(plan, "rt-a", answer(ospf, bgp))
    assert found["neighbour/rt-a>fwi-a"] == (True, "ospf full")
    assert found["neighbour/rt-a>egov"] == (False, "bgp active")


def test_a_neighbour_by_two_protocols_is_bad_if_one_is_bad(plan: CollectionPlan) -> None:
    ospf = table(plan, "rt-a", Meaning.OSPF, {"10.253.2.1.0": {"ospfNbrState": 8}})
    bgp = table(plan, "rt-a", Meaning.BGP, {"10.254.0.2": {"bgpPeerState": 1}})
    found = evidence(plan, "rt-a", answer(ospf, bgp))
    assert found["neighbour/rt-a>rt-b"] == (False, "ospf full, bgp idle")


def test_a_neighbour_that_vanished_from_the_table_is_lost(plan: CollectionPlan) -> None:
    there = table(plan, "rt-a", Meaning.OSPF, {"10.253.2.3.0": {"ospfNbrState": 8}})
    gone = table(plan, "rt-a", Meaning.OSPF, {})
    found = evidence(plan, "rt-a", answer(there), answer(gone, second=5))
    assert found["neighbour/rt-a>fwi-a"] == (False, "ospf gone")


def test_a_neighbour_missing_from_a_table_read_in_part_is_not_lost(plan: CollectionPlan) -> None:
    there = table(plan, "rt-a", Meaning.OSPF, {"10.253.2.3.0": {"ospfNbrState": 8}})
    cut = replace(table(plan, "rt-a", Meaning.OSPF, {}), is_complete=False)
    found = evidence(plan, "rt-a", answer(there), answer(cut, second=5))
    assert found == {"device/rt-a": (True, "agent answers")}


def test_a_neighbour_whose_state_could_not_be_read_is_unknown(plan: CollectionPlan) -> None:
    ospf = table(plan, "rt-a", Meaning.OSPF, {"10.253.2.3.0": {}})
    found = evidence(plan, "rt-a", answer(ospf))
    assert found["neighbour/rt-a>fwi-a"] == (None, "ospf state not known")


def test_two_interfaces_of_one_name_are_said_and_never_merged(plan: CollectionPlan) -> None:
    row = {"ifName": b"egov", "ifAdminStatus": 1, "ifHCInOctets": 5}
    rows = {"7": row | {"ifOperStatus": 1}, "8": row | {"ifOperStatus": 2}}
    read = table(plan, "rt-a", Meaning.PORT, rows)
    findings = interpret(plan.targets["rt-a"], plan, answer(read), AgentMemory())
    assert findings.duplicates == ("egov",)
    assert [s.measurement for s in findings.samples] == ["system"]
    port = next(o for o in findings.observations if o.element == Element.port("rt-a", "egov"))
    assert (port.ok, port.detail) == (None, "2 interfaces have this name")


def test_two_adjacencies_with_one_neighbour_are_two_series(plan: CollectionPlan) -> None:
    rows = {"10.253.2.3.0": {"ospfNbrState": 8}, "10.253.2.3.9": {"ospfNbrState": 1}}
    read = table(plan, "rt-a", Meaning.OSPF, rows)
    findings = interpret(plan.targets["rt-a"], plan, answer(read), AgentMemory())
    assert [dict(s.tags)["neighbour"] for s in findings.samples[1:]] == [
        "fwi-a",
        "fwi-a 10.253.2.3.9",
    ]


def test_a_state_is_as_old_as_its_own_reply(plan: CollectionPlan) -> None:
    row = {"ifName": b"egov", "ifAdminStatus": 1, "ifOperStatus": 1}
    early, late = START + timedelta(seconds=1), START + timedelta(seconds=3)
    read = replace(
        table(plan, "rt-a", Meaning.PORT, {"7": row}),
        walked={"7": early},
        read={"7": ReadTime(late)},
    )
    ospf = table(plan, "rt-a", Meaning.OSPF, {"10.253.2.3.0": {"ospfNbrState": 8}})
    ospf = replace(ospf, walked={"10.253.2.3.0": early})
    findings = interpret(plan.targets["rt-a"], plan, answer(read, ospf), AgentMemory())
    at = {str(o.element): o.observed_at for o in findings.observations}
    assert at["device/rt-a"] == START
    assert at["port/rt-a:egov"] == late
    assert at["neighbour/rt-a>fwi-a"] == early


def test_an_error_for_one_counter_costs_it_one_rate_and_no_other(plan: CollectionPlan) -> None:
    def read(second: int, **counters: int):
        row = {"ifName": b"egov", "ifHighSpeed": 1000, **counters}
        return answer(table(plan, "rt-a", Meaning.PORT, {"7": row}), second=second)

    memory = AgentMemory()
    rates = []
    for one in (
        read(0, ifHCInOctets=0, ifHCOutOctets=0),
        read(15, ifHCInOctets=1500),
        read(30, ifHCInOctets=3000, ifHCOutOctets=6000),
    ):
        findings = interpret(plan.targets["rt-a"], plan, one, memory)
        memory = findings.memory
        fields = findings.samples[-1].fields
        rates.append({name for name in fields if name.endswith("_rate")})
    assert rates == [set(), {"ifHCInOctets_rate"}, {"ifHCInOctets_rate", "ifHCOutOctets_rate"}]


def test_names_from_outside_do_not_pile_up(plan: CollectionPlan) -> None:
    memory = AgentMemory()
    for second in range(0, 150, 15):
        rows = {str(n): {"ifName": f"{second}-{n}".encode(), "ifHCInOctets": 1} for n in range(50)}
        one = answer(table(plan, "rt-a", Meaning.PORT, rows), second=second)
        memory = interpret(plan.targets["rt-a"], plan, one, memory).memory
    assert len(memory.readings) == 50


def test_a_table_that_was_not_read_says_nothing_about_its_rows(plan: CollectionPlan) -> None:
    there = table(plan, "rt-a", Meaning.OSPF, {"10.253.2.3.0": {"ospfNbrState": 8}})
    found = evidence(plan, "rt-a", answer(there), answer(second=5))
    assert found == {"device/rt-a": (True, "agent answers")}


@pytest.mark.parametrize(
    ("state", "expected"),
    [(2, (True, "master")), (1, (True, "backup")), (3, (False, "fault")), (0, (False, "init"))],
)
def test_vrrp_role_by_the_declared_network(plan: CollectionPlan, state, expected) -> None:
    row = {
        "vrrpInstanceName": b"VI_11",
        "vrrpInstanceVirtualRouterId": 11,
        "vrrpInstanceState": state,
    }
    read = table(plan, "core-a", Meaning.VRRP, {"1": row})
    assert evidence(plan, "core-a", answer(read))["vrrp/core-a:seats-1"] == expected


DISPLAY_INDEX = "7." + ".".join(str(code) for code in b"display")


@pytest.mark.parametrize(
    ("rows", "ok"),
    [
        ({DISPLAY_INDEX: {"nsExtendResult": 0}}, True),
        ({DISPLAY_INDEX: {"nsExtendResult": 1}}, False),
        ({DISPLAY_INDEX: {"nsExtendResult": 127}}, None),
        ({}, None),
        ({"1.4294967295": {"nsExtendResult": 0}}, None),
        ({"4294967295": {"nsExtendResult": 0}}, None),
        ({DISPLAY_INDEX + ".0": {"nsExtendResult": 1}}, None),
    ],
    ids=[
        "connected",
        "not connected",
        "the script failed",
        "the agent does not say",
        "a character beyond all",
        "a length without a name",
        "a length that does not fit",
    ],
)
def test_display_of_a_seat(plan: CollectionPlan, rows, ok) -> None:
    read = table(plan, "seat-007", Meaning.DISPLAY, rows)
    found = evidence(plan, "seat-007", answer(read))
    assert found["seat_host/7"][0] is True
    assert found["seat_display/7"][0] is ok


SECOND_INDEX = "9." + ".".join(str(code) for code in b"display-2")


@pytest.mark.parametrize(
    ("first", "second", "ok"),
    [(0, 0, True), (0, 1, False), (1, 0, False), (1, 1, False), (0, None, None), (None, 0, None),
     (1, None, False), (0, 127, None)],
)  # fmt: skip
def test_of_two_displays_both_must_be_in_order(
    plan: CollectionPlan, first: int | None, second: int | None, ok: bool | None
) -> None:
    seat = replace(plan.targets["seat-007"], displays=2)
    both = replace(plan, targets={**plan.targets, "seat-007": seat})
    shown = {DISPLAY_INDEX: first, SECOND_INDEX: second}
    rows = {i: {"nsExtendResult": result} for i, result in shown.items() if result is not None}
    read = table(both, "seat-007", Meaning.DISPLAY, rows)
    assert evidence(both, "seat-007", answer(read))["seat_display/7"][0] is ok


@pytest.mark.parametrize(
    ("first", "second", "second_of"),
    [(0, 0, 1), (0, 1, 2), (1, 0, 1), (1, 1, 1), (127, 0, 1), (0, 127, 2)],
)
def test_the_word_on_two_displays_is_as_old_as_the_oldest_state_it_rests_on(
    plan: CollectionPlan, first: int, second: int, second_of: int
) -> None:
    seat = replace(plan.targets["seat-007"], displays=2)
    both = replace(plan, targets={**plan.targets, "seat-007": seat})
    rows = {DISPLAY_INDEX: {"nsExtendResult": first}, SECOND_INDEX: {"nsExtendResult": second}}
    came = {DISPLAY_INDEX: START + timedelta(seconds=1), SECOND_INDEX: START + timedelta(seconds=2)}
    read = replace(table(both, "seat-007", Meaning.DISPLAY, rows), walked=came)
    found = interpret(seat, both, answer(read, second=3), AgentMemory())
    (word,) = [o for o in found.observations if o.element == Element.seat_display(7)]
    assert word.observed_at == START + timedelta(seconds=second_of)


def test_the_display_of_a_silent_seat_is_unknown_and_not_broken(plan: CollectionPlan) -> None:
    host, display = silence(plan.targets["seat-007"], START, "no answer")
    assert (host.element, host.ok) == (Element.seat_host(7), False)
    assert (display.element, display.ok) == (Element.seat_display(7), None)


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        ("上联口".encode(), "上联口"),
        ("上联口".encode("gb18030"), "上联口"),
        (b"C:\\ Label\x00", "C:/ Label"),
        (b"\xff\xfe\x81", text(b"\xff\xfe\x81")),
        (None, ""),
    ],
)
def test_text_of_any_device_is_readable(octets, expected) -> None:
    assert text(octets) == expected


values = st.none() | st.integers(-1, 2**64) | st.binary(max_size=12) | st.floats()


@given(data=st.data())
def test_no_answer_of_an_agent_breaks_the_collector(plan: CollectionPlan, data) -> None:
    target = plan.targets[data.draw(st.sampled_from(["rt-a", "core-a", "seat-007", "gap-a"]))]
    sub_ids = st.integers(0, 300) | st.sampled_from([2**31, 2**32 - 1, 0x10FFFF, 0xD800])
    indexes = st.lists(sub_ids, min_size=0, max_size=6).map(
        lambda numbers: ".".join(map(str, numbers))
    )
    tables = []
    for one in target.profile.tables:
        columns = [column.name for column in one.columns]
        row = st.dictionaries(st.sampled_from(columns), values)
        tables.append(TableRead(one, one.columns, data.draw(st.dictionaries(indexes, row))))
    findings = interpret(target, plan, answer(*tables), AgentMemory())
    assert all(is_storable(sample) for sample in findings.samples)


def test_a_gateway_of_ipv6_says_nothing_of_that_of_ipv4() -> None:
    """Both are instances of one number: who is the master of the one may be the other's backup."""
    declared = {11: "seats-1"}
    assert vrrp_instance(declared, 11, b"seats-1") == "seats-1"
    assert vrrp_instance(declared, 11, b"seats-1-ipv6") == ""
