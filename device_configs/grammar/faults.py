"""What is wrong with a line of configuration text, said so that its author can mend it."""

from dataclasses import dataclass
from enum import StrEnum

MOST_ALLOWED_SHOWN = 12


class FaultKind(StrEnum):
    """What is wrong: the line by itself, a name in it, or nothing that the grammar knows of."""

    LINE = "line"
    REFERENCE = "reference"
    OUTSIDE = "outside"
    """No form is known of it, and it is near none: a feature outside the grammar, or a mistake."""


@dataclass(frozen=True, order=True)
class CommandFault:
    """One line that the device would refuse, or whose meaning would dangle."""

    file: str
    line: int
    """Counted from 1."""
    view: str
    """The view the line stands in, by its name in the grammar's data files."""
    text: str
    """The line without indentation. Secrets in it are masked."""
    word: int
    """The word, counted from 1, at which the line stops fitting; one past the last at its end."""
    found: str
    allowed: tuple[str, ...]
    """What the forms of the view allow at that word; empty where that would say nothing."""
    remedy: str
    kind: FaultKind = FaultKind.LINE

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: in {self.view}: {self.message}"

    @property
    def message(self) -> str:
        """The fault without its place."""
        parts = [self.found]
        if self.allowed:
            shown = self.allowed[:MOST_ALLOWED_SHOWN]
            rest = len(self.allowed) - len(shown)
            more = f" and {rest} more" if rest else ""
            parts.append(f"allowed here: {', '.join(shown)}{more}")
        if self.remedy:
            parts.append(self.remedy)
        return "; ".join(parts)
