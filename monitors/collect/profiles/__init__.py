"""What to ask a device, as data: one YAML file a profile; a role names those of its devices.

A file's ``rules``, by which its values are judged, are read by monitors.alerts.rules.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import yaml
from pydantic import ValidationError

from monitors.collect.profiles.model import (
    Column,
    ColumnKind,
    DerivedField,
    Meaning,
    Profile,
    Scalar,
    ScalarGroup,
    Table,
)
from ops_core.kernel.errors import Invalid
from ops_core.kernel.i18n import message

__all__ = [
    "FOLDER",
    "SEAT",
    "Column",
    "ColumnKind",
    "DerivedField",
    "Meaning",
    "Profile",
    "Scalar",
    "ScalarGroup",
    "Table",
    "load_profile",
    "profile_names",
    "profile_of",
]

SEAT = "seat"
FOLDER = Path(__file__).parent


def profile_names() -> tuple[str, ...]:
    """The profiles that there are."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yml")))


@cache
def load_profile(name: str) -> Profile:
    """One profile file. Raises FileNotFoundError, and Invalid with every fault of it.

    Its ``polling`` is one block, as in a device's declaration.
    """
    declared = yaml.load((FOLDER / f"{name}.yml").read_text("utf-8"), Loader=yaml.CSafeLoader) or {}
    polling = declared.pop("polling", None)
    declared.pop("rules", None)
    try:
        return Profile.model_validate({**declared, "polling": [polling] if polling else []})
    except ValidationError as error:
        raise Invalid(
            message("采集配置文件有误"),
            detail="\n".join(_faults(f"profiles/{name}.yml", error, declared)),
            remedy=message("改正列出的各处；字段说明见 docs/how-to/add-a-profile.md"),
        ) from error


def profile_of(names: Iterable[str]) -> Profile:
    """All that an agent is asked for, as one profile; FileNotFoundError for an unknown name."""
    parts = [load_profile(name) for name in names]
    return Profile(
        scalars=tuple(group for part in parts for group in part.scalars),
        tables=tuple(table for part in parts for table in part.tables),
        polling=tuple(polling for part in parts for polling in part.polling),
    )


def _faults(file: str, error: ValidationError, declared: object) -> Iterator[str]:
    """A line each: file, field by the names in it, and what is wrong there."""
    for fault in error.errors(include_url=False):
        path, here = "", declared
        for part in fault["loc"]:
            try:
                here = here[part]  # type: ignore[index]
            except (KeyError, IndexError, TypeError):
                here = None
            named = here.get("name") if isinstance(here, dict) else None
            path += f"[{named or part}]" if isinstance(part, int) else f".{part}"
        yield f"{file}: {path.lstrip('.')}: {fault['msg'].removeprefix('Value error, ')}"
