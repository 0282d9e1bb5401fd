"""What is wrong with an installation is said with the file and the remedy, by every command that
changes devices or runs playbooks; none of them ends in a traceback."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ops_core.app.cli import app

COMMANDS = (
    "deploy --check", "deploy --limit sw-1", "net plan", "net history", "net rollback N-1",
    "net apply N-1", "play facts --check", "plays history", "verify", "render rt-a",
)  # fmt: skip
NEEDS_SECRETS = ("deploy --check", "deploy --limit sw-1", "net plan", "render rt-a")
CANARY = "canary-51aa"


@pytest.fixture
def zhishou(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run a command as an installation does whose state is in ``tmp_path``."""
    monkeypatch.setenv("ZHISHOU_STATE_DIRECTORY", str(tmp_path / "state"))

    def run(command: str, **environment: str) -> Result:
        for name, value in environment.items():
            monkeypatch.setenv(f"ZHISHOU_{name.upper()}", value)
        return CliRunner().invoke(app, command.split())

    return run


def said(result: Result) -> str:
    """Standard error of a command that ended decently."""
    assert isinstance(result.exception, SystemExit | None), result.exception
    assert "Traceback" not in result.output
    return result.stderr


@pytest.mark.parametrize("command", NEEDS_SECRETS)
@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(None, ("没有密钥文件", "zhishou twin up"), id="missing"),
        pytest.param("", ("内容不正确", "-: "), id="empty"),
        pytest.param('{"snmp_community": ', ("内容不正确", "Invalid JSON"), id="cut short"),
        pytest.param('["x"]', ("内容不正确",), id="no object"),
        pytest.param(json.dumps({"snmp_community": CANARY, "snmp_user": "u",
                                 "snmp_auth_password": "x-" + CANARY[:5],
                                 "snmp_priv_password": 5}),
                     ("snmp_auth_password", "snmp_priv_password"), id="fields"),
        pytest.param("folder", ("无法读取", "Is a directory"), id="a folder in its place"),
    ],
)  # fmt: skip
def test_secrets_that_cannot_be_used(
    zhishou: Callable[..., Result], tmp_path: Path, command: str, content: str | None,
    words: tuple[str, ...],
) -> None:  # fmt: skip
    file = tmp_path / "state/secrets.json"
    file.parent.mkdir()
    if content == "folder":
        file.mkdir()
    elif content is not None:
        file.write_text(content)
    result = zhishou(command)
    text = said(result)
    assert result.exit_code == 4
    assert str(file) in text
    for word in words:
        assert word in text
    assert CANARY not in text
    assert CANARY[:5] not in text


@pytest.mark.parametrize("command", [c for c in COMMANDS if not c.startswith("plays")])
def test_a_declaration_that_is_not_there(
    zhishou: Callable[..., Result], tmp_path: Path, command: str
) -> None:
    result = zhishou(command, inventory=str(tmp_path / "nowhere"))
    assert "hosts.yml: -: cannot be read" in said(result)
    assert "create the file" in result.stderr
    assert result.exit_code == 2


@pytest.mark.parametrize("command", [c for c in COMMANDS if c != "verify"])  # writes nothing
def test_a_state_directory_that_cannot_be_written(
    zhishou: Callable[..., Result], tmp_path: Path, command: str
) -> None:
    file = tmp_path / "file"
    file.write_text("")
    result = zhishou(command, state_directory=str(file / "state"))
    text = said(result)
    assert str(file) in text
    assert result.exit_code == 4
