"""What a patch does to single lines, before an order is found for it (pure)."""

from dataclasses import dataclass, field
from enum import Enum

from device_configs.patches.reasons import Disruption, LeftReason
from device_configs.patches.tree import ConfigurationName, ConfigurationNode


class Doing(Enum):
    """The phases of a patch, in which operations are sent unless one waits for another."""

    SET = 0
    MOVE = 1
    UNDO = 2


@dataclass(eq=False, slots=True)
class Operation:
    """One command in the view that ``views`` lead to.

    ``node`` is what is set, moved or undone; ``opens`` when the command enters a view.
    ``needs`` are the names it refers to, ``makes`` those it defines, ``drops`` names it no longer
    refers to, ``removes`` names that are gone after it; ``takes`` and ``frees`` are what only one
    line may hold. ``after`` are operations that come before it.
    """

    doing: Doing
    views: tuple[ConfigurationNode, ...]
    text: str
    node: ConfigurationNode
    opens: bool = False
    needs: frozenset[ConfigurationName] = frozenset()
    makes: frozenset[ConfigurationName] = frozenset()
    drops: frozenset[ConfigurationName] = frozenset()
    removes: frozenset[ConfigurationName] = frozenset()
    takes: str = ""
    frees: str = ""
    disrupts: Disruption | None = None
    after: list["Operation"] = field(default_factory=list)
    inside: list["Operation"] = field(default_factory=list)
    """What is done within a view that the command makes."""


@dataclass(frozen=True, slots=True)
class LeftNode:
    """A line that is not touched, where it stands, and why."""

    views: tuple[ConfigurationNode, ...]
    node: ConfigurationNode
    reason: LeftReason


def undo_text(node: ConfigurationNode) -> str | None:
    """The command that takes a line back; None where there is no safe one."""
    document = node.rule.document
    if document.undo == "none":
        return None
    if document.values == "words":
        return _unmasked(f"undo {node.same}", node)
    template = document.undo or f"undo {' '.join(node.fit.key)}"
    return _unmasked(node.fit.fill(template), node)


def exclusive_token(node: ConfigurationNode) -> str:
    """What only one line of the device may hold and this one holds; empty for nothing."""
    template = node.rule.document.exclusive
    return node.fit.fill(template) if template else ""


def _unmasked(text: str, node: ConfigurationNode) -> str:
    """A command made from a line with masks, with the secrets as the line shows them."""
    if not node.secrets or MASK not in text:
        return text
    words = node.text.split()
    rest = iter(node.secrets)
    filled = []
    for word in text.split():
        if word != MASK:
            filled.append(word)
            continue
        secret = next(rest, MASK)
        at = words.index(secret) if secret in words else 0
        if at and words[at - 1] in _MODES:
            filled.append(words[at - 1])
        filled.append(secret)
    return " ".join(filled)


MASK = "****"
_MODES = frozenset(("cipher", "simple", "plain", "hash", "irreversible-cipher"))
