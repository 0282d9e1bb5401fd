"""A configuration of an emulated EOS box: lines by name within their modes."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from device_configs.emulator.eos.commands import GLOBAL, ModeCommand, known_line
from device_configs.patches.patterns import Words
from ops_core.kernel.sha512_crypt import sha512_crypt

_INDENT = "   "
_SEAL = "$sealed$"
_PASSWORD, _HASHED = "secret", ("sha512", "5")
"""Before a password, and before the hash of one, which stays as it is."""
_SALT_OCTETS = 12


@dataclass(slots=True)
class ModeNode:
    """A line and what stands in the mode it opens; the root has no command."""

    words: Words = ()
    command: ModeCommand | None = None
    inside: dict[Words, ModeNode] = field(default_factory=dict)

    @property
    def mode(self) -> str:
        return GLOBAL if self.command is None else self.command.opens

    def copied(self) -> ModeNode:
        """A copy of its own."""
        return replace(self, inside={name: one.copied() for name, one in self.inside.items()})

    def lines(self, depth: int = 0) -> Iterator[str]:
        """As the box shows it, in the order of its commands."""
        for node in sorted(self.inside.values(), key=_place):
            yield _INDENT * depth + " ".join(node.words)
            yield from node.lines(depth + 1)
            if not depth:
                yield "!"


class ModeEditor:
    """Takes lines, as a terminal does: a line that a mode does not know may belong around it."""

    def __init__(self, root: ModeNode) -> None:
        self._path = [root]

    @property
    def mode(self) -> str:
        return self._path[-1].mode

    def take(self, line: str) -> bool:
        """Take a line; False, and nothing is changed, for one that no mode knows."""
        words = tuple(line.split())
        if not words or words[0].startswith("!"):
            return True
        if words == ("exit",):
            del self._path[max(1, len(self._path) - 1) :]
            return True
        return self._set(words) or (words[0] == "no" and self._remove(words[1:]))

    def _set(self, words: Words) -> bool:
        for depth in range(len(self._path), 0, -1):
            around = self._path[depth - 1]
            known = known_line(around.mode, words)
            if known is None:
                continue
            del self._path[depth:]
            node = around.inside.setdefault(known.name, ModeNode())
            node.words, node.command = _sealed(words, known.command.secrets), known.command
            if known.command.opens:
                self._path.append(node)
            return True
        return False

    def _remove(self, words: Words) -> bool:
        for depth in range(len(self._path), 0, -1):
            around = self._path[depth - 1]
            if gone := [n for n in around.inside if words[: len(n)] == n or n == words]:
                del self._path[depth:]
                for name in gone:
                    del around.inside[name]
                return True
        return False


def read_lines(lines: Iterable[str]) -> ModeNode:
    """The configuration that lines make. Raises ValueError for one that no mode knows."""
    root = ModeNode()
    editor = ModeEditor(root)
    for line in lines:
        if line.strip() == "end":
            break
        if not editor.take(line):
            raise ValueError(f"no mode knows: {line.strip()}")
    return root


def shown_lines(root: ModeNode) -> Sequence[str]:
    """The configuration as the box shows it, with the line that ends it."""
    return [*root.lines(), "end"]


def _place(node: ModeNode) -> tuple[int, Words]:
    return (0 if node.command is None else node.command.place, node.words)


def _sealed(words: Words, keywords: Words) -> Words:
    """The words with what stands behind a keyword of secrets as the box keeps it."""
    if _PASSWORD in keywords:
        return _with_hash(words)
    return tuple(
        _seal(word) if at and words[at - 1] in keywords else word for at, word in enumerate(words)
    )


def _with_hash(words: Words) -> Words:
    """A password as its salted hash; the salt is another one each time."""
    at = words.index(_PASSWORD) + 1 if _PASSWORD in words else len(words)
    given = words[at:]
    if not given or given[0] in _HASHED:
        return words
    password = given[1] if given[0] == "0" else given[0]
    salt = secrets.token_urlsafe(_SALT_OCTETS).translate(str.maketrans("-_", "./"))
    return (*words[:at], "sha512", sha512_crypt(password, salt))


def _seal(secret: str) -> str:
    if secret.startswith(_SEAL):
        return secret
    return _SEAL + hashlib.sha256(f"emulated box:{secret}".encode()).hexdigest()[:32]
