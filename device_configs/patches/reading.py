"""One line of a view: what it means, what it overwrites, what it names (pure)."""

from dataclasses import dataclass, field

from device_configs.grammar.lines import SourceLine, read_line
from device_configs.grammar.names import marked_names
from device_configs.grammar.value_words import BANNER, open_delimiter
from device_configs.grammar.views import CommandFamily, View
from device_configs.patches.knowledge import (
    UNDO,
    UNDONE,
    UNLISTED,
    PatchKnowledge,
    PatchRule,
    ViewKnowledge,
)
from device_configs.patches.patterns import PatternFit, Words
from device_configs.patches.secret_words import masked_words
from device_configs.patches.tree import ConfigurationName, Slots


@dataclass(frozen=True, slots=True)
class LineReading:
    """What the grammar and the patch knowledge say of a line, wherever its view stands.

    ``names`` are (defines, kind, names, local); ``negative`` when the line takes members out of a
    list that its rule describes; ``delimiter`` when its text goes on over further lines.
    """

    same: str
    rule: PatchRule
    fit: PatternFit
    group: str
    opens: str | None
    names: tuple[tuple[bool, str, tuple[str, ...], bool], ...]
    secrets: tuple[str, ...]
    known: bool
    left_out: bool
    negative: bool
    delimiter: str | None

    def names_in(self, path: Slots, *, defined: bool) -> frozenset[ConfigurationName]:
        """The names that the line defines, or refers to, in the block of a path."""
        return frozenset(
            (kind, name, path if local else None)
            for defines, kind, names, local in self.names
            if defines == defined
            for name in names
        )


@dataclass(slots=True)
class CommandReader:
    """Reads lines by a family, each once."""

    grammar: CommandFamily
    knowledge: PatchKnowledge
    platform: str | None
    _known: dict[tuple[str, str], LineReading] = field(default_factory=dict)

    @property
    def known_lines(self) -> int:
        """How many different lines it keeps the readings of."""
        return len(self._known)

    def read(self, view: View | None, line: SourceLine) -> LineReading:
        """The reading of a line in a view; None: the view of a line that nothing is known of."""
        if view is None:
            return _unknown(line, known=False)
        key = (view.name, line.text)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._read(view, line)
        return found

    def read_text(self, view: View | None, text: str) -> LineReading:
        """The reading of a line given as text."""
        line = read_line(0, text)
        if line is None:
            raise ValueError("an empty line is no command")
        return self.read(view, line)

    def _read(self, view: View, line: SourceLine) -> LineReading:
        found = view.read(line, self.platform)
        if found is None:
            return _unknown(line, known=view.free_text)
        command, reading = found
        knowledge = self.knowledge.view(command.view)
        text, secrets = masked_words(self.knowledge, line.text)
        words = _rewritten(knowledge, tuple(text.split()) if secrets else line.words)
        rule, fit, negative = _rule(knowledge, words)
        marks = () if command.undoes else tuple(marked_names(line, reading.captures))
        return LineReading(
            " ".join(words),
            rule,
            fit,
            command.view,
            command.opens,
            tuple((mark.defines, mark.kind, names, mark.local) for mark, names, _ in marks),
            secrets,
            known=True,
            left_out=any(pattern.fit(words) for pattern in knowledge.defaults),
            negative=negative,
            delimiter=next(
                (
                    open_delimiter(line.rest(first))
                    for value, first, _ in reading.captures
                    if value.type == BANNER
                ),
                None,
            ),
        )


def _rewritten(knowledge: ViewKnowledge, words: Words) -> Words:
    for pattern, template in knowledge.rewrites:
        fit = pattern.fit(words)
        if fit is not None:
            words = tuple(fit.fill(template).split())
    return words


def _rule(knowledge: ViewKnowledge, words: Words) -> tuple[PatchRule, PatternFit, bool]:
    listed = knowledge.rule(words)
    if listed is not None:
        return *listed, False
    if words[0] == UNDO and len(words) > 1:
        positive = knowledge.rule(words[1:])
        if positive is not None and positive[0].document.values == "numbers":
            return *positive, True
        return UNDONE, PatternFit(words[:1], (), words[1:]), False
    return UNLISTED, PatternFit(words[:1], words[:1], words[1:]), False


def _unknown(line: SourceLine, *, known: bool) -> LineReading:
    """A line by itself: nothing is known of it, or it is text within a view of text."""
    return LineReading(
        same=line.text,
        rule=UNLISTED,
        fit=PatternFit(line.words, (), ()),
        group="",
        opens=None,
        names=(),
        secrets=(),
        known=known,
        left_out=False,
        negative=False,
        delimiter=None,
    )
