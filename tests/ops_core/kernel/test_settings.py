from pathlib import Path

import pytest
from pydantic import ValidationError

from ops_core.kernel.settings import load_settings


def test_without_any_setting_all_state_is_in_one_directory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("ZHISHOU_DATABASE_URL", raising=False)
    monkeypatch.setenv("ZHISHOU_STATE_DIRECTORY", str(tmp_path))
    settings = load_settings()
    assert settings.effective_database_url == f"sqlite:///{tmp_path}/zhishou.sqlite"


def test_a_named_database_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHISHOU_DATABASE_URL", "postgresql+psycopg://db/zhishou")
    assert load_settings().effective_database_url == "postgresql+psycopg://db/zhishou"


@pytest.mark.parametrize(
    ("variable", "value"),
    [("METRICS", "mysql"), ("WEB_PORT", "70000"), ("POLLING_INTERVAL_S", "0"), ("LANGUAGE", "fr")],
)
def test_a_wrong_setting_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(f"ZHISHOU_{variable}", value)
    with pytest.raises(ValidationError, match=variable.lower()):
        load_settings()
