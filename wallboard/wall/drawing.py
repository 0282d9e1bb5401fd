"""The topology as it is drawn now: the plan of the site filled with the present state (pure)."""

from dataclasses import dataclass
from functools import cached_property

from device_configs.documents.lettering import text_width
from device_configs.site.model import Circuit, Site
from ops_core.kernel.i18n import Translate
from ops_core.kernel.times import minute_time
from wallboard.formats import milliseconds, throughput
from wallboard.wall.routes import Route, path_data, routes
from wallboard.wall.state import (
    CircuitView,
    Condition,
    LinkView,
    NetworkView,
    NodeView,
    RedundancyRole,
)
from wallboard.wall.topology import FONT, PADDING, Box, WallPlan, plan
from wallboard.wall.words import condition_word, redundancy_name, redundancy_word

BLURRED = (
    Condition.UNKNOWN,
    Condition.UNWATCHED,
    Condition.SUSPECTED,
    Condition.AGENT_SILENT,
)
CAPTION_FONTS = (54.0, 48.0)
SIGN_WIDTH = 36.0


@dataclass(frozen=True, slots=True)
class DrawnLine:
    """A drawn link: ``style`` is one of ok, on, cut, lost, unknown, maintenance."""

    style: str
    path: str
    own: str
    mark: tuple[float, float] | None
    management: bool


@dataclass(frozen=True, slots=True)
class Node:
    """A drawn device; ``texts`` are (x, baseline, anchor, text) of its title.

    ``sign`` is where the triangle of a device that is down stands: left edge and baseline.
    """

    box: Box
    style: str
    texts: tuple[tuple[float, float, str, str], ...]
    sign: tuple[float, float] | None
    mark: str
    word: str
    href: str


@dataclass(frozen=True, slots=True)
class CircuitBox:
    """A drawn circuit; ``fill`` is the width of its utilisation bar, None when unknown."""

    box: Box
    style: str
    title: str
    redundancy: str
    caption: str
    caption_font: float
    fill: float | None
    word: str
    href: str


@dataclass(frozen=True, slots=True)
class Drawing:
    lines: tuple[DrawnLine, ...]
    nodes: tuple[Node, ...]
    circuits: tuple[CircuitBox, ...]
    isolation_x: float | None


class NetworkRenderer:
    """Knows the plan of one site in one language and draws states into it."""

    def __init__(self, site: Site, language: str) -> None:
        self._site = site
        self._language = language

    @cached_property
    def _plan(self) -> WallPlan:
        return plan(self._site, self._language)

    @cached_property
    def _routes(self) -> tuple[Route, ...]:
        return routes(self._site, self._plan)

    def draw(self, network: NetworkView, translate: Translate) -> Drawing:
        links = {link.name: link for link in network.links}
        nodes = {node.name: node for node in network.nodes}
        circuits = {circuit.name: circuit for circuit in network.circuits}
        lines = [_line(route, links) for route in self._routes]
        lines.sort(key=lambda line: ("unknown", "lost", "ok", "on", "cut").index(line.style))
        return Drawing(
            lines=tuple(lines),
            nodes=tuple(
                _node(box, nodes.get(name) or NodeView(name, Condition.UNKNOWN), translate)
                for name, box in self._plan.devices.items()
            ),
            circuits=tuple(
                _circuit(
                    self._site.circuits[name],
                    box,
                    circuits.get(name) or CircuitView(name, Condition.UNKNOWN),
                    translate,
                )
                for name, box in self._plan.circuits.items()
            ),
            isolation_x=self._plan.isolation_x,
        )


def _line(route: Route, links: dict[str, LinkView]) -> DrawnLine:
    views = [links.get(name) or LinkView(name, Condition.UNKNOWN) for name in route.links]
    conditions = {view.condition for view in views}
    cut = Condition.DOWN in conditions
    if cut:
        style = "cut"
    elif Condition.UNREACHABLE in conditions:
        style = "lost"
    elif conditions & set(BLURRED):
        style = "unknown"
    else:
        style = "on" if any(view.active for view in views) else "ok"
    mark = route.mark if cut else None
    return DrawnLine(style, path_data(route.points), path_data(route.own), mark, route.management)


