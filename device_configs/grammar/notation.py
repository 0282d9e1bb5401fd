"""The vendors' notation of command forms, parsed into a tree.

``vrrp vrid <1-255> { priority <1-254> | virtual-ip IPV4 } -> view``

- lower-case words are keywords; ``'WORD'`` in quotes is a keyword that has capitals;
- ``<1-255>`` is an integer in a range, ``<0-240:16>`` in steps, ``UPPER`` or
  ``UPPER<arguments>`` a typed value (:mod:`device_configs.grammar.values`);
- ``{ a | b }`` is one of them, ``[ a | b ]`` one or none, ``{ a | b } *`` one or more, each at
  most once and in any order, ``[ a | b ] *`` likewise or none;
- ``x &<1-8>`` repeats the element before it 1 to 8 times;
- ``-> view`` ends a form whose line opens a view;
- a value may be followed by marks: ``=kind`` defines a name of a kind, ``@kind`` refers to one;
  ``.kind`` is known only inside the block it stands in; ``+`` appends to the name before it (names
  of two words); ``~`` takes the number at the value's end, ``/Prefix`` puts a prefix before it
  (``/One|Other``: either).
"""

import re
from dataclasses import dataclass


class NotationFault(ValueError):
    """A command form that is not written in the notation; says where."""


@dataclass(frozen=True)
class NameMark:
    """What a value means beyond its own line."""

    defines: bool
    kind: str
    local: bool = False
    appends: bool = False
    number_only: bool = False
    prefixes: tuple[str, ...] = ("",)

    def names_of(self, value: str) -> tuple[str, ...]:
        """The names that a value may stand for: unquoted, cut to its number or with a prefix."""
        name = value.strip('"')
        number = _LAST_NUMBER.search(name) if self.number_only else None
        return tuple(prefix + (number.group() if number else name) for prefix in self.prefixes)


@dataclass(frozen=True)
class Keyword:
    word: str


@dataclass(frozen=True)
class Value:
    """A typed value as written, ``type`` without its arguments (``"<"`` for an integer range)."""

    type: str
    arguments: str
    marks: tuple[NameMark, ...] = ()

    @property
    def label(self) -> str:
        """As an engineer reads it: ``<1-255>``, ``IPV4``, ``STRING<1-31>``."""
        if self.type == "<":
            return f"<{self.arguments}>"
        return f"{self.type}<{self.arguments}>" if self.arguments else self.type


@dataclass(frozen=True)
class Series:
    """Elements one after the other."""

    items: tuple["Node", ...]


@dataclass(frozen=True)
class Choice:
    """``{ }``, ``[ ]`` (optional), and both with ``*`` (any_order)."""

    alternatives: tuple["Node", ...]
    optional: bool
    any_order: bool


@dataclass(frozen=True)
class Repeat:
    item: "Node"
    most: int


Node = Keyword | Value | Series | Choice | Repeat


@dataclass(frozen=True)
class Form:
    """One command form: its tree and the view that its line opens."""

    text: str
    tree: Series
    opens: str | None


_LAST_NUMBER = re.compile(r"\d+$")
_TOKEN = re.compile(r"&<1-\d+>|->|[{}\[\]|*](?=\s|$)|\S+")
_VALUE = re.compile(
    r"(?:<(?P<range>\d+-\d+(?::\d+)?(?:\|\d+-\d+)*)>|(?P<type>[A-Z][A-Z0-9]*)(?:<(?P<args>[^<>]*)>)?)"
    r"(?P<marks>(?:[=@]\.?[a-z0-9-]+(?:\+|~|/[A-Za-z|-]+)?)*)"
)
_MARK = re.compile(r"(?P<sign>[=@])(?P<local>\.?)(?P<kind>[a-z0-9-]+)(?P<more>\+|~|/[A-Za-z|-]+)?")
_KEYWORD = re.compile(r"[a-z0-9][a-z0-9./+_:-]*|[A-Z][a-z][A-Za-z0-9-]*")
_CLOSES = {"{": "}", "[": "]"}


def parse_form(text: str) -> Form:
    """The tree of a form. Raises :class:`NotationFault` with the form and what is wrong in it."""
    body, arrow, view = text.partition(" -> ")
    parser = _Parser(text, _TOKEN.findall(body))
    tree = parser.series("")
    if not tree.items:
        raise NotationFault(f"{text!r}: holds no element")
    return Form(text, tree, view.strip() if arrow else None)


class _Parser:
    """Recursive descent over the tokens of one form."""

    def __init__(self, text: str, tokens: list[str]) -> None:
        self._text = text
        self._tokens = tokens
        self._at = 0

    def series(self, closing: str) -> Series:
        """Elements up to ``|`` or the closing bracket (not consumed), or the form's end."""
        items: list[Node] = []
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            if closing and token in ("|", closing):
                break
            self._at += 1
            if token in _CLOSES:
                items.append(self._choice(token))
            elif token.startswith("&<"):
                if not items:
                    raise self._fault(f"{token} repeats nothing")
                items.append(Repeat(items.pop(), int(token[4:-1])))
            else:
                items.append(self._element(token))
        return Series(tuple(items))

    def _choice(self, opening: str) -> Choice:
        closing = _CLOSES[opening]
        alternatives: list[Node] = []
        while True:
            alternative = self.series(closing)
            if not alternative.items:
                raise self._fault("an alternative is empty")
            alternatives.append(
                alternative.items[0] if len(alternative.items) == 1 else alternative
            )
            if self._at == len(self._tokens):
                raise self._fault(f"{opening!r} is not closed")
            token = self._tokens[self._at]
            self._at += 1
            if token == closing:
                break
        any_order = self._at < len(self._tokens) and self._tokens[self._at] == "*"
        self._at += any_order
        return Choice(tuple(alternatives), opening == "[", any_order)

    def _element(self, token: str) -> Keyword | Value:
        if _KEYWORD.fullmatch(token):
            return Keyword(token)
        if len(token) > 2 and token[0] == token[-1] == "'":
            return Keyword(token[1:-1])
        value = _VALUE.fullmatch(token)
        if value is None:
            raise self._fault(f"{token!r} is neither a keyword nor a value")
        marks = tuple(_mark(found) for found in _MARK.finditer(value["marks"]))
        if value["range"]:
            return Value("<", value["range"], marks)
        return Value(value["type"], value["args"] or "", marks)

    def _fault(self, what: str) -> NotationFault:
        return NotationFault(f"{self._text!r}: {what}")


def _mark(found: re.Match[str]) -> NameMark:
    more = found["more"] or ""
    return NameMark(
        defines=found["sign"] == "=",
        kind=found["kind"],
        local=bool(found["local"]),
        appends=more == "+",
        number_only=more == "~",
        prefixes=tuple(more[1:].split("|")) if more.startswith("/") else ("",),
    )
