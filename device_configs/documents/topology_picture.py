"""The topology picture of the whole declared centre as one SVG (pure)."""

from collections.abc import Iterable, Iterator

from device_configs.documents.lettering import fitting_size
from device_configs.documents.places import place_of, units_of
from device_configs.documents.speech import Speech
from device_configs.documents.svg import DIM, FRAME, INK, PAPER, Canvas, Point
from device_configs.documents.topology_notes import (
    Note,
    drawn_zones,
    management_notes,
    segment_note,
    zone_colour,
)
from device_configs.documents.topology_plan import LEFT, DrawnDevice, TopologyPlan, plan
from device_configs.documents.topology_wires import LABEL, LINE, Label, Wire, wires
from device_configs.documents.wire_sides import MARGIN
from device_configs.documents.words import half_word
from device_configs.site.model import Circuit, Device, LinkKind, Site

TITLE, NAME, TEXT = 30.0, 18.0, 14.0
GROUND = "#f1f3f5"
INTERNET_GROUND, INTERNET_EDGE = "#fdf3f1", "#b3261e"
PLATE = "#fff8e1"
PLATE_WIDTH, PLATE_HEIGHT = 216.0, 56.0
STRIP = 344.0
FAST_MBPS, MIDDLE_MBPS = 10_000, 1_000


def topology_picture(site: Site, speech: Speech) -> str:
    """Both halves, the Internet behind the gate, circuits, cables with ports and addresses."""
    _ = speech.gettext
    layout = plan(site)
    drawn = wires(site, layout)
    title = _("%(site)s 网络拓扑图") % {"site": speech.title(site.title)}
    canvas = Canvas(title, _description(site, speech), "topology")
    canvas.text(LEFT, 54, title, TITLE, bold=True)
    canvas.text(LEFT, 82, _description(site, speech), TEXT, fill=DIM)
    _draw_grounds(canvas, site, layout, speech)
    for wire in drawn:
        _draw_wire(canvas, site, wire)
    for wire in drawn:
        if wire.link.circuit is not None:
            _draw_plate(canvas, site, wire, site.circuits[wire.link.circuit], speech)
    for name, box in layout.boxes.items():
        _draw_device(canvas, site, site.devices[name], box, speech)
    x = layout.width
    bottom = _draw_notes(canvas, site, layout, x, speech)
    return canvas.render(x + STRIP + 30, max(layout.height, bottom) + 50)


def _description(site: Site, speech: Speech) -> str:
    ours = sum(device.is_ours for device in site.devices.values())
    return speech.gettext(
        "%(devices)d台设备，%(links)d条线缆，%(circuits)d条专线，%(seats)d个席位；"
        "线端标注接口、插口与地址"
    ) % {
        "devices": ours,
        "links": len(site.links),
        "circuits": len(site.circuits),
        "seats": len(site.seats),
    }


def _draw_grounds(canvas: Canvas, site: Site, layout: TopologyPlan, speech: Speech) -> None:
    _ = speech.gettext
    for half, ground in layout.halves:
        canvas.rectangle(ground.x, ground.y, ground.width, ground.height,
                         fill=GROUND, stroke="none", radius=10)  # fmt: skip
        canvas.text(ground.x + 14, ground.y + 24, half_word(half, _), NAME, bold=True, fill=DIM)
    region = internet_region(site, layout)
    if region is None:
        return
    canvas.rectangle(region.x, region.y, region.width, region.height, fill=INTERNET_GROUND,
                     stroke=INTERNET_EDGE, stroke_width=2, radius=10, dash="10 6")  # fmt: skip
    at = region.bottom - 18
    canvas.text(region.x + 16, at, _("互联网侧"), NAME, bold=True, fill=INTERNET_EDGE)
    canvas.text(region.x + 16, at - 24, _("虚线为物理隔离，仅经网闸通行"), TEXT, fill=INTERNET_EDGE)


