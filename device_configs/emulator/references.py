"""Names that must exist before a line refers to them, and that stay while one does (pure).

Only the kinds that the family's ``enforced`` lists are held: of others the platforms take a
reference before what it refers to.
"""

from collections.abc import Iterator

from device_configs.emulator.entries import ConfigLine
from device_configs.emulator.refusals import LineRefused
from device_configs.emulator.vocabulary import Vocabulary, source_line
from device_configs.grammar.lines import SourceLine
from device_configs.grammar.machine import Captures

_Name = tuple[str, str]


def refuse_missing(
    vocabulary: Vocabulary, root: ConfigLine, line: SourceLine, captures: Captures
) -> None:
    """Refuse a line that refers to a name that nothing defines.

    Raises :class:`~device_configs.emulator.refusals.LineRefused`.
    """
    referred = [name for defines, name in _marked(vocabulary, line, captures) if not defines]
    if not referred:
        return
    defined = {name for defines, name in _defined(vocabulary, root) if defines}
    for kind, name in referred:
        known = vocabulary.grammar.predefined.get(kind, frozenset())
        if (kind, name) not in defined and name not in known:
            raise LineRefused(f"Error: The {kind.replace('-', ' ')} {name} does not exist.")


def refuse_removal(vocabulary: Vocabulary, before: ConfigLine, after: ConfigLine) -> None:
    """Refuse to remove a name of the system view that a line still refers to.

    Raises :class:`~device_configs.emulator.refusals.LineRefused`.
    """
    left = {line.slot for line in after.lines}
    gone = [line for line in before.lines if line.slot not in left]
    undefined = {
        name for line in gone for defines, name in _of_line(vocabulary, before, line) if defines
    }
    if undefined:
        undefined -= {name for defines, name in _defined(vocabulary, after) if defines}
    if not undefined:
        return
    for defines, (kind, name) in _names(vocabulary, after):
        if not defines and (kind, name) in undefined:
            what = kind.replace("-", " ")
            raise LineRefused(f"Error: The {what} {name} is in use and cannot be deleted.")


def _defined(vocabulary: Vocabulary, root: ConfigLine) -> Iterator[tuple[bool, _Name]]:
    """The names of the system view's lines: every enforced kind is defined there."""
    for line in root.lines:
        if line.view is not None or line.text.startswith("time-range"):
            yield from _of_line(vocabulary, root, line)


def _names(vocabulary: Vocabulary, view: ConfigLine) -> Iterator[tuple[bool, _Name]]:
    """Whether each name is defined or referred to, line by line."""
    for line in view.lines:
        yield from _of_line(vocabulary, view, line)
        yield from _names(vocabulary, line)


def _of_line(
    vocabulary: Vocabulary, view: ConfigLine, line: ConfigLine
) -> Iterator[tuple[bool, _Name]]:
    forms = vocabulary.grammar.views.get(view.view or "")
    words = source_line(line.text)
    found = vocabulary.read(forms, words) if forms is not None else None
    if found is not None and not found[0].undoes:
        yield from _marked(vocabulary, words, found[1].captures)


def _marked(
    vocabulary: Vocabulary, line: SourceLine, captures: Captures
) -> Iterator[tuple[bool, _Name]]:
    enforced = vocabulary.effects.document.enforced
    for value, first, _ in captures:
        for mark in value.marks:
            if mark.kind in enforced and not mark.local and not mark.appends:
                for name in mark.names_of(line.words[first]):
                    yield mark.defines, (mark.kind, name)
