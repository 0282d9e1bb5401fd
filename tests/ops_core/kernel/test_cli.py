import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer
from sqlalchemy import text
from typer.testing import CliRunner

from ops_core.app.audit_cli import audit
from ops_core.kernel.cli import users
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.command_line import RefusingGroup
from ops_core.kernel.database import open_database
from ops_core.kernel.identity import authenticate
from ops_core.kernel.settings import load_settings

PASSWORD = "correct horse battery"


class Shell:
    """Runs ``zhishou ...`` on an installation of its own."""

    def __init__(self) -> None:
        self.app = typer.Typer(cls=RefusingGroup)
        self.app.add_typer(users)
        self.app.add_typer(audit)

    def run(self, *words: str, stdin: str = "", expect: int = 0) -> str:
        result = CliRunner().invoke(self.app, list(words), input=stdin)
        assert result.exit_code == expect, result.output
        return result.output

    def json(self, *words: str, stdin: str = "", expect: int = 0):  # type: ignore[no-untyped-def]
        return json.loads(self.run(*words, "--json", stdin=stdin, expect=expect))


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv("ZHISHOU_STATE_DIRECTORY", str(tmp_path / "state"))
    monkeypatch.delenv("ZHISHOU_DATABASE_URL", raising=False)
    return Shell()


def can_sign_in(name: str, password: str) -> bool:
    database = open_database(load_settings())
    try:
        return authenticate(database, name, password, SystemClock()).name == name
    finally:
        database.close()


def test_a_user_added_before_the_first_start_signs_in_with_the_password_shown(
    shell: Shell,
) -> None:
    added = shell.json("users", "add", "zhang.wei", "--role", "supervisor")
    assert (added["name"], added["roles"], added["active"]) == ("zhang.wei", ["supervisor"], True)
    assert can_sign_in("zhang.wei", added["password"])
    listed = shell.json("users", "list")
    assert [user["name"] for user in listed] == ["zhang.wei"]
    assert "password" not in listed[0]


def test_a_password_read_from_standard_input_is_not_shown(shell: Shell) -> None:
    words = ("users", "add", "zhang.wei", "--display-name", "张伟", "--password-stdin")
    assert PASSWORD not in shell.run(*words, stdin=f"{PASSWORD}\n")
    assert can_sign_in("zhang.wei", PASSWORD)
    changed = shell.json("users", "password", "zhang.wei")
    assert can_sign_in("zhang.wei", changed["password"])
    assert "张伟" in shell.run("users", "list")


def test_roles_are_shown_and_replaced(shell: Shell) -> None:
    shell.run("users", "add", "zhang.wei", "--role", "supervisor")
    assert shell.json("users", "roles", "zhang.wei")["roles"] == ["supervisor"]
    words = ("--role", "duty_technician", "--role", "network_engineer")
    changed = shell.json("users", "roles", "zhang.wei", *words)
    assert changed["roles"] == ["duty_technician", "network_engineer"]
    assert shell.json("users", "deactivate", "zhang.wei")["active"] is False
    assert shell.json("users", "reactivate", "zhang.wei")["active"] is True


@pytest.mark.parametrize(
    ("words", "exit_code", "said"),
    [
        (("users", "roles", "li.na"), 3, "li.na"),
        (("users", "add", "Li Na"), 2, "Li Na"),
        (("users", "add", "zhang.wei"), 4, "zhang.wei"),
        (("users", "deactivate", "zhang.wei"), 4, "zhang.wei"),
        (("users", "add", "li.na", "--role", "unit_handler"), 2, "承办单位经办人"),
        (("users", "roles", "zhang.wei", "--unit", "housing"), 2, "housing"),
        (("users", "token", "li.na"), 3, "li.na"),
        (("users", "token", "zhang.wei", "--days", "0"), 2, "days"),
        (("users", "tokens-end", "li.na"), 3, "li.na"),
        (("audit", "verify", "--anchor", "nonsense"), 2, "nonsense"),
    ],
    ids=[
        "not there",
        "no name",
        "taken",
        "the last administrator",
        "no unit",
        "a unit alone",
        "no user",
        "no days",
        "nobody",
        "no anchor",
    ],
)
def test_a_refused_command_says_why_and_ends_with_its_exit_code(
    shell: Shell, words: tuple[str, ...], exit_code: int, said: str
) -> None:
    shell.run("users", "add", "zhang.wei", "--role", "administrator")
    output = shell.run(*words, expect=exit_code)
    assert said in output
    assert "Traceback" not in output


def test_a_unit_is_given_with_its_role_and_shown(shell: Shell) -> None:
    words = ("--role", "unit_handler", "--unit", "housing")
    assert shell.json("users", "add", "wang.fang", *words)["unit"] == "housing"
    assert "housing" in shell.run("users", "list")
    shell.run("users", "roles", "wang.fang", "--role", "unit_handler", "--unit", "water")
    assert shell.json("users", "roles", "wang.fang")["unit"] == "water"
    assert shell.json("users", "roles", "wang.fang", "--role", "agent")["unit"] == ""


def test_a_token_is_shown_once_and_ended(shell: Shell) -> None:
    shell.run("users", "add", "acd", "--role", "interface")
    issued = shell.json("users", "token", "acd", "--days", "7")
    assert (issued["name"], len(issued["token"])) == ("acd", 43)
    assert datetime.fromisoformat(issued["expires_at"]) - datetime.now(UTC) <= timedelta(days=7)
    shown = re.search(r": (\S{43})$", shell.run("users", "token", "acd"), re.MULTILINE)
    assert shown is not None
    told = shell.run("audit", "list") + shell.run("users", "list")
    assert issued["token"] not in told
    assert shown[1] not in told
    assert shell.json("users", "tokens-end", "acd") == {"name": "acd", "ended": 2}
    assert "0" in shell.run("users", "tokens-end", "acd")


def test_the_audit_chain_is_listed_and_verified_and_a_broken_one_is_an_error(
    shell: Shell,
) -> None:
    for name in ("zhang.wei", "li.na"):
        shell.run("users", "add", name)
    entries = shell.json("audit", "list")
    assert [e["position"] for e in entries] == [2, 1]
    assert {e["action"] for e in entries} == {"user_created"}
    assert entries[0]["actor"].startswith("system:cli/")
    assert "li.na" in shell.run("audit", "list", "--limit", "1")
    anchor = shell.json("audit", "verify")["anchor"]
    assert anchor == f"2:{entries[0]['hash']}"
    shell.run("audit", "verify", "--anchor", anchor)

    database = open_database(load_settings())
    with database.transaction() as session:
        session.execute(text("UPDATE audit_entries SET actor = 'nobody' WHERE position = 1"))
    database.close()
    broken = shell.json("audit", "verify", expect=1)
    assert broken["intact"] is False
    assert broken["breaks"][0]["position"] == 1
    assert broken["breaks"][0]["kind"] == "altered"
    assert "altered" in shell.run("audit", "verify", expect=1)
