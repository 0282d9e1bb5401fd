"""Names that lines define and names that lines refer to; what is referred to must be there."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from device_configs.grammar.faults import CommandFault, FaultKind
from device_configs.grammar.lines import SourceLine
from device_configs.grammar.machine import Captures
from device_configs.grammar.masking import masked
from device_configs.grammar.notation import NameMark
from device_configs.grammar.values import names_in
from device_configs.grammar.views import CommandFamily

INTERFACE = "interface"
Path = tuple[str, ...]
"""The lines that opened the views around a line, outermost first."""


@dataclass(frozen=True, slots=True)
class _Reference:
    kind: str
    names: tuple[str, ...]
    """The name, or the names of which one must be there."""
    scope: Path | None
    """The block a local name belongs to; None for names of the whole text."""
    line: SourceLine
    view: str
    word: int


class Names:
    """Collects definitions and references while a text is read; order does not matter."""

    def __init__(self, family: CommandFamily, file: str) -> None:
        self._family = family
        self._file = file
        self._defined: dict[tuple[str, Path | None], set[str]] = {}
        self._references: list[_Reference] = []

    def note(self, line: SourceLine, view: str, path: Path, captures: Captures) -> None:
        """Take the definitions and references of one accepted line."""
        for mark, names, word in marked_names(line, captures):
            scope = path if mark.local else None
            if mark.defines:
                self._defined.setdefault((mark.kind, scope), set()).update(names)
            else:
                self._references.append(_Reference(mark.kind, names, scope, line, view, word))

    def dangling(self) -> Iterator[CommandFault]:
        """A fault for every reference to what nothing defines."""
        for reference in self._references:
            if not self._is_defined(reference):
                yield self._fault(reference)

    def _is_defined(self, reference: _Reference) -> bool:
        known = self._known(reference) | self._family.predefined.get(reference.kind, frozenset())
        if not known.isdisjoint(reference.names):
            return True
        return reference.kind == INTERFACE and any(
            self._family.types.exists_by_itself(name) for name in reference.names
        )

    def _known(self, reference: _Reference) -> set[str]:
        """Names of the kind that the reference can see: its own block's and those around it."""
        if reference.scope is None:
            return self._defined.get((reference.kind, None), set())
        known: set[str] = set()
        for depth in range(len(reference.scope) + 1):
            known |= self._defined.get((reference.kind, reference.scope[:depth]), set())
        return known

    def _fault(self, reference: _Reference) -> CommandFault:
        known = self._known(reference)
        shown = " or ".join(repr(name) for name in reference.names)
        near = get_close_matches(reference.names[0], sorted(known), n=1)
        kind = reference.kind.replace("-", " ")
        if near:
            remedy = f"did you mean {near[0]!r}?"
        elif reference.scope is not None:
            remedy = "define it in the same block"
        else:
            remedy = "define it"
        return CommandFault(
            self._file,
            reference.line.number,
            reference.view,
            masked(reference.line),
            reference.word + 1,
            f"{shown} (word {reference.word + 1}) refers to {_article(kind)} {kind} "
            "that nothing defines",
            (),
            remedy,
            FaultKind.REFERENCE,
        )


def _article(noun: str) -> str:
    return "an" if noun[0] in "aeio" else "a"


def marked_names(
    line: SourceLine, captures: Captures
) -> list[tuple[NameMark, tuple[str, ...], int]]:
    """Every mark with the name it stands for; a name of two words is joined by a blank."""
    joined: dict[tuple[bool, str], int] = {}
    found: list[tuple[NameMark, tuple[str, ...], int]] = []
    for value, first, after in captures:
        text = " ".join(line.words[first:after])
        for mark in value.marks:
            key = (mark.defines, mark.kind)
            for name in names_in(value, text):
                names = mark.names_of(name)
                if mark.appends and key in joined:
                    before, begun, word = found[joined[key]]
                    found[joined[key]] = (before, (f"{begun[0]} {names[0]}",), word)
                else:
                    joined[key] = len(found)
                    found.append((mark, names, first))
    return found
