"""The grammar of one family: its views, each with its forms found by their first words."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path

from device_configs.grammar.documents import (
    FileDocument,
    GrammarInvalid,
    ViewDocument,
    read_family,
    read_files,
)
from device_configs.grammar.form_words import beginnings
from device_configs.grammar.forms import CommandForm, commands_of
from device_configs.grammar.notation import NotationFault
from device_configs.grammar.values import InterfaceClass, ValueTypes
from device_configs.grammar.views import SYSTEM_VIEW, CommandFamily, View


class FamilyName(StrEnum):
    """The families with a grammar; each is a folder beside this file."""

    HUAWEI_VRP = "huawei_vrp"
    H3C_COMWARE = "h3c_comware"


FAMILIES = tuple(name.value for name in FamilyName)


@cache
def load_family(name: str) -> CommandFamily:
    """The grammar of a family, read and compiled once.

    Raises KeyError for a name not in :data:`FAMILIES`, :class:`GrammarInvalid` for bad data.
    """
    if name not in FAMILIES:
        raise KeyError(name)
    return build_family(name, Path(__file__).parent / name)


def build_family(name: str, folder: Path) -> CommandFamily:
    """The grammar that a folder of data files holds. Raises :class:`GrammarInvalid`."""
    family = read_family(folder)
    types = ValueTypes(
        {
            key: InterfaceClass(entry.names, entry.numbers, entry.created, entry.sub)
            for key, entry in family.interfaces.items()
        }
    )
    documents = _merged(read_files(folder))
    known = frozenset(family.platforms)
    compiled = {
        view: tuple(_commands(view, document, types, known)) for view, document in documents.items()
    }
    for view, document in documents.items():
        _check_names(view, document, compiled[view], documents)
    opened = {command.form.opens for commands in compiled.values() for command in commands}
    views = {
        view: View(
            view,
            document.title,
            _indexed(view, documents, compiled),
            view in opened or view == SYSTEM_VIEW,
            document.free_text,
        )
        for view, document in documents.items()
    }
    if SYSTEM_VIEW not in views:
        raise GrammarInvalid(f"{folder}: no view is named {SYSTEM_VIEW!r}")
    return CommandFamily(
        name,
        family.title,
        family.platforms,
        views,
        {kind: frozenset(names) for kind, names in family.predefined.items()},
        types,
    )


def _merged(files: Mapping[str, FileDocument]) -> dict[str, ViewDocument]:
    """Views over all files; a view that stands in several files has the forms of all."""
    merged: dict[str, ViewDocument] = {}
    for document in files.values():
        for name, view in document.views.items():
            forms = tuple(
                form.model_copy(update={"platforms": form.platforms or view.platforms})
                for form in view.forms
            )
            before = merged.get(name)
            merged[name] = ViewDocument(
                title=before.title if before else view.title,
                uses=(*before.uses, *view.uses) if before else view.uses,
                free_text=view.free_text or (before is not None and before.free_text),
                forms=(*before.forms, *forms) if before else forms,
            )
    return merged


def _commands(
    view: str, document: ViewDocument, types: ValueTypes, platforms: frozenset[str]
) -> Iterator[CommandForm]:
    """Every form of a view with its undo forms, compiled."""
    for entry in document.forms:
        unknown = set(entry.platforms) - platforms
        if unknown:
            raise GrammarInvalid(f"{view}: {entry.form!r}: no platform {sorted(unknown)}")
        try:
            yield from commands_of(view, entry.form, entry.undo, frozenset(entry.platforms), types)
        except NotationFault as fault:
            raise GrammarInvalid(f"{view}: {fault}") from fault


def _check_names(
    view: str,
    document: ViewDocument,
    commands: tuple[CommandForm, ...],
    documents: Mapping[str, ViewDocument],
) -> None:
    for used in document.uses:
        if used not in documents:
            raise GrammarInvalid(f"{view}: uses no known view {used!r}")
    for command in commands:
        if command.form.opens is not None and command.form.opens not in documents:
            raise GrammarInvalid(f"{view}: {command.form.text!r} opens no known view")


def _indexed(
    view: str,
    documents: Mapping[str, ViewDocument],
    compiled: Mapping[str, tuple[CommandForm, ...]],
) -> Mapping[str, tuple[CommandForm, ...]]:
    """The commands of a view and of what it uses, by their beginnings."""
    index: dict[str, list[CommandForm]] = {}
    for name in _with_used(view, documents):
        for command in compiled[name]:
            try:
                keys = tuple(beginnings(command.tree))
            except NotationFault as fault:
                raise GrammarInvalid(f"{name}: {command.form.text!r}: {fault}") from fault
            for key in keys:
                index.setdefault(key, []).append(command)
    return {key: tuple(commands) for key, commands in index.items()}


def _with_used(view: str, documents: Mapping[str, ViewDocument]) -> list[str]:
    found = [view]
    for name in found:
        found.extend(used for used in documents[name].uses if used not in found)
    return found
