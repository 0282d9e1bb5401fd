"""The elevation of every rack as one SVG: what stands in which height unit, seen from the front."""

from collections.abc import Mapping, Sequence

from device_configs.documents.lettering import fitting_size, text_width
from device_configs.documents.places import units_of
from device_configs.documents.racks import Cabinet, Mounted, cabinets
from device_configs.documents.speech import Speech
from device_configs.documents.svg import DIM, FRAME, INK, Canvas
from device_configs.documents.words import half_word
from device_configs.site.model import Half, Site

UNIT = 24.0
RACK_WIDTH, RAIL = 330.0, 30.0
GAP, LEFT, TOP = 46.0, 50.0, 146.0
HEAD, FOOT = 66.0, 54.0
ACROSS = 6
"""Racks beside each other."""
TITLE, NAME, TEXT, SMALL = 30.0, 15.0, 12.0, 11.0
RAIL_FILL, EMPTY = "#e3e6e9", "#fafbfc"
_FILLS: Mapping[Half, str] = {Half.A: "#dbe7f3", Half.B: "#e6ecd9", Half.SHARED: "#f0eadb"}


def rack_picture(site: Site, speech: Speech) -> str:
    """Racks in the order of the declaration; unit 1 is at the bottom."""
    _ = speech.gettext
    found = cabinets(site)
    title = _("%(site)s 机柜图") % {"site": speech.title(site.title)}
    caption = _("%(racks)d个机柜，%(devices)d台设备；自下而上为U1起，正面视图") % {
        "racks": len(found),
        "devices": sum(len(cabinet.mounted) for cabinet in found),
    }
    canvas = Canvas(title, caption, "racks")
    canvas.text(LEFT, 54, title, TITLE, bold=True)
    canvas.text(LEFT, 82, caption, 14, fill=DIM)
    _draw_legend(canvas, speech)
    y, width = TOP, 0.0
    for row in _rows(found):
        tallest = max(cabinet.rack.units for cabinet in row) * UNIT
        for at, cabinet in enumerate(row):
            x = LEFT + at * (RACK_WIDTH + GAP)
            _draw_rack(canvas, site, cabinet, x, y, speech)
            width = max(width, x + RACK_WIDTH + LEFT)
        y += HEAD + tallest + FOOT
    return canvas.render(max(width, 2 * RACK_WIDTH), y)


def _draw_legend(canvas: Canvas, speech: Speech) -> None:
    x = LEFT
    for half, fill in _FILLS.items():
        canvas.rectangle(x, 96, 22, 14, fill=fill, radius=2)
        canvas.text(x + 30, 108, half_word(half, speech.gettext), TEXT)
        x += 120


def _rows(found: Sequence[Cabinet]) -> list[list[Cabinet]]:
    """Rooms begin a row of their own."""
    rows: list[list[Cabinet]] = []
    for cabinet in found:
        last = rows[-1] if rows else None
        if last is None or len(last) == ACROSS or last[0].rack.room != cabinet.rack.room:
            rows.append([cabinet])
        else:
            last.append(cabinet)
    return rows


def _draw_rack(
    canvas: Canvas, site: Site, cabinet: Cabinet, x: float, y: float, speech: Speech
) -> None:
    rack = cabinet.rack
    feeds = speech.comma.join(speech.title(site.feeds[name].title) for name in rack.feeds)
    top, height = y + HEAD, rack.units * UNIT
    with canvas.group("rack", rack.name, f"{rack.name} {speech.title(rack.title)}"):
        canvas.text(x, y + 16, f"{rack.name} {speech.title(rack.title)}", NAME + 2, bold=True)
        free = speech.gettext("%(room)s，%(units)dU，空闲%(free)dU") % {
            "room": rack.room, "units": rack.units, "free": cabinet.free_units
        }  # fmt: skip
        canvas.text(x, y + 36, free, TEXT, fill=DIM)
        canvas.text(x, y + 54, feeds, fitting_size(feeds, TEXT, RACK_WIDTH), fill=DIM)
        canvas.rectangle(x, top, RACK_WIDTH, height, fill=RAIL_FILL, stroke_width=2, radius=3)
        for unit in range(1, rack.units + 1):
            _draw_unit(canvas, x, top + height - unit * UNIT, unit)
        for mounted in cabinet.mounted:
            _draw_device(canvas, mounted, x, top + height - mounted.top * UNIT, speech)
        for at, device in enumerate(cabinet.unplaced, 1):
            word = speech.gettext("未定U位：%(device)s") % {"device": device.name}
            canvas.text(x, top + height + at * 16, word, TEXT)


def _draw_unit(canvas: Canvas, x: float, y: float, unit: int) -> None:
    inner = RACK_WIDTH - 2 * RAIL
    canvas.rectangle(x + RAIL, y, inner, UNIT, fill=EMPTY, stroke="#d5dade",
                     stroke_width=0.8, radius=0)  # fmt: skip
    canvas.text(x + RAIL / 2, y + UNIT - 8, str(unit), SMALL, anchor="middle", fill=DIM)


def _draw_device(canvas: Canvas, mounted: Mounted, x: float, y: float, speech: Speech) -> None:
    device, asset = mounted.device, mounted.asset
    height, inner = asset.height * UNIT, RACK_WIDTH - 2 * RAIL
    name = f"{device.name} {speech.title(device.title)}"
    caption = f"{asset.model} · {asset.serial} · {units_of(asset)}"
    with canvas.group("device", device.name, f"{name} {units_of(asset)}"):
        canvas.rectangle(x + RAIL, y + 1, inner, height - 2, fill=_FILLS[device.half],
                         stroke=FRAME, radius=2)  # fmt: skip
        if asset.height == 1:
            _write_next_to(canvas, name, asset.model, x + RAIL + 8, y + UNIT - 7, inner - 16)
            return
        middle, centre, room = x + RACK_WIDTH / 2, y + height / 2, inner - 16
        size = fitting_size(name, NAME, room)
        canvas.text(middle, centre - 2, name, size, anchor="middle", bold=True)
        canvas.text(
            middle, centre + 15, caption, fitting_size(caption, TEXT, room), anchor="middle"
        )


def _write_next_to(canvas: Canvas, name: str, model: str, x: float, y: float, room: float) -> None:
    """Name and model in one unit: the name takes what it needs, at most half."""
    taken = min(text_width(name, NAME), room / 2)
    canvas.text(x, y, name, fitting_size(name, NAME, taken), bold=True)
    size = fitting_size(model, TEXT, room - taken - 8)
    canvas.text(x + room, y, model, size, anchor="end", fill=INK)
