"""The patch knowledge of a family, compiled: which rule a line falls under."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from pydantic import ValidationError

from device_configs.patches.documents import (
    PatchFamilyDocument,
    PatchGroupDocument,
    PatchRuleDocument,
    PatchViewDocument,
)
from device_configs.patches.patterns import LinePattern, PatternFit, Words, parse_pattern

FAMILIES = ("huawei_vrp", "h3c_comware")
UNDO = "undo"


class PatchKnowledgeInvalid(Exception):
    """The data has faults; this is a fault of the product, not of a configuration."""


@dataclass(frozen=True, eq=False, slots=True)
class PatchRule:
    """A rule with its pattern; ``listed`` is False for the rule of lines without one."""

    document: PatchRuleDocument
    pattern: LinePattern
    wipes: tuple[LinePattern, ...] = ()
    after_removal: tuple[LinePattern, ...] = ()
    listed: bool = True


@dataclass(frozen=True, eq=False, slots=True)
class PatchGroup:
    """A group with its patterns."""

    document: PatchGroupDocument
    pattern: LinePattern
    recreate: LinePattern | None


@dataclass(frozen=True, eq=False, slots=True)
class ViewKnowledge:
    """What is known of the lines of a view."""

    rules: Mapping[str | None, tuple[PatchRule, ...]]
    groups: tuple[PatchGroup, ...]
    rewrites: tuple[tuple[LinePattern, str], ...]
    defaults: tuple[LinePattern, ...]
    ignored: tuple[LinePattern, ...]

    def rule(self, words: Words) -> tuple[PatchRule, PatternFit] | None:
        """The first rule that a line fits, with how it fits."""
        for rule in (*self.rules.get(words[0], ()), *self.rules.get(None, ())):
            fit = rule.pattern.fit(words)
            if fit is not None:
                return rule, fit
        return None


@dataclass(frozen=True, eq=False, slots=True)
class PatchKnowledge:
    """Everything of one family."""

    family: str
    comments: tuple[str, ...]
    dropped: frozenset[str]
    modes: frozenset[str]
    secrets: tuple[re.Pattern[str], ...]
    copied: tuple[Words, ...]
    views: Mapping[str, ViewKnowledge]

    def view(self, name: str) -> ViewKnowledge:
        """The knowledge of a view of the grammar; empty for one that the data does not name."""
        return self.views.get(name, _NOTHING)


_NOTHING = ViewKnowledge({}, (), (), (), ())
UNLISTED = PatchRule(
    PatchRuleDocument(line="*", undo="undo $line", replace=True), parse_pattern("* ~"), listed=False
)
"""For lines without a rule: undone as a whole before another of the same first words is set, which
ends right whether the device overwrites the line or adds to it."""
UNDONE = PatchRule(
    PatchRuleDocument(line="undo ~", undo="$rest"), parse_pattern("undo ~"), listed=False
)
"""For lines ``undo ...`` without a rule: the command itself takes them back."""


@cache
def load_knowledge(family: str) -> PatchKnowledge:
    """The knowledge of a family, read once.

    Raises KeyError for a name not in :data:`FAMILIES`, :class:`PatchKnowledgeInvalid` for bad data.
    """
    if family not in FAMILIES:
        raise KeyError(family)
    path = Path(__file__).parent / f"{family}.yml"
    try:
        content = yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
        return _compiled(family, PatchFamilyDocument.model_validate(content))
    except (OSError, yaml.YAMLError, ValidationError, ValueError, re.error) as error:
        raise PatchKnowledgeInvalid(f"{path}: {error}") from error


def _compiled(family: str, document: PatchFamilyDocument) -> PatchKnowledge:
    return PatchKnowledge(
        family,
        document.comments,
        frozenset(document.dropped),
        frozenset(document.secrets.modes),
        tuple(re.compile(line) for line in document.secrets.lines),
        tuple(tuple(line.split()) for line in document.copied),
        {name: _view(view) for name, view in document.views.items()},
    )


def _view(document: PatchViewDocument) -> ViewKnowledge:
    rules: dict[str | None, list[PatchRule]] = {}
    for entry in document.rules:
        rule = PatchRule(
            entry, parse_pattern(entry.line), _patterns(entry.wipes), _patterns(entry.after_removal)
        )
        for word in rule.pattern.first_words or (None,):
            rules.setdefault(word, []).append(rule)
    return ViewKnowledge(
        {word: tuple(listed) for word, listed in rules.items()},
        tuple(
            PatchGroup(
                group,
                parse_pattern(group.lines),
                parse_pattern(group.recreate) if group.recreate else None,
            )
            for group in document.groups
        ),
        tuple((parse_pattern(entry.line), entry.to) for entry in document.rewrites),
        _patterns(document.defaults),
        _patterns(document.ignored),
    )


def _patterns(texts: Iterable[str]) -> tuple[LinePattern, ...]:
    return tuple(parse_pattern(text) for text in texts)
