"""The seats of a declaration from groups that state what is alike, and rows of what differs (pure).

Row and groups are laid over each other field by field: the widest group first, then those within
it, then the row. What a row leaves blank, or has no column for, is as the groups say.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from itertools import combinations
from typing import Any

from device_configs.site.documents.seats import FirstSeat, SeatGroup, joined_parts
from device_configs.site.faults import Faults
from device_configs.site.seat_table import COLUMNS, SeatRow

GROUPS = "seats.yml"
NOTHING = "-"
"""Written in a row, it empties a cell that a group fills."""
SHARED = ("switch", "network", "row")
COUNTED = tuple(FirstSeat.model_fields)
Place = tuple[str, str]
"""File and path of a value, as faults name it."""
_WRITTEN_NUMBER = re.compile("[0-9]{1,9}")
_NUMBER = re.compile(r"^(.*?)(\d+)$")


@dataclass(frozen=True)
class WrittenSeat:
    """All fields of a seat, not validated yet, and where it stands."""

    values: Mapping[str, Any]
    place: Place
    places: Mapping[str, Place]
    """Of the fields that a group says, or should say."""


def expanded_seats(groups: Sequence[SeatGroup], rows: Iterable[SeatRow]) -> Iterator[WrittenSeat]:
    """Every seat in its long form: those of rows in their order, then those that need no row."""
    found: set[int] = set()
    for file, line, row in rows:
        number = int(row["number"]) if _WRITTEN_NUMBER.fullmatch(row["number"]) else 0
        found.add(number)
        yield _with_row(_covering(groups, number), number, (file, f"line {line}"), row)
    for number in sorted({n for group in groups for n in _numbers(group)} - found):
        yield _without_row(_covering(groups, number), number)


def check_nesting(groups: Sequence[SeatGroup], faults: Faults) -> None:
    """Two groups have no seat in common, or one lies within the other: else none is nearer."""
    for one, other in combinations(sorted(groups, key=lambda group: -group.size), 2):
        common = set(_numbers(one)) & set(_numbers(other))
        if common and (len(common) < other.size or one.size == other.size):
            first, last = one.numbers
            faults.add(
                GROUPS, f"seat_groups[{other.name}].numbers",
                f"has {len(common)} seats of {one.name} ({first} to {last})",
                "end it where the other begins, or have it lie within the other",
            )  # fmt: skip
            faults.withhold(GROUPS, other.name)


def _numbers(group: SeatGroup) -> range:
    return range(group.numbers[0], group.numbers[1] + 1)


def _covering(groups: Sequence[SeatGroup], number: int) -> list[SeatGroup]:
    """The groups of a seat, the widest first."""
    found = [group for group in groups if group.numbers[0] <= number <= group.numbers[1]]
    return sorted(found, key=lambda group: -group.size)


def _with_row(
    groups: list[SeatGroup], number: int, place: Place, row: Mapping[str, str]
) -> WrittenSeat:
    if not groups:
        return WrittenSeat(dict(row), place, {})
    values, places = _defaults(groups, number)
    stated = {key: cell for key, cell in row.items() if cell.strip()}
    emptied = {key: "" if cell.strip() == NOTHING else cell for key, cell in stated.items()}
    return WrittenSeat(
        {**values, **emptied}, place, {k: found for k, found in places.items() if k not in stated}
    )


def _without_row(groups: list[SeatGroup], number: int) -> WrittenSeat:
    values, places = _defaults(groups, number)
    nearest = f"seat_groups[{groups[-1].name}]"
    absent = {field: (GROUPS, _path(nearest, field)) for field in COLUMNS if field not in values}
    return WrittenSeat({"number": number, **values}, (GROUPS, nearest), {**absent, **places})


def _defaults(groups: Iterable[SeatGroup], number: int) -> tuple[dict[str, Any], dict[str, Place]]:
    values: dict[str, Any] = {}
    places: dict[str, Place] = {}
    for group in groups:
        stated = _stated(group, number - group.numbers[0])
        values |= stated
        places |= {k: (GROUPS, _path(f"seat_groups[{group.name}]", k)) for k in stated}
    return values, places


def _path(group: str, field: str) -> str:
    return f"{group}.first.{field}" if field in COUNTED else f"{group}.{field}"


def _stated(group: SeatGroup, offset: int) -> dict[str, Any]:
    """What a group says of the seat ``offset`` numbers behind its first."""
    shared = {field: getattr(group, field) for field in SHARED}
    counted = {field: counted_on(getattr(group.first, field), offset) for field in COUNTED}
    return {key: value for key, value in {**shared, **counted}.items() if value is not None}


def counted_on(value: Any, offset: int) -> Any:
    """A value ``offset`` steps on: a number or an address by addition, a text by the number that
    it ends in, leading zeros kept; of texts joined by + each."""
    if isinstance(value, str):
        return "+".join(_counted_text(part.strip(), offset) for part in joined_parts(value))
    return value + offset if isinstance(value, int | IPv4Address) else value


def _counted_text(text: str, offset: int) -> str:
    found = _NUMBER.match(text)
    return f"{found[1]}{int(found[2]) + offset:0{len(found[2])}d}" if found else text
