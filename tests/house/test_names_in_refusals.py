"""A refusal names people and units so that a screen can say their display names."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from ops_core.kernel.settings import PROJECT_DIRECTORY

PARTS = ("ops_core/hotline", "ops_core/registers", "ops_core/obligations", "ops_core/reports",
         "wallboard")  # fmt: skip
REFUSALS = frozenset({"Conflict", "Forbidden", "Invalid", "NotFound"})
OF_PEOPLE_AND_UNITS = re.compile(
    r"\b(actor|person|writer|owner|unit|units|drafted_by|submitted_by|recorded_by|decided_by"
    r"|replier|proposer|co_units|co_waiting|waiting)\b|worker\.name"
)
NAMED = re.compile(r"PersonName|UnitName")
NO_NAME = {"len(units)"}


def values_in_refusals(path: Path) -> Iterator[tuple[int, str]]:
    """The values that a refusal's texts are filled with, as they are written, with their lines."""
    for call in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(call, ast.Call) and ast.unparse(call.func) in REFUSALS:
            for text in ast.walk(call):
                if isinstance(text, ast.Call) and ast.unparse(text.func) == "message":
                    yield from ((text.lineno, ast.unparse(one.value)) for one in text.keywords)


def test_people_and_units_in_refusals_are_marked_as_such() -> None:
    found = []
    for part in PARTS:
        for path in sorted((PROJECT_DIRECTORY / part).rglob("*.py")):
            for line, value in values_in_refusals(path):
                bare = OF_PEOPLE_AND_UNITS.search(value) and not NAMED.search(value)
                if bare and value not in NO_NAME:
                    found.append(f"{path.relative_to(PROJECT_DIRECTORY)}:{line}: {value}")
    assert found == []
