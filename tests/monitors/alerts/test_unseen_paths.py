"""A switch with silent seats that management does not reach: what may hide it, and what cannot."""

from dataclasses import replace

import pytest

from monitors.alerts.graph import Graph
from monitors.alerts.model import JudgeSettings, Timing
from monitors.alerts.paths import Damage, Paths
from monitors.alerts.reading import read
from monitors.alerts.unseen_paths import may_hide
from monitors.evidence import Element, ElementKind, EvidenceRegister, Observation
from tests.monitors.alerts.simulation import after

DATA = {
    "leg": ("mon", "core"),
    "up": ("core", "mid"),
    "down": ("mid", "access"),
    "s1": ("access", "seat-1"),
    "s2": ("access", "seat-2"),
    "s3": ("core", "seat-3"),
}
CHAIN = Graph(
    collector="mon",
    devices=frozenset({"core", "mid", "access"}),
    management={"m": ("mon", "core"), "n": ("core", "mid"), "o": ("core", "access")},
    data=DATA,
    ports={name: (f"{a}:{name}", f"{b}:{name}") for name, (a, b) in DATA.items()},
    transit=frozenset({"core", "mid", "access"}),
    side_of=dict.fromkeys(DATA, "egov"),
    seat_switch={1: "access", 2: "access", 3: "core"},
    seat_link={1: "s1", 2: "s2", 3: "s3"},
)
SEAT_ON_CORE = Observation(Element.seat_host(3), "icmp", True, after(0))
PORT_OF_LEG = Observation(Element.port("mon", "leg"), "snmp", True, after(0))
MIDDLE = {Element.device("mid"), Element(ElementKind.LINK, "up"), Element(ElementKind.LINK, "down")}
ACCESS = Element.device("access")


def named(graph: Graph, *seen: Observation, reached: set[str], known: Damage) -> set[Element]:
    register = EvidenceRegister().merged([PORT_OF_LEG, *seen])
    reading = read(register, graph, Timing(), after(1), JudgeSettings(), frozenset())
    return set(may_hide(graph, Paths(graph), reading, {"mon", *reached}, known, "access"))


def up(device: str, link: str) -> Observation:
    return Observation(Element.port(device, link), "snmp", True, after(0))


@pytest.mark.parametrize(
    ("seen", "reached", "found"),
    [
        ((SEAT_ON_CORE,), set(), {*MIDDLE, ACCESS}),
        ((), set(), {*MIDDLE, ACCESS, Element.device("core")}),
        ((), {"core"}, {*MIDDLE, ACCESS}),
        ((up("core", "up"),), {"core"}, {*MIDDLE, ACCESS} - {Element(ElementKind.LINK, "up")}),
        ((SEAT_ON_CORE, up("core", "up")), set(), {*MIDDLE, ACCESS}),
        ((), {"core", "access"}, {ACCESS}),
    ],
    ids=[
        "a seat on the way answers",
        "nobody answers",
        "the core is reached",
        "its port is up",
        "by a word of before it was out of reach",
        "the switch itself is reached",
    ],
)
def test_whatever_nobody_sees_work_on_the_only_way_may_hide_it(
    seen: tuple[Observation, ...], reached: set[str], found: set[Element]
) -> None:
    assert named(CHAIN, *seen, reached=reached, known=Damage()) == found


def test_beside_a_second_way_only_the_switch_may_hide_itself_until_that_way_is_gone() -> None:
    data = {**DATA, "second": ("core", "access")}
    ports = {name: (f"{a}:{name}", f"{b}:{name}") for name, (a, b) in data.items()}
    ring = replace(CHAIN, data=data, ports=ports, side_of=dict.fromkeys(data, "egov"))
    assert named(ring, SEAT_ON_CORE, reached=set(), known=Damage()) == {ACCESS}
    gone = Damage(links=frozenset({"second"}))
    assert named(ring, SEAT_ON_CORE, reached=set(), known=gone) == {*MIDDLE, ACCESS}


def test_a_switch_that_nobody_watches_may_be_what_failed() -> None:
    blind = replace(CHAIN, devices=CHAIN.devices - {"access"})
    seen = (up("core", "up"), up("mid", "down"))
    assert named(blind, *seen, reached={"core", "mid"}, known=Damage()) == {ACCESS}
