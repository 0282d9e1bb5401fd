"""What a command handler is given and gives back (pure)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from device_configs.emulator.state import BoxState, CliSession, OpenQuestion

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A line that a session sent: the box before it, and who sent it."""

    state: BoxState
    session: CliSession
    line: str

    def reply(self, *lines: str) -> "BoxReply":
        """The box as it was, and lines to show."""
        return BoxReply(self.state, lines)

    def ask(self, about: str, text: str, *values: Any, before: Sequence[str] = ()) -> "BoxReply":
        """Put a question; the session's next line is the answer."""
        question = OpenQuestion(about, text, values)
        return BoxReply(
            self.state.with_session(replace(self.session, question=question)), tuple(before)
        )


@dataclass(frozen=True, slots=True)
class BoxReply:
    """The box after a line, and the lines it shows."""

    state: BoxState
    lines: tuple[str, ...] = ()


Handler = Callable[[Asked, Words], BoxReply]
"""Gets the words that the command's pattern leaves open."""


@dataclass(frozen=True, slots=True)
class OperatorCommand:
    """``pattern``: keywords, which may be cut short; ``*`` one word, ``...`` any more words."""

    pattern: str
    handler: Handler
    views: str = "any"
    """``user``, ``system`` (and every view in it), or ``any``."""

    def match(self, words: Words, in_user_view: bool) -> Words | None:
        """The open words of a line of this command; None for another line."""
        if self.views != "any" and in_user_view != (self.views == "user"):
            return None
        marks = self.pattern.split()
        open_words: list[str] = []
        for at, mark in enumerate(marks):
            if mark == "...":
                return (*open_words, *words[at:])
            if at >= len(words):
                return None
            if mark == "*":
                open_words.append(words[at])
            elif not mark.startswith(words[at]):
                return None
        return tuple(open_words) if len(words) == len(marks) else None


def find_command(
    commands: Sequence[OperatorCommand], words: Words, in_user_view: bool
) -> tuple[OperatorCommand, Words] | None:
    """The first command that a line is one of, and the words it leaves open."""
    for command in commands:
        if (found := command.match(words, in_user_view)) is not None:
            return command, found
    return None


def yes(answer: str) -> bool:
    return answer.strip().lower() in ("y", "yes")


def no(answer: str) -> bool:
    return answer.strip().lower() in ("n", "no")
