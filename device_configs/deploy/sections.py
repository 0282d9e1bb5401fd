"""One shell script that answers several questions in one round trip, and how its answer is read.

Every section's output travels in base64 between two marks, and the last line is the end's mark: a
session that was cut short, or a banner in front, can therefore never pass for an answer. Pure.
"""

import base64
import binascii
import itertools
from collections.abc import Mapping
from dataclasses import dataclass

_MARK = "@@zhishou"
_END = f"{_MARK} end"


class AnswerBroken(ValueError):
    """The answer is not what the script prints: cut short, or garbled."""


@dataclass(frozen=True, slots=True)
class ShellSection:
    """What one part of the script printed, and the status it ended with."""

    output: bytes
    status: int

    @property
    def text(self) -> str:
        """The output as text; what is no UTF-8 is replaced, never refused."""
        return self.output.decode("utf-8", errors="replace")


def script_of(commands: Mapping[str, str]) -> str:
    """The POSIX shell script that runs each command and frames its standard output.

    A command that fails ends no other; its standard error is not read.
    """
    parts = [
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; export PATH",
        "LC_ALL=C; export LC_ALL; umask 077",
        "held=$(mktemp) || exit 3; trap 'rm -f \"$held\"' EXIT",
    ]
    for name, command in commands.items():
        parts.append(f'(\n{command}\n) >"$held" 2>/dev/null </dev/null; status=$?')
        parts.append(f'echo "{_MARK} {name} $status"; base64 <"$held"')
    parts.append(f'echo "{_END}"')
    return "\n".join(parts) + "\n"


def read_sections(answer: bytes) -> dict[str, ShellSection]:
    """The sections of an answer by name. Raises :class:`AnswerBroken`."""
    lines = answer.decode("ascii", errors="replace").splitlines()
    starts = [at for at, line in enumerate(lines) if line.startswith(f"{_MARK} ")]
    if not starts or lines[starts[-1]] != _END:
        raise AnswerBroken("the answer ends before its last line")
    found: dict[str, ShellSection] = {}
    for at, following in itertools.pairwise(starts):
        words = lines[at].split(" ")
        if len(words) != 3 or not words[2].isdecimal():
            raise AnswerBroken(f"line {at + 1} of the answer is no head of a section")
        try:
            output = base64.b64decode("".join(lines[at + 1 : following]), validate=True)
        except (binascii.Error, ValueError) as error:
            raise AnswerBroken(f"section {words[1]} is garbled") from error
        found[words[1]] = ShellSection(output, int(words[2]))
    return found
