"""The files of a declaration with one more floor in them (pure)."""

import csv
import io
from collections.abc import Callable, Mapping

import yaml

from device_configs.site.documents import SeatGroup
from device_configs.site.growth.floor import FloorPattern, NewFloor
from device_configs.site.growth.yaml_edits import (
    EditRefused,
    YamlEdits,
    child,
    items,
    lists_with,
    pairs,
    scalar,
)
from device_configs.site.seat_groups import COUNTED, GROUPS, SHARED, expanded_seats
from device_configs.site.seat_table import COLUMNS, SEATS


def edited_files(
    files: Mapping[str, str], pattern: FloorPattern, floor: NewFloor
) -> dict[str, str]:
    """The texts that change, by file name. ``files`` are those of the declaration.

    Raises :class:`EditRefused` for a file that is not written as an item a line or block.
    """
    edits: Mapping[str, Callable[[YamlEdits, FloorPattern, NewFloor], None]] = {
        "hosts.yml": _hosts,
        "networks.yml": _networks,
        "links.yml": _links,
        "premises.yml": _premises,
        "risks.yml": _lists,
        "objects.yml": _lists,
    }
    changed = {}
    for name, edit in edits.items():
        if name in files:
            found = YamlEdits(name, files[name])
            try:
                edit(found, pattern, floor)
            except KeyError as missing:
                raise EditRefused(f"{name}: {missing} is not where it is expected") from missing
            changed[name] = found.text
    file = GROUPS if GROUPS in files else SEATS
    if file not in files:
        raise EditRefused(f"there is no {SEATS}; write the seats into it first")
    changed[file] = (_group if file == GROUPS else _seats)(files[file], floor)
    return {name: text for name, text in changed.items() if text != files[name]}


def _hosts(edits: YamlEdits, pattern: FloorPattern, floor: NewFloor) -> None:
    roles = child(edits.root, "all", "children")
    for _, (_, role) in pairs(roles):
        for name, (key, device) in pairs(child(role, "hosts")):
            if name == pattern.switch.name:
                words = {**_place(device, floor), **floor.words}
                edits.copy_below(device, key, words)
            elif name in floor.sockets:
                entry = f"{floor.switch}: {floor.sockets[name]}"
                edits.append(child(device, "ports"), entry)


def _place(device: yaml.Node, floor: NewFloor) -> dict[str, str]:
    """Where the wall shows it; nothing for one that it does not show."""
    wall = dict(pairs(device)).get("wall")
    return {} if wall is None else {str(scalar(wall[1], "column")): str(floor.column)}


def _networks(edits: YamlEdits, pattern: FloorPattern, floor: NewFloor) -> None:
    for network in items(child(edits.root, "networks")):
        if scalar(network, "name") == pattern.network.name:
            numbers = {str(old): str(new) for old, new in floor.router_ids.items()}
            if pattern.network.vlan is not None:
                numbers[str(pattern.network.vlan)] = str(floor.vlan)
            edits.copy_below(network, None, {**numbers, **floor.words})


def _links(edits: YamlEdits, pattern: FloorPattern, floor: NewFloor) -> None:
    own = pattern.switch.name
    links = [one for one in items(child(edits.root, "links")) if own in _ends(one)]
    for link in links:
        edits.copy_below(link, None, floor.words)


def _ends(link: yaml.Node) -> tuple[str | None, str | None]:
    return scalar(link, "a"), scalar(link, "b")


def _premises(edits: YamlEdits, pattern: FloorPattern, floor: NewFloor) -> None:
    for rack in items(child(edits.root, "racks")):
        if scalar(rack, "name") == pattern.switch.rack:
            edits.copy_below(rack, None, floor.words)


def _lists(edits: YamlEdits, pattern: FloorPattern, floor: NewFloor) -> None:
    """Whatever names the pattern in a list names the new floor as well."""
    rack = pattern.switch.rack
    for old, new in (
        (pattern.switch.name, floor.switch), (pattern.network.name, floor.network),
        (f"rack:{rack}", f'"rack:{floor.rack}"'),
    ):  # fmt: skip
        for found in lists_with(edits.root, old):
            edits.append(found, new)


def _group(text: str, floor: NewFloor) -> str:
    """One more group behind the others, which says all of its seats."""
    first, last = floor.seats[0], floor.seats[-1]
    counted: dict[str, object] = {field: getattr(first, field) for field in COUNTED}
    shared = {field: getattr(first, field) for field in SHARED}
    written: dict[str, object] = {
        "name": floor.network,
        "numbers": [first.number, last.number],
        **shared,
        "first": {**counted, "address": str(first.address)},
    }
    group = SeatGroup.model_validate(written)
    columns = set(COLUMNS)
    if [seat.values for seat in expanded_seats([group], ())] != [
        seat.model_dump(include=columns) for seat in floor.seats
    ]:
        raise EditRefused(f"{GROUPS}: what the new seats need does not count on; write them there")
    edits = YamlEdits(GROUPS, text)
    line = yaml.safe_dump(written, default_flow_style=True, sort_keys=False, width=10**6)
    edits.item_below(items(child(edits.root, "seat_groups"))[-1], line.strip())
    return edits.text


def _seats(text: str, floor: NewFloor) -> str:
    """The rows behind the others, in the columns of the file."""
    header = next(csv.reader(io.StringIO(text)))
    rows = io.StringIO()
    writer = csv.DictWriter(rows, [name.strip() for name in header], lineterminator="\n")
    writer.writerows({name.strip(): getattr(seat, name.strip()) for name in header}
                     for seat in floor.seats)  # fmt: skip
    return f"{text}{'' if text.endswith(chr(10)) else chr(10)}{rows.getvalue()}"
