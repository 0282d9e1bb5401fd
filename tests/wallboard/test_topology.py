"""The topology's geometry: nothing overlaps, nothing crosses a box, no text leaves its box."""

from itertools import combinations

import pytest

from device_configs.documents.lettering import fit_lines, text_width
from device_configs.site.model import LinkKind, Site
from tests.wallboard.conftest import NOW
from tests.wallboard.sample import network, with_nodes
from wallboard.wall.drawing import NetworkRenderer
from wallboard.wall.routes import Point, routes
from wallboard.wall.state import Condition
from wallboard.wall.topology import FONT, HEIGHT, WIDTH, Box, plan


def same(text: str) -> str:
    return text


def overlap(one: Box, other: Box) -> bool:
    return (
        one.x < other.right
        and other.x < one.right
        and one.y < other.bottom
        and other.y < one.bottom
    )


def enters(box: Box, start: Point, end: Point) -> bool:
    """Whether a stretch passes through the inside of a box; sampled every four px."""
    length = max(abs(end[0] - start[0]), abs(end[1] - start[1]))
    steps = max(1, int(length // 4))
    for step in range(steps + 1):
        x = start[0] + (end[0] - start[0]) * step / steps
        y = start[1] + (end[1] - start[1]) * step / steps
        if box.x + 2 < x < box.right - 2 and box.y + 2 < y < box.bottom - 2:
            return True
    return False


@pytest.mark.parametrize("language", ["zh", "en"])
def test_boxes_stand_apart_and_inside_the_drawing(site: Site, language: str) -> None:
    boxes = plan(site, language).boxes
    for box in boxes:
        assert box.x >= 0, box
        assert box.y >= 0, box
        assert box.right <= WIDTH, box
        assert box.bottom <= HEIGHT, box
    for one, other in combinations(boxes, 2):
        assert not overlap(one, other), (one.name, other.name)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_line_crosses_a_box(site: Site, language: str) -> None:
    drawn = plan(site, language)
    for route in routes(site, drawn):
        for start, end in zip(route.points, route.points[1:], strict=False):
            crossed = [box.name for box in drawn.boxes if enters(box, start, end)]
            assert not crossed, (route.links, crossed)


def test_every_link_of_the_data_network_is_drawn_once(site: Site) -> None:
    drawn = [name for route in routes(site, plan(site, "zh")) for name in route.links]
    assert len(drawn) == len(set(drawn))
    left_out = (LinkKind.MANAGEMENT, LinkKind.SEAT)
    expected = {name for name, link in site.links.items() if link.kind not in left_out}
    assert expected <= set(drawn)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_titles_fit_their_boxes(site: Site, language: str) -> None:
    for box in plan(site, language).boxes:
        for line in box.lines:
            assert text_width(line, FONT) <= box.width, (box.name, line)


def test_a_title_is_broken_before_it_is_shortened() -> None:
    assert fit_lines("核心A", "core-a", 300, 48) == ("核心A",)
    assert fit_lines("语音网关A", "vg-a", 200, 48) == ("语音", "网关A")
    assert fit_lines("Management switch", "sw-mgmt", 330, 48) == ("Management", "switch")
    assert fit_lines("Voice gateway A", "vg-a", 150, 48) == ("vg-a",)


def test_a_cut_link_is_marked_on_its_own_stretch(site: Site) -> None:
    drawing = NetworkRenderer(site, "zh").draw(network(site, NOW), same)
    cut = [line for line in drawing.lines if line.style == "cut"]
    assert len(cut) == 1
    box = plan(site, "zh").devices["rt-a"]
    assert cut[0].mark is not None
    x, y = cut[0].mark
    assert x == box.centre
    assert y < box.y


def test_a_device_nobody_reported_is_drawn_as_unknown(site: Site) -> None:
    view = network(site, NOW)
    silent = view.__class__(view.as_of, (), (), ())
    drawing = NetworkRenderer(site, "zh").draw(silent, same)
    assert {node.style for node in drawing.nodes} == {"unknown"}
    assert {circuit.style for circuit in drawing.circuits} == {"unknown"}
    assert {line.style for line in drawing.lines} == {"unknown"}


def test_a_device_that_is_down_carries_its_sign_even_in_a_small_box(site: Site) -> None:
    view = with_nodes(network(site, NOW), sw_3=Condition.DOWN)
    node = next(
        n for n in NetworkRenderer(site, "zh").draw(view, same).nodes if n.box.name == "sw-3"
    )
    assert node.sign is not None
    x, _, anchor, title = node.texts[0]
    half = text_width(title, FONT) / 2
    assert anchor == "middle"
    assert node.box.x < node.sign[0]
    assert node.sign[0] + 30 <= x - half + 1
    assert x + half <= node.box.right
