"""One word per idea: the glossary is true, and retired words come back in no identifier."""

import ast
import re
from collections.abc import Iterator

from tests.house.sources import ROOT, Module, identifiers, modules

GLOSSARY = ROOT / "docs" / "glossary.md"
RETIRED = {
    "beat": "heartbeat", "beats": "heartbeat", "beside": "secondary", "course": "history",
    "courses": "history", "culprit": "failed element", "culprits": "failed elements",
    "draughtsman": "renderer", "hint": "trigger", "hints": "trigger", "instead": "fallback",
    "keeper": "projector", "lot": "batch", "lots": "batches", "painter": "renderer",
    "pressing": "due soon", "said": "finding", "spoken": "localized", "standing": "state",
    "standings": "states", "stay": "impact window", "stays": "impact window", "tell": "emit",
    "telling": "emit", "tells": "emit", "together": "pipelined", "told": "recorded",
    "turn": "cycle", "turns": "cycles", "unread": "pipelined", "wanted": "filter",
    "wants": "accepts",
}  # fmt: skip
"""What the code called it, and what the trade calls it."""

EXEMPT = {
    "beside": "member of the JSON of /api/indicators",
    "course": "member of the JSON of /api/orders",
    "unread": "datagrams that nobody has read yet",
    "unread_to_ask_for": "datagrams that nobody has read yet",
    "_unread": "datagrams that nobody has read yet",
    "get_type_hints": "Python's own name",
    "type_hints": "Python's own term",
}
"""Identifiers that keep a retired word, and why."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_ROW = re.compile(r"^\| `(?P<term>\w+)` \| [^|]+ \| [^|]+ \| `(?P<module>[\w/]+\.py)` \|$", re.M)


def retired_in(name: str) -> list[str]:
    """The retired words of an identifier, whatever its case."""
    return [word for part in _WORD.findall(name) if (word := part.lower()) in RETIRED]


def violations(module: Module) -> Iterator[str]:
    for name, line in identifiers(module).items():
        for word in retired_in(name) if name not in EXEMPT else ():
            yield f"{module.path}:{line}: {name}: {word} -> {RETIRED[word]}"


def test_no_identifier_holds_a_retired_word() -> None:
    found = [line for module in modules() for line in violations(module)]
    assert found == [], "\n" + "\n".join(found)


def test_a_retired_word_is_found_in_any_spelling() -> None:
    spelt = ("lot", "LARGEST_LOT", "WantedCalls", "_told_at", "on_beat")
    assert all(retired_in(name) for name in spelt)
    assert not any(retired_in(name) for name in ("slot", "pilot", "return_value", "heartbeat"))


def defined(tree: ast.Module) -> set[str]:
    """Names of a module's classes, functions and constants."""
    names = {n.name for n in ast.walk(tree) if isinstance(n, ast.ClassDef | ast.FunctionDef)}
    return names | {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}


def test_every_term_of_the_glossary_is_where_the_glossary_says() -> None:
    trees = {module.path: module.tree for module in modules()}
    rows = [(row["term"], row["module"]) for row in _ROW.finditer(GLOSSARY.read_text("utf-8"))]
    assert len(rows) > 60
    missing = [
        f"{term}: {module}"
        for term, module in rows
        if module not in trees or term not in defined(trees[module])
    ]
    assert missing == []


def test_a_term_of_the_glossary_has_one_meaning() -> None:
    terms = [row["term"] for row in _ROW.finditer(GLOSSARY.read_text("utf-8"))]
    assert sorted(terms) == sorted(set(terms))