def _node(box: Box, view: NodeView, translate: Translate) -> Node:
    style = view.condition.value
    if view.condition is Condition.OK and view.redundancy is RedundancyRole.ACTIVE:
        style = "ok on"
    down = view.condition is Condition.DOWN
    mark = redundancy_word(view.redundancy, translate)
    words = (condition_word(view.condition, translate), redundancy_name(view.redundancy, translate))
    texts, sign = _texts(box, bool(mark), SIGN_WIDTH if down else 0.0)
    return Node(
        box,
        style,
        texts,
        sign if down else None,
        mark if _room_for(box, mark, SIGN_WIDTH if down else 0.0) else "",
        " ".join(filter(None, words)),
        f"/devices#{box.name}",
    )


def _room_for(box: Box, mark: str, sign: float) -> bool:
    taken = sign + max(text_width(line, FONT) for line in box.lines)
    return bool(mark) and taken + text_width(mark, FONT) + 2 * PADDING + 10 <= box.width


def _texts(
    box: Box, marked: bool, sign: float
) -> tuple[tuple[tuple[float, float, str, str], ...], tuple[float, float]]:
    """The lines of a title, and where its sign stands: before the first line."""
    left = not box.narrow or marked
    x, anchor = (box.x + PADDING, "start") if left else (box.centre, "middle")
    baselines = (box.middle + 17,) if len(box.lines) == 1 else (box.middle - 10, box.middle + 44)
    lines = [(x, y, anchor, text) for y, text in zip(baselines, box.lines, strict=True)]
    first = box.lines[0]
    start = x if left else x - (text_width(first, FONT) + sign) / 2
    lines[0] = (x + (sign if left else sign / 2), baselines[0], anchor, first)
    return tuple(lines), (start, baselines[0])


def _circuit(circuit: Circuit, box: Box, view: CircuitView, translate: Translate) -> CircuitBox:
    measured = view.throughput_bps is not None and view.condition is Condition.OK
    redundancy = (
        redundancy_name(view.redundancy, translate) if view.condition is Condition.OK else ""
    )
    if text_width(box.lines[0] + redundancy, FONT) + 3 * PADDING > box.width:
        redundancy = redundancy_word(view.redundancy, translate)
    load = (view.throughput_bps or 0.0) / (circuit.bandwidth_mbps * 1e6)
    caption, caption_font = _caption(box, view, translate)
    return CircuitBox(
        box=box,
        style=view.condition.value + (" on" if view.redundancy is RedundancyRole.ACTIVE else ""),
        title=box.lines[0],
        redundancy=redundancy,
        caption=caption,
        caption_font=caption_font,
        fill=min(1.0, load) * (box.width - 2 * PADDING) if measured else None,
        word=condition_word(view.condition, translate),
        href=f"/circuits/{circuit.name}",
    )


def _caption(box: Box, view: CircuitView, translate: Translate) -> tuple[str, float]:
    """What the box says of the circuit, and how large: figures, or what is wrong and since when."""
    _ = translate
    room = box.width - 2 * PADDING
    since = minute_time(view.since) if view.since else ""
    if view.condition is Condition.UNKNOWN:
        return _longest(room, f"{_('数据中断')} {since}".strip(), _("数据中断"))
    if view.condition is not Condition.OK:
        sign = "▲ " if view.condition is Condition.DOWN else ""
        word = condition_word(view.condition, translate)
        return _longest(room, f"{sign}{word} {since}".strip(), f"{sign}{word}")
    figures = [] if view.throughput_bps is None else [throughput(view.throughput_bps)]
    if view.latency_ms is not None:
        figures.append(milliseconds(view.latency_ms))
    both = "　".join(figures)
    return _longest(room, both, figures[0] if figures else condition_word(view.condition, _))


def _longest(room: float, *candidates: str) -> tuple[str, float]:
    """The first candidate that fits in either size, else the last in the smaller one."""
    for candidate in filter(None, candidates):
        for font in CAPTION_FONTS:
            if text_width(candidate, font) <= room:
                return candidate, font
    return candidates[-1], CAPTION_FONTS[-1]
