"""Hold a configuration text against the grammar of its family: every line, then every name.

The text is read as ``display current-configuration`` shows it: a line indented deeper than the one
that opened a view stands in that view, ``#`` ends what stands deeper than itself, ``quit`` leaves a
view, ``return`` leaves all.
"""

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field

from device_configs.grammar.diagnosis import Diagnosis, diagnose
from device_configs.grammar.family import load_family
from device_configs.grammar.faults import CommandFault, FaultKind
from device_configs.grammar.lines import SECTION_END, SourceLine, read_line, read_lines
from device_configs.grammar.machine import Captures
from device_configs.grammar.masking import masked
from device_configs.grammar.names import Names
from device_configs.grammar.value_words import BANNER, open_delimiter
from device_configs.grammar.views import CommandFamily, View

_COMMENT = "!"
_HEADING = re.compile(r"\[V\d{3}R\d{3}\w*\]|\x00+")
"""The software a VRP box shows before its first line, and the NUL with which it ends a file."""
_LEAVE, _LEAVE_ALL = "quit", "return"


def check_text(
    family: str, text: str, file: str, platform: str | None = None
) -> tuple[CommandFault, ...]:
    """Every fault of a configuration text, in the order of its lines.

    ``family`` is one of :data:`device_configs.grammar.FAMILIES`; ``file`` is what the faults call
    the text; with ``platform`` (a tag of the family's ``family.yml``) commands of other platforms
    are unknown as well. A text without faults may still be wrong: see docs/grammar.md.
    Raises KeyError for an unknown family or platform.
    """
    grammar = load_family(family)
    if platform is not None and platform not in grammar.platforms:
        raise KeyError(platform)
    return tuple(_Check(grammar, file, platform).run(text))


def forms_used(family: str, text: str) -> frozenset[tuple[str, str]]:
    """The forms by which the lines of a text were accepted: (view of the data, form).

    This is how samples prove forms (device_configs/grammar/unproven.md lists the others).
    """
    check = _Check(load_family(family), "", None)
    check.run(text)
    return frozenset(check.used)


@dataclass(slots=True)
class _Block:
    """An open view: the line that opened it, and the indentation its own lines turned out to have.

    ``view`` is None under a line that nothing is known of: what stands there cannot be judged.
    """

    indent: int
    view: View | None
    path: tuple[str, ...]
    inside: int | None = None


@dataclass(slots=True)
class _Check:
    family: CommandFamily
    file: str
    platform: str | None
    names: Names = field(init=False)
    blocks: list[_Block] = field(init=False)
    used: set[tuple[str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.names = Names(self.family, self.file)
        self.blocks = [_Block(-1, self.family.system, ())]

    def run(self, text: str) -> list[CommandFault]:
        faults = list(self._lines(text))
        faults.extend(self.names.dangling())
        return sorted(faults)

    def _lines(self, text: str) -> Iterator[CommandFault]:
        closes: str | None = None
        for number, raw in read_lines(text):
            if closes is not None:
                # Text of several lines (a banner) runs to the line that holds its delimiter.
                closes = None if closes in raw else closes
                continue
            line = read_line(number, raw)
            if line is None or line.text.startswith(_COMMENT) or _HEADING.fullmatch(line.text):
                continue
            if self._moves(line):
                continue
            fault = self._indentation(line)
            if fault is None:
                last = self.blocks[-1].view, line
                closes = yield from self._line(line)
            else:
                yield fault
        if closes is not None:
            yield self._unclosed(last, closes)

    def _moves(self, line: SourceLine) -> bool:
        """Leave the views that the line's indentation ends; whether the line says nothing else."""
        while self.blocks[-1].indent >= line.indent:
            self.blocks.pop()
        if line.words == (SECTION_END,):
            self.blocks[-1].inside = None
        elif line.words == (_LEAVE,):
            del self.blocks[max(1, len(self.blocks) - 1) :]
        elif line.words == (_LEAVE_ALL,):
            del self.blocks[1:]
        else:
            return False
        return True

    def _indentation(self, line: SourceLine) -> CommandFault | None:
        """Lines of one view are indented alike; a deeper one stands under a line without view."""
        block = self.blocks[-1]
        if block.inside is None:
            block.inside = line.indent
        if line.indent == block.inside or block.view is None or block.view.free_text:
            return None
        if line.indent < block.inside:
            block.inside = line.indent
            return None
        return self._fault(
            line,
            block.view,
            Diagnosis(
                0,
                f"{line.text!r} is indented under a line that opens no view",
                (),
                f"indent it by {block.inside} to have it in {block.view.name}",
            ),
        )

    def _line(self, line: SourceLine) -> Generator[CommandFault, None, str | None]:
        """Judge one line; returns the delimiter that ends its text, when it has yet to come."""
        block = self.blocks[-1]
        view = block.view
        if view is None:
            return None
        found = view.read(line, self.platform)
        if found is None and view.free_text:
            return None
        if found is None:
            diagnosis = diagnose(self.family, view, line, self.platform)
            self._open(line, diagnosis.opens, block)
            yield self._fault(line, view, diagnosis)
            return None
        command, reading = found
        self.used.add((command.view, command.form.text))
        if reading.captures and not command.undoes:
            self.names.note(line, view.name, block.path, reading.captures)
        if command.opens is not None:
            self._open(line, command.opens, block)
        return _delimiter_to_come(line, reading.captures)

    def _open(self, line: SourceLine, view: str | None, block: _Block) -> None:
        opened = self.family.views[view] if view is not None else None
        self.blocks.append(_Block(line.indent, opened, (*block.path, line.text)))

    def _unclosed(self, last: tuple[View | None, SourceLine], closes: str) -> CommandFault:
        view, line = last
        return self._fault(
            line,
            view or self.family.system,
            Diagnosis(
                len(line.words),
                f"the text that {line.words[0]!r} begins never ends",
                (),
                f"end it with {closes}",
            ),
        )

    def _fault(self, line: SourceLine, view: View, diagnosis: Diagnosis) -> CommandFault:
        return CommandFault(
            self.file,
            line.number,
            view.name,
            masked(line),
            diagnosis.word + 1,
            diagnosis.found,
            diagnosis.allowed,
            diagnosis.remedy,
            FaultKind.OUTSIDE if diagnosis.is_outside else FaultKind.LINE,
        )


def _delimiter_to_come(line: SourceLine, captures: Captures) -> str | None:
    for value, first, _ in captures:
        if value.type == BANNER:
            return open_delimiter(line.rest(first))
    return None
