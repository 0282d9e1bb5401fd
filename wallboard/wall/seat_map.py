"""The seat map: where each declared seat is drawn, filled with the present state (pure)."""

from dataclasses import dataclass

from device_configs.site.model import Site
from wallboard.wall.state import SeatCondition, SeatsView, SeatView

CELL_WIDTH, CELL_HEIGHT = 86.0, 66.0
GAP, AISLE = 8.0, 22.0


@dataclass(frozen=True, slots=True)
class SeatBox:
    x: float
    y: float
    view: SeatView


@dataclass(frozen=True, slots=True)
class SeatMap:
    width: float
    height: float
    boxes: tuple[SeatBox, ...]


def seat_map(site: Site, seats: SeatsView) -> SeatMap:
    """Rows stand in pairs, and an aisle parts the columns in two halves."""
    known = {seat.number: seat for seat in seats.seats}
    places = list(site.seats.values())
    rows = max((seat.row for seat in places), default=1)
    columns = max((seat.column for seat in places), default=1)
    half = columns // 2
    boxes = []
    for seat in places:
        column, row = seat.column - 1, seat.row - 1
        x = column * (CELL_WIDTH + GAP) + (AISLE if column >= half else 0)
        y = row * (CELL_HEIGHT + GAP) + (row // 2) * (AISLE - GAP)
        view = known.get(seat.number) or SeatView(seat.number, SeatCondition.UNKNOWN)
        boxes.append(SeatBox(x, y, view))
    width = columns * (CELL_WIDTH + GAP) - GAP + AISLE
    height = rows * (CELL_HEIGHT + GAP) - GAP + ((rows - 1) // 2) * (AISLE - GAP)
    return SeatMap(width, height, tuple(boxes))
