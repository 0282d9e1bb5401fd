"""docs/settings.md names every setting, with its default and an example that is taken."""

import re
from collections.abc import Mapping

import pytest
from pydantic import SecretStr
from pydantic_core import PydanticUndefined

from ops_core.kernel.environment import PREFIX
from ops_core.kernel.settings import PROJECT_DIRECTORY, Settings, load_settings
from tests.documents.recipe import ROOT

_ROW = re.compile(
    r"^\| `(?P<variable>ZHISHOU_\w+)` \| (?P<meaning>[^|]+) \| (?P<default>[^|]+) \| [^|]+ \|"
    r" `(?P<example>[^`|]+)` \|$",
    re.MULTILINE,
)
PAGE = (ROOT / "docs/settings.md").read_text("utf-8")
ROWS: Mapping[str, re.Match[str]] = {row["variable"]: row for row in _ROW.finditer(PAGE)}


def variable(field: str) -> str:
    return f"{PREFIX}{field.upper()}"


def shown(value: object) -> str:
    """A default as the page writes it."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if hasattr(value, "relative_to"):
        return f"`{value.relative_to(PROJECT_DIRECTORY)}` of the project"
    return "none" if value in ((), "", [], frozenset()) else f"`{value}`"


def test_every_setting_has_its_row_and_no_row_is_left_over() -> None:
    assert sorted(ROWS) == sorted(variable(field) for field in Settings.model_fields)


def test_every_default_is_the_one_in_use() -> None:
    wrong = {
        row: (ROWS[row]["default"], shown(field.default))
        for name, field in Settings.model_fields.items()
        if (row := variable(name)) in ROWS
        and field.default is not PydanticUndefined
        and ROWS[row]["default"] != shown(field.default)
    }
    assert wrong == {}


def test_every_example_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, row in ROWS.items():
        monkeypatch.setenv(name, row["example"])
    settings = load_settings()
    kept = {variable(name): getattr(settings, name) for name in Settings.model_fields}
    same = [n for n, value in kept.items() if n in ROWS and plain(value) != ROWS[n]["example"]]
    assert same == []


def plain(value: object) -> str:
    """A value as it was written in the environment."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, tuple | list | frozenset):
        return ",".join(map(str, value))
    text = str(value)
    return text.lower() if isinstance(value, bool) else text.removesuffix(".0")
