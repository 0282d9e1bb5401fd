"""The short reading of the environment and the settings never disagree."""

from pathlib import Path

import pytest

from ops_core.kernel.environment import language, sqlite_file, state_directory
from ops_core.kernel.settings import load_settings

NAMES = (
    "ZHISHOU_STATE_DIRECTORY",
    "zhishou_state_directory",
    "ZHISHOU_LANGUAGE",
    "Zhishou_Language",
    "ZHISHOU_DATABASE_URL",
)

CASES = {
    "nothing declared": {},
    "another directory": {"ZHISHOU_STATE_DIRECTORY": "/var/lib/zhishou"},
    "a relative directory": {"ZHISHOU_STATE_DIRECTORY": "state"},
    "spelt small": {"zhishou_state_directory": "/srv/z", "Zhishou_Language": "en"},
    "English": {"ZHISHOU_LANGUAGE": "en"},
    "a SQLite file by URL": {"ZHISHOU_DATABASE_URL": "sqlite:////srv/other.sqlite"},
    "a relative SQLite file": {"ZHISHOU_DATABASE_URL": "sqlite:///other.sqlite"},
}


@pytest.fixture(autouse=True)
def _nothing_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("declared", CASES.values(), ids=CASES)
def test_both_read_the_same(declared: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in declared.items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    assert state_directory() == settings.state_directory
    assert language() == settings.language
    assert f"sqlite:///{sqlite_file()}" == settings.effective_database_url


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://zhishou@localhost/zhishou",
        "sqlite:///shared.sqlite?cache=shared",
        "sqlite+pysqlite:///other.sqlite",
        "sqlite://",
    ],
)
def test_any_other_database_is_no_plain_file(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHISHOU_DATABASE_URL", url)
    assert sqlite_file() is None


def test_a_language_that_is_none_falls_back_so_that_refusals_stay_readable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ZHISHOU_LANGUAGE", "fr")
    assert language() == "zh"


def test_the_state_directory_is_a_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHISHOU_STATE_DIRECTORY", "/srv/z")
    assert state_directory() == Path("/srv/z")
