"""A fault in the twin stands on the wall by itself: once, with its root, its impact, its clock.

Bounds here are loose (the suite shares its machine); tests/benchmarks/detection.py holds the
tight ones: 2 s by trap, one polling interval and a second without.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from device_configs.deploy.lab import Lab
from device_configs.site.model import FaultClassName
from incident.model import Incident, IncidentState
from monitors.evidence import Element, ElementKind
from tests.lab.running_platform import (
    RunningPlatform,
    WallViewer,
    running_platform,
)

pytestmark = pytest.mark.lab

ON_THE_WALL_S = 30.0
"""A platform that is late itself says so and names no fault until it is not."""
RESTORED_S = 30.0
OF_A_SEAT_S = 90.0
"""On a busy machine a seat's agent may be too slow for its interval; it is asked less often then,
at every second or fourth turn, and the platform is not late by that."""


@dataclass(frozen=True)
class Case:
    """A fault of the twin, how to undo it, and what must be said of it."""

    do: str
    target: str
    root: Element
    fault_class: FaultClassName
    silent: bool = False

    def inject(self, lab: Lab) -> None:
        if self.do == "cut":
            lab.client.cut(self.target, silent=self.silent)
        else:
            getattr(lab.client, self.do)(self.target)

    def undo(self, lab: Lab) -> None:
        if self.do == "cut":
            lab.client.heal(self.target)
        else:
            lab.client.start(self.target)


def link(name: str) -> Element:
    return Element(ElementKind.LINK, name)


CASES = [
    pytest.param(Case("cut", "rt-a--egov", link("rt-a--egov"), FaultClassName.SEVERE),
                 id="a circuit is cut"),
    pytest.param(Case("cut", "rt-b--fwi-b", link("rt-b--fwi-b"), FaultClassName.GENERAL, True),
                 id="a backbone cable falls silent"),
    pytest.param(Case("kill", "fwi-b", Element.device("fwi-b"), FaultClassName.SEVERE),
                 id="a firewall loses power"),
    pytest.param(Case("hang", "core-b", Element.device("core-b"), FaultClassName.SEVERE),
                 id="a core switch hangs"),
    pytest.param(Case("kill", "ips-b", Element.device("ips-b"), FaultClassName.SEVERE),
                 id="a transparent device loses power"),
]  # fmt: skip


@pytest.fixture(scope="module")
def platform(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPlatform]:
    folder = tmp_path_factory.mktemp("platform")
    with running_platform(lab.settings.state_directory, folder) as running:
        running.wait_until_calm()
        yield running


def only_open(platform: RunningPlatform) -> Incident:
    found = platform.open_incidents()
    assert len(found) == 1, [(i.number, [str(r) for r in i.fault.roots]) for i in found]
    return found[0]


@pytest.mark.parametrize("case", CASES)
def test_one_fault_is_one_incident_that_names_its_element(
    lab: Lab, platform: RunningPlatform, case: Case
) -> None:
    before = {incident.number for incident in platform.incidents()}
    with WallViewer(platform) as wall:
        since = time.monotonic()
        case.inject(lab)
        try:
            wall.seconds_until("/incidents/F-", since, ON_THE_WALL_S)
            time.sleep(4)  # long enough for a second, wrong one to show up
            incident = only_open(platform)
            assert case.root in incident.fault.roots
            assert incident.fault.seats == ()
            assert incident.fault.services == ()
            assert incident.fault_class is case.fault_class
            if case.fault_class is FaultClassName.SEVERE:
                assert incident.fault.redundancy_lost
        finally:
            case.undo(lab)
    platform.wait_for(lambda: not platform.open_incidents(), RESTORED_S, "the incident is restored")
    new = [i for i in platform.incidents() if i.number not in before]
    assert [i.state for i in new] == [IncidentState.RESTORED]
    assert new[0].restored_by == "monitoring"
    platform.wait_until_calm()


def test_cutting_both_uplinks_is_one_major_incident_with_everybody_affected(
    lab: Lab, platform: RunningPlatform
) -> None:
    platform.wait_until_calm()
    lab.client.cut("rt-a--egov")
    lab.client.cut("rt-b--egov")
    try:
        platform.wait_for(
            lambda: any(len(i.fault.seats) == 72 for i in platform.open_incidents()),
            15, "72 seats affected",
        )  # fmt: skip
        time.sleep(4)
        incident = only_open(platform)
        assert {root.name for root in incident.fault.roots} == {"rt-a--egov", "rt-b--egov"}
        assert incident.fault_class is FaultClassName.MAJOR
        assert set(incident.fault.services) == {"platform", "knowledge"}
        assert len(incident.fault.seats) == 72
    finally:
        lab.client.heal("rt-a--egov")
        lab.client.heal("rt-b--egov")
    platform.wait_for(lambda: not platform.open_incidents(), RESTORED_S, "the incident is restored")


def test_a_display_switched_off_moves_indicator_13_by_one_seat(
    lab: Lab, platform: RunningPlatform
) -> None:
    platform.wait_until_calm()  # else other seats may be unknown just now
    with WallViewer(platform) as wall:
        since = time.monotonic()
        lab.client.display("seat-037", on=False)
        try:
            wall.seconds_until("71/72", since, OF_A_SEAT_S)
            platform.wait_for(
                lambda: bool(platform.open_incidents()), ON_THE_WALL_S, "the incident"
            )
            incident = only_open(platform)
            assert incident.fault.roots == (Element.seat_display(37),)
            assert incident.fault_class is FaultClassName.DEVICE
        finally:
            lab.client.display("seat-037", on=True)
        wall.seconds_until("72/72", time.monotonic(), OF_A_SEAT_S)
    platform.wait_for(
        lambda: not platform.open_incidents(), OF_A_SEAT_S, "the display's incident ends"
    )


def test_a_terminal_that_does_not_answer_is_unknown_and_not_good(
    lab: Lab, platform: RunningPlatform
) -> None:
    platform.wait_until_calm()
    with WallViewer(platform) as wall:
        since = time.monotonic()
        lab.client.kill("seat-012")
        try:
            wall.seconds_until("71/72", since, OF_A_SEAT_S)
        finally:
            lab.client.start("seat-012")
        wall.seconds_until("72/72", time.monotonic(), OF_A_SEAT_S)
    platform.wait_until_calm()


def test_without_traps_a_cut_circuit_is_found_by_polling(
    lab: Lab, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("no-traps")
    settings = {"ZHISHOU_TRAPS": "false"}
    with running_platform(lab.settings.state_directory, folder, settings) as platform:
        platform.wait_until_calm()
        with WallViewer(platform) as wall:
            since = time.monotonic()
            lab.client.cut("rt-b--egov")
            try:
                wall.seconds_until("/incidents/F-", since, ON_THE_WALL_S)
                assert link("rt-b--egov") in only_open(platform).fault.roots
            finally:
                lab.client.heal("rt-b--egov")
        platform.wait_for(lambda: not platform.open_incidents(), RESTORED_S, "restored")


def test_no_collector_touches_the_machines_own_network(lab: Lab, platform: RunningPlatform) -> None:
    """The device side stands in the monitoring host: the machine's sockets know no twin address."""
    platform.wait_until_calm()
    for table in ("tcp", "udp", "icmp", "raw"):
        with open(f"/proc/net/{table}", encoding="ascii") as lines:  # noqa: PTH123
            peers = [row.split()[2].split(":")[0] for row in lines if row[:1] == " "]
        assert not [peer for peer in peers if peer.endswith("0A")], table  # 10.x, little endian
