"""Where everything stands on the wall's topology, from the declared positions (pure).

Coordinates are design px of the 3840x2160 wall: the drawing is shown at scale 1, so a 48 px text
here is a 48 px text on the wall. Devices keep their column; boxes narrow where neighbours are near.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from device_configs.documents.lettering import fit_lines
from device_configs.site.model import (
    Circuit,
    Device,
    DeviceRole,
    FilterPlace,
    Site,
    Title,
    WallPosition,
)

WIDTH, HEIGHT = 2408.0, 1048.0
FONT = 48.0
COLUMN = 100.0
LEFT = 4.0
CIRCUIT_HEIGHT = 162.0
CIRCUIT_WIDTH = 540.0
BOX_WIDTH = 352.0
BOX_HEIGHT = 92.0
TALL_BOX_HEIGHT = 118.0
PADDING = 22.0
ROW_CENTRES = (CIRCUIT_HEIGHT / 2, 276.0, 426.0, 578.0, 778.0, 986.0)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle with up to two lines of text; ``narrow`` boxes centre theirs."""

    name: str
    row: int
    x: float
    y: float
    width: float
    height: float
    lines: tuple[str, ...]
    narrow: bool

    @property
    def centre(self) -> float:
        return self.x + self.width / 2

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def middle(self) -> float:
        return self.y + self.height / 2

    def spans(self, x: float, margin: float = 24) -> bool:
        """Whether a vertical line at ``x`` meets the box well inside its edges."""
        return self.x + margin <= x <= self.right - margin


@dataclass(frozen=True, slots=True)
class WallPlan:
    """All boxes by name; circuits and devices share one name space on the wall."""

    circuits: Mapping[str, Box]
    devices: Mapping[str, Box]
    isolation_x: float | None
    """Where the physical separation of the two networks (A2) is drawn."""

    @property
    def boxes(self) -> tuple[Box, ...]:
        return (*self.circuits.values(), *self.devices.values())


def plan(site: Site, language: str) -> WallPlan:
    """Boxes for every circuit and every device that declares a wall position."""
    drawn = [(device, device.wall) for device in site.devices.values() if device.wall is not None]
    circuits = tuple(site.circuits.values())
    circuit_boxes = {c.name: _circuit_box(c, circuits, language) for c in circuits}
    placed: dict[int, list[float]] = defaultdict(list)
    for _, position in drawn:
        placed[int(position.row)].append(column_x(position.column))
    device_boxes = {
        device.name: _device_box(device, position, placed[int(position.row)], language)
        for device, position in drawn
    }
    return WallPlan(circuit_boxes, device_boxes, _isolation(site, device_boxes, circuit_boxes))


def row_centre(row: float) -> float:
    """Vertical centre of a row; rows past the last keep its distance."""
    whole = min(int(row), len(ROW_CENTRES) - 1)
    return ROW_CENTRES[whole]


def column_x(column: float) -> float:
    return LEFT + column * COLUMN


def title_in(title: Title, language: str) -> str:
    return title.en if language == "en" else title.zh


def _circuit_box(circuit: Circuit, circuits: tuple[Circuit, ...], language: str) -> Box:
    x = column_x(circuit.wall.column)
    others = [column_x(o.wall.column) for o in circuits if o.name != circuit.name]
    width = _room(x, others, CIRCUIT_WIDTH, gap=60)
    lines = fit_lines(title_in(circuit.title, language), circuit.name, width - 2 * PADDING, FONT)
    return Box(circuit.name, 0, x - width / 2, 0, width, CIRCUIT_HEIGHT, lines[:1], narrow=False)


def _device_box(device: Device, position: WallPosition, row_xs: list[float], language: str) -> Box:
    row, x = int(position.row), column_x(position.column)
    others = [other for other in row_xs if other != x]
    width = _room(x, others, BOX_WIDTH, gap=14)
    narrow = width < BOX_WIDTH
    inner = width - (12 if width < 200 else PADDING)
    lines = fit_lines(title_in(device.title, language), device.name, inner, FONT)
    height = TALL_BOX_HEIGHT if len(lines) > 1 else BOX_HEIGHT
    return Box(
        device.name, row, x - width / 2, row_centre(row) - height / 2, width, height, lines, narrow
    )


def _room(x: float, others: list[float], preferred: float, gap: float) -> float:
    """The width a box centred on ``x`` may take beside its neighbours and inside the drawing."""
    widths = [preferred, 2 * (x - 2), 2 * (WIDTH - 2 - x)]
    widths += [abs(x - other) - gap for other in others]
    return min(widths)


def _is_at_the_boundary(role: DeviceRole) -> bool:
    return role.isolates or role.filtering is FilterPlace.BOUNDARY


def _isolation(site: Site, boxes: Mapping[str, Box], circuits: Mapping[str, Box]) -> float | None:
    edge = [boxes[d.name].x for d in site.devices_where(_is_at_the_boundary) if d.name in boxes]
    if not edge:
        return None
    left = min(edge)
    beside = [box.x for box in circuits.values() if box.x >= left - 20]
    return min([left, *beside]) - 62
