"""What was stored before a change of the code is read after it."""

from datetime import UTC, datetime

from monitors.alerts.faults import GROUP, TRANSITION
from monitors.alerts.model import State
from monitors.evidence import Element

STORED_IN_0_9 = {
    "roots": [{"kind": "link", "name": "rt-a--egov"}],
    "state": "down",
    "confidence": "high",
    "since": "2026-11-23T06:24:11Z",
    "evidence": [
        {
            "element": {"kind": "port", "name": "rt-a:egov"},
            "source": "trap",
            "ok": False,
            "observed_at": "2026-11-23T06:24:11Z",
            "detail": "down",
        },
        {
            "element": {"kind": "neighbour", "name": "rt-a>fwi-a"},
            "source": "snmp",
            "ok": False,
            "observed_at": "2026-11-23T06:24:12Z",
            "detail": "ospf gone",
        },
    ],
    "suppressed": [{"kind": "condition", "name": "interface_errors:rt-a:egov"}],
    "common_cause": [{"kind": "circuit", "name": "egov"}],
    "seats": [],
    "services": [],
    "redundancy_lost": [{"kind": "circuit", "name": "egov", "detail": "egov-a"}],
    "class_inputs": {"seats_total": 72, "core_redundancy_lost": True},
    "dead_devices": [],
    "dead_links": ["rt-a--egov"],
}
"""A fault as it stands in a database written before elements had fields of their own."""


def test_a_fault_stored_before_elements_were_typed_is_read() -> None:
    group = GROUP.validate_python(STORED_IN_0_9)
    assert group.roots == (Element.link("rt-a--egov"),)
    assert group.since == datetime(2026, 11, 23, 6, 24, 11, tzinfo=UTC)
    port, neighbour = (line.element for line in group.evidence)
    assert (port.device_name, port.part) == ("rt-a", "egov")
    assert (neighbour.device_name, neighbour.peer) == ("rt-a", "fwi-a")
    assert group.suppressed == (Element.condition("interface_errors", "rt-a", "egov"),)
    assert [line.value for line in group.evidence] == [None, None]


def test_a_transition_stored_before_elements_were_typed_is_read() -> None:
    stored = {
        "key": "link/rt-a--egov@2026-11-23T06:24:11+00:00",
        "sequence": 1,
        "kind": "FaultOpened",
        "at": "2026-11-23T06:24:11Z",
        "group": STORED_IN_0_9,
    }
    assert TRANSITION.validate_python(stored).group.state is State.DOWN


def test_what_is_stored_now_holds_no_more_of_an_element_than_its_kind_and_name() -> None:
    stored = GROUP.dump_python(GROUP.validate_python(STORED_IN_0_9), mode="json")
    assert stored["roots"] == STORED_IN_0_9["roots"]
    assert stored["suppressed"] == STORED_IN_0_9["suppressed"]
    assert stored["evidence"][0]["element"] == {"kind": "port", "name": "rt-a:egov"}
    assert GROUP.validate_python(stored) == GROUP.validate_python(STORED_IN_0_9)
