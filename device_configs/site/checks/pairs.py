"""Pairs of devices, platforms, and what may stand only once."""

import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from device_configs.site.documents import Documents
from device_configs.site.faults import Faults, nearest
from device_configs.site.model import Half

Holder = TypeVar("Holder")
Value = TypeVar("Value")

HOSTS = "hosts.yml"
TEMPLATES = Path(__file__).parents[2] / "templates"
"""A platform is a folder of templates."""


def check(documents: Documents, faults: Faults) -> None:
    """Report pairs that are none, unknown platforms, and what two items both claim."""
    known = platforms()
    for name, (_, device) in documents.devices.items():
        if device.platform not in known:
            faults.add(
                HOSTS,
                f"{name}.platform",
                f"no platform is named {device.platform!r}",
                nearest(device.platform, known) or "use one of the list",
                known,
            )
        if device.partner == name:
            faults.add(HOSTS, f"{name}.partner", "names the device itself", "name the other half")
        elif device.partner in documents.devices and name < str(device.partner):
            _pair(name, documents, faults, set(known))
    _serials(documents, faults)
    _seats(documents, faults)
    _displays_that_are_hosts(documents, faults)


def platforms() -> tuple[str, ...]:
    """The platforms that templates exist for, by name."""
    return tuple(sorted(folder.name for folder in TEMPLATES.iterdir() if folder.is_dir()))


def _pair(name: str, documents: Documents, faults: Faults, known: set[str]) -> None:
    """Two in hot standby share sessions, sockets and configuration: they are alike."""
    role, device = documents.devices[name]
    other_role, other = documents.devices[str(device.partner)]
    if role != other_role:
        faults.add(
            HOSTS,
            f"{name}.partner",
            f"{device.partner} is a {other_role}, this a {role}",
            "a pair has one role",
        )
        return
    if device.half == other.half and device.half is not Half.SHARED:
        faults.add(
            HOSTS,
            f"{name}.half",
            f"{device.half} is the half of its partner {device.partner}, too",
            "a pair has one device in each half",
        )
    models = tuple(f"{d.asset.vendor} {d.asset.model}" if d.asset else "" for d in (device, other))
    for what, mine, its in (
        ("platform", device.platform, other.platform),
        ("asset.model", *models),
    ):
        if mine and its and mine != its and (what != "platform" or {mine, its} <= known):
            faults.add(
                HOSTS,
                f"{name}.{what}",
                f"{mine} is not the {its} of its partner {device.partner}",
                "a pair in hot standby is of one model and platform",
            )


def _serials(documents: Documents, faults: Faults) -> None:
    serials = (
        (name, (device.asset.vendor, device.asset.serial))
        for name, (_, device) in documents.devices.items()
        if device.asset
    )
    for name, first, (_, serial) in _repeated(serials):
        faults.add(
            HOSTS,
            f"{name}.asset.serial",
            f"{serial} is the serial number of {first}, too",
            "read both off the devices",
        )


def looks_like(value: object) -> object:
    """What two values share that look the same to people: case, width, alphabets."""
    if isinstance(value, tuple):
        return tuple(looks_like(part) for part in value)
    if not isinstance(value, str):
        return value
    plain = unicodedata.normalize("NFKC", value).casefold()
    return "".join(plain.translate(_LOOK_ALIKE).split())


_LOOK_ALIKE = str.maketrans("авекмнорстухіјѕαβεζηικμνορτυχ", "abekmhopctyxijsabezhikmnoptyx")
"""Small letters of Cyrillic and Greek whose capitals look like Latin ones."""


def _seats(documents: Documents, faults: Faults) -> None:
    columns: tuple[tuple[str, str, list[tuple[int, object]]], ...] = (
        ("phone", "the phone", [(s.number, s.phone) for s in documents.seats]),
        ("host_asset", "the host", [(s.number, s.host_asset) for s in documents.seats]),
        (
            "display_asset",
            "a display",
            [
                (s.number, display.strip())
                for s in documents.seats
                for display in s.display_asset.split("+")
            ],
        ),
        ("row, column", "the place", [(s.number, (s.row, s.column)) for s in documents.seats]),
    )
    for column, what, found in columns:
        for number, first, value in _repeated((n, v) for n, v in found if v):
            if number == first:
                continue  # one seat twice is said of its number
            shown = f"row {value[0]}, column {value[1]}" if isinstance(value, tuple) else value
            default = documents.seat_places.get((number, column.split(",")[-1].strip()))
            whose = f"seat {number}: " if default else ""
            faults.add(
                *(default or (documents.seat_file, f"seat {number}")),
                f"{whose}{shown} is {what} of seat {first}, too",
                f"give every seat a {column} of its own",
            )


def _displays_that_are_hosts(documents: Documents, faults: Faults) -> None:
    hosts = {looks_like(seat.host_asset): seat.number for seat in documents.seats}
    for seat in documents.seats:
        for display in map(str.strip, seat.display_asset.split("+")):
            host_of = hosts.get(looks_like(display))
            if display and host_of is not None:
                faults.add(
                    *documents.seat_place(seat.number, "display_asset"),
                    f"{display} is the host of seat {host_of}",
                    "read both off the asset labels",
                )


def _repeated(
    found: Iterable[tuple[Holder, Value]],
) -> Iterable[tuple[Holder, Holder, Value]]:
    """(holder, who had it first, value) for every value that was there before."""
    first: dict[object, Holder] = {}
    for holder, value in found:
        owner = first.setdefault(looks_like(value), holder)
        if owner is not holder:
            yield holder, owner, value
