"""The grammar's data files as typed documents; every fault in them is named with its file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

FAMILY_FILE = "family.yml"


class GrammarInvalid(Exception):
    """The data of a grammar has faults; this is a fault of the product, not of a configuration."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class InterfaceDocument(_Frozen):
    """A class of interfaces; see :class:`device_configs.grammar.values.InterfaceClass`."""

    names: tuple[str, ...] = Field(min_length=1)
    numbers: str = Field(default="slots", pattern=r"^(slots|\d+-\d+)$")
    created: bool = False
    sub: bool = False


class FamilyDocument(_Frozen):
    """What holds for the whole family."""

    title: str
    platforms: Mapping[str, str]
    """Tag -> the product series and software it stands for."""
    interfaces: Mapping[str, InterfaceDocument]
    predefined: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    """Kind of name -> names that every device has without a line."""
    sources: tuple[str, ...] = Field(min_length=1)


class FormDocument(_Frozen):
    """One form; plain text in the file stands for a form without further fields."""

    form: str
    undo: tuple[str, ...] | None = None
    """Irregular undo forms, without the word; an empty list: none at all."""
    platforms: tuple[str, ...] = ()
    """Empty: every platform of the family."""


def _as_document(entry: object) -> object:
    return {"form": entry} if isinstance(entry, str) else entry


class ViewDocument(_Frozen):
    """The forms of a view, or of a group that several views use."""

    title: str
    uses: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    free_text: bool = False
    """Lines that no form accepts are text (key material), not faults."""
    forms: tuple[Annotated[FormDocument, BeforeValidator(_as_document)], ...] = ()


class FileDocument(_Frozen):
    """One file: views that belong together, and the public references they were written from."""

    sources: tuple[str, ...] = Field(min_length=1)
    views: Mapping[str, ViewDocument]


T = TypeVar("T", bound=BaseModel)


def read_family(folder: Path) -> FamilyDocument:
    """The family's own file. Raises :class:`GrammarInvalid`."""
    return _read(folder / FAMILY_FILE, FamilyDocument)


def read_files(folder: Path) -> dict[str, FileDocument]:
    """The view files by their names. Raises :class:`GrammarInvalid`."""
    return {
        path.name: _read(path, FileDocument)
        for path in sorted(folder.glob("*.yml"))
        if path.name != FAMILY_FILE
    }


def _read(path: Path, document: type[T]) -> T:
    try:
        content = yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
        return document.model_validate(content)
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise GrammarInvalid(f"{path}: {error}") from error