def internet_region(site: Site, layout: TopologyPlan) -> DrawnDevice | None:
    """What stands on the Internet side alone, out to the middle of the gates beside it."""
    sides = {name: _sides_of(site, name) for name in layout.boxes}
    inside = [layout.boxes[name] for name, found in sides.items() if found == {"internet"}]
    if not inside:
        return None
    gates = [layout.boxes[name] for name, found in sides.items()
             if "internet" in found and len(found) > 1]  # fmt: skip
    left = min(box.x for box in inside) - 40
    right = max(box.right for box in inside) + 40
    left = min([left, *(g.centre for g in gates if g.centre < left)])
    right = max([right, *(g.centre for g in gates if g.centre > right)])
    top = min(box.y for box in inside) - 16
    bottom = max(box.bottom for box in inside) + 16
    return DrawnDevice("internet", 0, left, top, right - left, bottom - top)


def _sides_of(site: Site, name: str) -> set[str]:
    networks = site.networks_of[name]
    return {str(site.zones[n.zone].side) for n in networks} - {"management"}


def _draw_wire(canvas: Canvas, site: Site, wire: Wire) -> None:
    link = wire.link
    colour = zone_colour(site, site.networks[link.network].zone)
    mbps = link.bandwidth_mbps or 0
    width = 2.6 if mbps >= FAST_MBPS else 1.8 if mbps >= MIDDLE_MBPS else 1.2
    with canvas.group("link", link.name, f"{link.name}: {link.a} - {link.b}"):
        canvas.path(wire.points, colour, width, "" if link.redundant else "7 4")
        for label in wire.labels:
            _draw_label(canvas, label, colour)


def _draw_label(canvas: Canvas, label: Label, colour: str) -> None:
    above = label.y - 6 if label.level else label.y
    below = label.y + LINE
    canvas.text(label.x, above, label.port, LABEL, anchor=label.anchor)
    if label.address:
        canvas.text(label.x, below, label.address, LABEL, anchor=label.anchor, fill=colour)


def _draw_plate(canvas: Canvas, site: Site, wire: Wire, circuit: Circuit, speech: Speech) -> None:
    """The circuit at its line: bandwidth, carrier and its fault phone, contract, ducts."""
    provider = site.providers[circuit.provider]
    ducts = (speech.title(site.ducts[name].title) for name in wire.link.ducts)
    lines = (
        f"{speech.title(circuit.title)} {circuit.bandwidth_mbps} Mbit/s",
        f"{speech.title(provider.title)} {provider.fault_phone}",
        " · ".join((circuit.contract_number, *ducts)),
    )
    x, y = wire.plate
    top = y - PLATE_HEIGHT / 2
    if any(label.level for label in wire.labels):
        top = y - PLATE_HEIGHT - LINE - MARGIN
    box = DrawnDevice(circuit.name, 0, x - PLATE_WIDTH / 2, top, PLATE_WIDTH, PLATE_HEIGHT)
    with canvas.group("circuit", wire.link.name, f"{circuit.name} {lines[0]}"):
        canvas.rectangle(box.x, box.y, box.width, box.height, fill=PLATE, stroke="#c99a2e")
        for at, line in enumerate(lines, 1):
            canvas.text(x, top + at * LINE - 1, line, _size(line, LABEL, box), anchor="middle",
                        bold=at == 1)  # fmt: skip


def _draw_device(
    canvas: Canvas, site: Site, device: Device, box: DrawnDevice, speech: Speech
) -> None:
    title = speech.title(device.title)
    ours = device.is_ours
    with canvas.group("device", device.name, f"{device.name} {title}"):
        canvas.rectangle(box.x, box.y, box.width, box.height, fill=PAPER if ours else "#eef3f8",
                         stroke=FRAME if ours else "#2d6fa3", stroke_width=1.6,
                         radius=5 if ours else 18)  # fmt: skip
        lines = list(device_lines(site, device, box.height < 4 * LINE, speech))
        name = f"{device.name} {title}"
        y = box.y + 22 if box.tall else box.middle - (len(lines) * LINE) / 2 + 5
        canvas.text(box.centre, y, name, _size(name, NAME, box), anchor="middle", bold=True)
        for at, line in enumerate(lines, 1):
            size = _size(line, TEXT, box)
            canvas.text(box.centre, y + 4 + at * LINE, line, size, anchor="middle", fill=DIM)


