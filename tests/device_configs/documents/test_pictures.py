"""The pictures: everything drawn once, nothing on top of another, nothing from elsewhere."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from itertools import combinations

import pytest

from device_configs.documents.lettering import text_width
from device_configs.documents.rack_picture import rack_picture
from device_configs.documents.speech import Speech
from device_configs.documents.svg import NAMESPACE, Canvas, Point
from device_configs.documents.topology_picture import internet_region, topology_picture
from device_configs.documents.topology_plan import DrawnDevice, drawn_links, plan
from device_configs.documents.topology_wires import LABEL, LINE, Label, Wire, wires
from device_configs.site import Site
from device_configs.site.model import Half
from ops_core.kernel.i18n import Language

SVG = f"{{{NAMESPACE}}}"
SITES = pytest.mark.parametrize("declared", ["site", "small_site", "districts"])
Area = tuple[float, float, float, float]


@pytest.fixture
def any_site(request: pytest.FixtureRequest, declared: str) -> Site:
    found = request.getfixturevalue(declared)
    assert isinstance(found, Site)
    return found


def area(box: DrawnDevice) -> Area:
    return (box.x, box.y, box.right, box.bottom)


def areas_of(label: Label) -> Iterator[tuple[str, Area]]:
    """The room each line of a label takes."""
    above = label.y - 6 if label.level else label.y
    for text, base in ((label.port, above), (label.address, label.y + LINE)):
        width = text_width(text, LABEL)
        left = label.x - width if label.anchor == "end" else label.x
        if text:
            yield text, (left, base - 0.8 * LABEL, left + width, base + 0.2 * LABEL)


def overlap(one: Area, other: Area) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def stretches(wire: Wire) -> list[tuple[Point, Point]]:
    return list(zip(wire.points, wire.points[1:], strict=False))


def enters(box: DrawnDevice, start: Point, end: Point) -> bool:
    steps = 200
    for step in range(steps + 1):
        x = start[0] + (end[0] - start[0]) * step / steps
        y = start[1] + (end[1] - start[1]) * step / steps
        if box.x + 1 < x < box.right - 1 and box.y + 1 < y < box.bottom - 1:
            return True
    return False


def cross(one: tuple[Point, Point], other: tuple[Point, Point]) -> bool:
    def side(a: Point, b: Point, p: Point) -> float:
        return (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])

    (a, b), (c, d) = one, other
    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0


@SITES
def test_every_cable_is_drawn_or_listed_exactly_once(any_site: Site) -> None:
    drawn = [wire.link.name for wire in wires(any_site, plan(any_site))]
    assert drawn == [link.name for link in drawn_links(any_site)]
    assert len(drawn) == len(set(drawn))


@SITES
def test_boxes_stand_apart(any_site: Site) -> None:
    for one, other in combinations(plan(any_site).boxes.values(), 2):
        assert not overlap(area(one), area(other)), (one.name, other.name)


@SITES
def test_no_cable_runs_through_a_box(any_site: Site) -> None:
    layout = plan(any_site)
    for wire in wires(any_site, layout):
        for start, end in stretches(wire):
            through = [b.name for b in layout.boxes.values() if enters(b, start, end)]
            assert not through, (wire.link.name, through)


@SITES
def test_no_label_lies_on_another_or_on_a_box(any_site: Site) -> None:
    layout = plan(any_site)
    labels = [
        (wire.link.name, text, room)
        for wire in wires(any_site, layout)
        for label in wire.labels
        for text, room in areas_of(label)
    ]
    for one, other in combinations(labels, 2):
        assert not overlap(one[2], other[2]), (one, other)
    for name, text, room in labels:
        on = [box.name for box in layout.boxes.values() if overlap(room, area(box))]
        assert not on, (name, text, on)


def test_only_the_cross_connections_of_the_halves_cross(site: Site) -> None:
    drawn = wires(site, plan(site))
    crossings = {
        frozenset((one.link.name, other.link.name))
        for one, other in combinations(drawn, 2)
        if any(cross(a, b) for a in stretches(one) for b in stretches(other))
    }
    assert crossings == {
        frozenset(("rt-a--fwi-b", "rt-b--fwi-a")),
        frozenset(("core-b--ips-a-fwi-a", "core-a--ips-b-fwi-b")),
    }


def test_the_halves_stand_left_and_right_and_the_gates_on_the_border(site: Site) -> None:
    layout = plan(site)
    middle = layout.width / 2
    for name, box in layout.boxes.items():
        half = site.devices[name].half
        assert (box.centre < middle) == (half is Half.A), name
        assert (box.centre > middle) == (half is Half.B), name
    region = internet_region(site, layout)
    assert region is not None
    inside = {n for n, box in layout.boxes.items() if overlap(area(box), area(region))}
    assert inside == {"fwx", "inet", "gap-a", "gap-b"}
    assert layout.boxes["gap-a"].x < region.x < layout.boxes["gap-a"].right
    assert layout.boxes["gap-b"].x < region.right < layout.boxes["gap-b"].right


@SITES
@pytest.mark.parametrize("language", Language)
def test_a_picture_is_a_file_by_itself(any_site: Site, language: Language) -> None:
    for text in (
        topology_picture(any_site, Speech(language)),
        rack_picture(any_site, Speech(language)),
    ):
        root = ElementTree.fromstring(text)  # noqa: S314 - our own text
        assert root.tag == f"{SVG}svg"
        names = {element.tag.removeprefix(SVG) for element in root.iter()}
        assert names <= {"svg", "title", "desc", "rect", "path", "text", "g"}
        used = {name for element in root.iter() for name in element.attrib}
        assert not used & {"style", "href", "onload", "onclick"}
        identifiers = [element.get("id") for element in root.iter() if element.get("id")]
        assert len(identifiers) == len(set(identifiers))
        assert set((root.get("aria-labelledby") or "").split()) <= set(identifiers)


@pytest.mark.parametrize("language", Language)
def test_the_topology_names_every_device_port_and_address_of_a_cable(
    site: Site, language: Language
) -> None:
    text = topology_picture(site, Speech(language))
    for device in site.devices.values():
        assert f"{device.name} " in text, device.name
    for link in drawn_links(site):
        for end in link.ends:
            assert f">{end.port}" in text, end
    for network in site.networks.values():
        if network.is_point_to_point:
            for device in network.members:
                assert str(network.interface_of(device)) in text
    for circuit in site.circuits.values():
        assert circuit.contract_number in text
    assert "sw-1 " in text


def test_every_rack_is_drawn_with_its_devices(site: Site) -> None:
    root = ElementTree.fromstring(rack_picture(site, Speech(Language.CHINESE)))  # noqa: S314
    racks = {g.get("id"): g for g in root.iter(f"{SVG}g") if g.get("class") == "rack"}
    assert set(racks) == {f"racks-rack-{name}" for name in site.racks}
    for name in site.racks:
        inside = {
            g.get("id") for g in racks[f"racks-rack-{name}"].iter(f"{SVG}g")
            if g.get("class") == "device"
        }  # fmt: skip
        assert inside == {f"racks-device-{d.name}" for d in site.devices.values() if d.rack == name}


def test_what_is_declared_is_text_and_never_an_element() -> None:
    canvas = Canvas('<b>"&', "<i>", "p")
    with canvas.group("device", '"><x', "</title><script>"):
        canvas.text(0, 0, "<script>alert(1)</script>", 12)
    root = ElementTree.fromstring(canvas.render(10, 10))  # noqa: S314
    assert {e.tag.removeprefix(SVG) for e in root.iter()} == {
        "svg", "title", "desc", "rect", "g", "text",
    }  # fmt: skip
