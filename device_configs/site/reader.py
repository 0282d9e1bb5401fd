"""Reads the files of a declaration; what is of the wrong form becomes faults."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ValidationError

from device_configs.site.device_defaults import OWN, overlaid, refused
from device_configs.site.documents import (
    LISTS,
    MAY_BE_LEFT_OUT,
    SEAT_GROUPS,
    SINGLE,
    DeviceDocument,
    Documents,
    SeatDocument,
    SeatGroup,
)
from device_configs.site.faults import Faults, nearest
from device_configs.site.places import SourcePlace
from device_configs.site.role_files import read_roles
from device_configs.site.seat_groups import WrittenSeat, check_nesting, expanded_seats
from device_configs.site.seat_table import COLUMNS, SEATS, read_seat_rows, seat_file
from device_configs.site.texts import HOST_NAME, NEEDED
from device_configs.site.wording import add_problems
from device_configs.site.yaml_files import read_yaml, refuse_file

T = TypeVar("T", bound=BaseModel)

HOSTS = "hosts.yml"


def read_documents(folder: Path, faults: Faults) -> Documents:
    """Read every file of the declaration in ``folder``.

    Faults of form (missing file, bad YAML, wrong type, unknown field) go to ``faults``; what has
    one is left out of the documents and withheld.
    """
    reader = _Reader(folder, faults)
    found: dict[str, object] = {}
    for file, (field, model) in SINGLE.items():
        found[field] = reader.one(file, model)
    for file, lists in LISTS.items():
        found |= reader.lists(file, lists)
    found |= {"roles": read_roles(folder, faults)}
    found |= reader.seats(cast("tuple[SeatGroup, ...]", found["seat_groups"]))
    return Documents.model_validate(found | {"devices": reader.devices()})


class _Reader:
    def __init__(self, folder: Path, faults: Faults) -> None:
        self.folder = folder
        self.faults = faults

    def yaml(self, file: str) -> Any:
        return read_yaml(self.folder, file, self.faults)

    def refuse(self, file: str, path: str, found: str, remedy: str) -> None:
        """A fault that keeps the whole file from being read."""
        refuse_file(self.faults, file, path, found, remedy)

    def one(self, file: str, model: type[T]) -> T | None:
        if file in MAY_BE_LEFT_OUT and not (self.folder / file).exists():
            return model()
        document = self.yaml(file)
        return None if document is None else self.valid(file, "", document, model)

    def lists(
        self, file: str, lists: Mapping[str, type[BaseModel]]
    ) -> dict[str, tuple[BaseModel, ...]]:
        """The items of each list of a file; a file of several lists may leave some out."""
        if file in MAY_BE_LEFT_OUT and not (self.folder / file).exists():
            return dict.fromkeys(lists, ())
        document = self.yaml(file)
        if document is None:
            return dict.fromkeys(lists, ())
        if not isinstance(document, dict):
            self.refuse(
                file, "-", "holds no lists by name", f"start it with `{next(iter(lists))}:`"
            )
            return dict.fromkeys(lists, ())
        for key in document:
            if key not in lists:
                self.faults.add(file, str(key), "is no known list",
                                nearest(str(key), lists) or "remove it", lists)  # fmt: skip
                self.faults.withhold(file, None)
        return {
            key: self.many(file, key, document, model, required=len(lists) == 1)
            for key, model in lists.items()
        }

    def many(
        self, file: str, key: str, document: dict[str, Any], model: type[T], required: bool
    ) -> tuple[T, ...]:
        items = document.get(key)
        if items is None and not required:
            return ()
        if not isinstance(items, list):
            self.refuse(file, key, "is no list", f"start the file with `{key}:` and a list")
            return ()
        self.name_places(file, key, items)
        found = (
            self.valid(file, _item_path(key, i, item), item, model, _name_of(item))
            for i, item in enumerate(items)
        )
        return tuple(item for item in found if item is not None)

    def name_places(self, file: str, key: str, items: list[Any]) -> None:
        """Have the items of a list found by what faults call them."""
        places = self.faults.place_of(file, key)
        for i, item in enumerate(items):
            if not isinstance(item, dict):
                continue
            name = _name_of(item) or (str(item["year"]) if "year" in item else None)
            if name is not None and i in places.below:
                places.names.setdefault(name, places.below[i])

    def devices(self) -> dict[str, tuple[str, DeviceDocument]]:
        document = self.yaml(HOSTS)
        if document is None:
            return {}
        children = _under(_under(document, "all"), "children")
        if not isinstance(children, dict):
            self.refuse(HOSTS, "all.children", "is not group -> hosts -> name",
                        "write an Ansible inventory with one group a role")  # fmt: skip
            return {}
        places = self.faults.place_of(HOSTS, "all", "children")
        found: dict[str, tuple[str, DeviceDocument]] = {}
        named = SourcePlace(0)
        common = self.common(_under(document, "all"), "all")
        for group, body in children.items():
            inherited = overlaid(common, self.common(body, f"all.children.{group}"))
            hosts = _under(body, "hosts")
            if not isinstance(hosts, dict):
                self.refuse(HOSTS, f"all.children.{group}", "has no hosts",
                            "write `hosts:` and the devices of the role below")  # fmt: skip
                continue
            for name, variables in hosts.items():
                at = places.walk(group, "hosts", name)
                named.below.setdefault(name, at)
                if name in found:
                    self.faults.add(HOSTS, name, "is declared twice", "keep one of the two")
                    continue
                own = {} if variables is None else variables
                merged = overlaid(inherited, own) if isinstance(own, dict) else own
                device = self.device(name, merged)
                if device is not None:
                    found[name] = (group, device)
        self.faults.place(
            HOSTS,
            SourcePlace(
                1,
                {
                    **named.below,
                    "all": SourcePlace(
                        1, {"children": places, "vars": self.faults.place_of(HOSTS, "all", "vars")}
                    ),
                },
            ),
        )
        return found

    def common(self, body: Any, path: str) -> dict[str, Any]:
        """What the devices below have in common, without what they cannot have."""
        found = _under(body, "vars")
        if found is None:
            return {}
        if not isinstance(found, dict):
            self.faults.add(HOSTS, f"{path}.vars", "is not field -> value",
                            "write the fields that the devices below it share")  # fmt: skip
            return {}
        fields = frozenset(DeviceDocument.model_fields)
        reasons = {key: refused(str(key), fields) for key in found}
        for key, reason in reasons.items():
            if reason is not None:
                self.faults.add(HOSTS, f"{path}.vars.{key}", reason,
                                nearest(str(key), fields - OWN) or "write it at each device",
                                sorted(fields - OWN))  # fmt: skip
        return {key: value for key, value in found.items() if reasons[key] is None}

    def device(self, name: str, variables: Any) -> DeviceDocument | None:
        if not re.fullmatch(HOST_NAME, name):
            self.faults.add(HOSTS, name, "is no name for a device", NEEDED[HOST_NAME])
            self.faults.withhold(HOSTS, None)  # nobody knows who is meant by it elsewhere
            return None
        return self.valid(HOSTS, name, variables, DeviceDocument, name)

    def seats(self, groups: tuple[SeatGroup, ...]) -> dict[str, object]:
        """The seats in their long form, their file, and which fields groups say."""
        check_nesting(groups, self.faults)
        if not self.faults.is_whole(SEAT_GROUPS):
            self.faults.withhold(SEATS, None)  # what rows leave to a group is not known
            return {"seats": (), "seat_file": seat_file(self.folder)}
        found, lines = [], SourcePlace(1)
        places: dict[tuple[int, str], tuple[str, str]] = {}
        rows = read_seat_rows(self.folder, self.faults, has_groups=bool(groups))
        for written in expanded_seats(groups, rows):
            seat = self.seat(written)
            if seat is not None:
                found.append(seat)
                for field in COLUMNS:
                    places.pop((seat.number, field), None)  # a number that is declared twice
                places |= {(seat.number, k): place for k, place in written.places.items()}
                line = written.place[1].removeprefix("line ")
                if line.isdecimal():
                    lines.below.setdefault(f"seat {seat.number}", SourcePlace(int(line)))
        self.faults.place(seat_file(self.folder), lines)
        return {"seats": tuple(found), "seat_file": seat_file(self.folder), "seat_places": places}

    def seat(self, written: WrittenSeat) -> SeatDocument | None:
        try:
            return SeatDocument.model_validate(written.values)
        except ValidationError as error:
            add_problems(error, *written.place, written.values, SeatDocument, self.faults,
                         written.places)  # fmt: skip
            self.faults.withhold(SEATS, None)
            return None

    def valid(
        self, file: str, path: str, value: Any, model: type[T], name: str | None = None
    ) -> T | None:
        try:
            return model.model_validate(value)
        except ValidationError as error:
            add_problems(error, file, path, value, model, self.faults)
            misnamed = any(problem["loc"][:1] == ("name",) for problem in error.errors())
            # Nobody knows who is meant elsewhere where the name itself is none.
            self.faults.withhold(file, None if misnamed else name)
            return None


def _under(value: Any, key: str) -> Any:
    return value.get(key) if isinstance(value, dict) else None


def _name_of(item: Any) -> str | None:
    """What others call the item of a list: its name, or a link's default one."""
    if not isinstance(item, dict):
        return None
    if "name" in item:
        return str(item["name"])
    return f"{item['a']}--{item['b']}" if {"a", "b"} <= set(item) else None


def _item_path(key: str, index: int, item: Any) -> str:
    name = _name_of(item)
    return f"{key}[{index if name is None else name}]"