def _size(text: str, size: float, box: DrawnDevice) -> float:
    return fitting_size(text, size, box.width - 2 * MARGIN)


def device_lines(site: Site, device: Device, flat: bool, speech: Speech) -> Iterable[str]:
    """What stands in a box below the name; a ``flat`` box takes all of it in one line."""
    place = place_of(site, device.name)
    if device.asset is not None:
        place = f"{device.rack} {units_of(device.asset)}"
    captions = [
        "" if device.asset is None else device.asset.model,
        *_use_texts(site, device, speech),
        " ".join(filter(None, (place, str(device.management_address or "")))),
        "" if device.loopback is None else f"lo {device.loopback}",
    ]
    lines = [line for line in captions if line]
    return [" · ".join(lines)] if flat and lines else lines


def _use_texts(site: Site, device: Device, speech: Speech) -> Iterator[str]:
    """Its seats, the segments it switches, the services it provides."""
    seats = [link for link in site.links_of[device.name] if link.kind is LinkKind.SEAT]
    if seats:
        yield speech.gettext("席位%(count)d个") % {"count": len(seats)}
    for network in site.networks_of[device.name]:
        if device.name in network.bridges and network.vlan is not None:
            yield f"VLAN {network.vlan} {network.prefix}"
    for service in site.services.values():
        if device.name in service.hosts:
            yield speech.title(service.title)


def _draw_notes(
    canvas: Canvas, site: Site, layout: TopologyPlan, x: float, speech: Speech
) -> float:
    """The strip on the right; its lowest edge."""
    _ = speech.gettext
    y = 54.0
    canvas.text(x, y, _("管理网（逐口列出，不画线）"), NAME, bold=True)
    for note in management_notes(site, speech):
        y = _draw_note(canvas, note, x, y + 30, (0, 58, 160, 222))
    for device in site.devices.values():
        if device.is_ours and device.name not in layout.boxes:
            box = DrawnDevice(device.name, 0, x, y + 18, STRIP, 84)
            _draw_device(canvas, site, device, box, speech)
            y = box.bottom
    y += 44
    segments = segment_note(site, speech)
    canvas.text(x, y, segments.title, NAME, bold=True)
    y = _draw_note(canvas, Note("", segments.lines), x, y, (0, 110, 200))
    y += 44
    canvas.text(x, y, _("图例"), NAME, bold=True)
    return _draw_legend(canvas, site, x, y, speech)


def _draw_note(canvas: Canvas, note: Note, x: float, y: float, columns: tuple[float, ...]) -> float:
    if note.title:
        canvas.text(x, y, note.title, TEXT, bold=True)
    for line in note.lines:
        y += LINE + 3
        for at, cell in zip(columns, line, strict=True):
            if cell:
                canvas.text(x + at, y, cell, TEXT, fill=INK if line[0] else DIM)
    return y


def _draw_legend(canvas: Canvas, site: Site, x: float, y: float, speech: Speech) -> float:
    _ = speech.gettext
    samples: list[tuple[str, float, str, str]] = [
        (zone_colour(site, zone.name), 2.6, "", f"{speech.title(zone.title)} ({zone.name})")
        for zone in drawn_zones(site)
    ]
    samples += [
        (INK, 2.6, "", _("10 Gbit/s 及以上")),
        (INK, 1.8, "", _("1 Gbit/s 及以上")),
        (INK, 1.2, "", _("低于 1 Gbit/s")),
        (INK, 1.8, "7 4", _("单条，无第二条")),
    ]
    for colour, width, dash, word in samples:
        y += LINE + 5
        line: tuple[Point, Point] = ((x, y - 5), (x + 46, y - 5))
        canvas.path(line, colour, width, dash)
        canvas.text(x + 58, y, word, TEXT)
    return y
