"""The files of a declaration with one more floor in them (pure)."""

import csv
import io
from collections.abc import Callable, Mapping

import yaml

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

SEATS = "seats.csv"


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
    if SEATS not in files:
        raise EditRefused(f"there is no {SEATS}; write the seats into it first")
    changed[SEATS] = _seats(files[SEATS], floor)
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


def _seats(text: str, floor: NewFloor) -> str:
    """The rows behind the others, in the columns of the file."""
    header = next(csv.reader(io.StringIO(text)))
    rows = io.StringIO()
    writer = csv.DictWriter(rows, [name.strip() for name in header], lineterminator="\n")
    writer.writerows({name.strip(): getattr(seat, name.strip()) for name in header}
                     for seat in floor.seats)  # fmt: skip
    return f"{text}{'' if text.endswith(chr(10)) else chr(10)}{rows.getvalue()}"
