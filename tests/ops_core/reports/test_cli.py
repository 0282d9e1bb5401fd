"""``zhishou reports``: the same steps as on the page, signed by people who type a password."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ops_core.app.tables import TABLE_MODULES
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import migrate, open_database
from ops_core.kernel.identity import create_user
from ops_core.kernel.permissions import Actor, Role
from ops_core.kernel.settings import load_settings
from ops_core.reports.cli import reports as commands

PASSWORD = "correct-horse-battery"
PEOPLE = {"he.lan": Role.DISPATCHER, "gao.yu": Role.SUPERVISOR,
          "zhou.min": Role.PURCHASER_SUPERVISOR}  # fmt: skip


@pytest.fixture(autouse=True)
def _installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The installation's own database with a person of each kind."""
    monkeypatch.setenv("ZHISHOU_STATE_DIRECTORY", str(tmp_path / "state"))
    monkeypatch.delenv("ZHISHOU_DATABASE_URL", raising=False)
    monkeypatch.chdir(tmp_path)
    database = open_database(load_settings())
    migrate(database.engine, TABLE_MODULES)
    with unit_of_work(database, None, SystemClock(), Actor.system("test")) as uow:
        for name, role in PEOPLE.items():
            create_user(uow, name, name, PASSWORD, [role])
    database.close()


def run(*words: str, who: str = "", expect: int = 0) -> str:
    signed = ("--as", who, "--password-stdin") if who else ()
    result = CliRunner().invoke(commands, [*words, *signed], input=PASSWORD + "\n")
    assert result.exit_code == expect, result.output
    return result.stdout


def test_a_report_is_written_reviewed_submitted_returned_and_received(tmp_path: Path) -> None:
    key = json.loads(run("flash", "供暖中断", "--json", who="he.lan"))["key"]
    run("draft", key, who="he.lan")
    (tmp_path / "text.txt").write_text("正在抢修。", "utf-8")
    run("write", key, "text.txt", "--section", "summary", who="he.lan")
    run("write", key, "text.txt", "--section", "none", who="he.lan", expect=2)
    run("review", key, expect=5)  # the machine's login is nobody's word
    run("review", key, who="zhou.min", expect=5)
    run("review", key, who="gao.yu")
    run("receipt", key, who="zhou.min", expect=4)
    run("submit", key, "--to", "甲", "--to", "乙", who="he.lan")
    run("return", key, "--incomplete", "--reason", "缺一章", who="zhou.min")
    run("write", key, "text.txt", "--section", "cases", who="he.lan")
    run("hand-back", key, "--reason", "请核对", who="gao.yu")
    run("review", key, who="gao.yu")
    run("submit", key, "--to", "甲", who="he.lan")
    assert run("receipt", key, who="zhou.min").split() == [key, "received", "11"]
    shown = json.loads(run("show", key, "--json"))
    assert (shown["state"], sorted(shown["files"])) == (
        "received", [f"{key}.docx", f"{key}.xlsx"],
    )  # fmt: skip
    assert "缺一章" in run("show", key)
    assert run("file", key, "--kind", "xlsx").strip() == f"{key}.xlsx"
    assert (tmp_path / f"{key}.xlsx").read_bytes()[:2] == b"PK"


def test_what_is_owed_is_listed_before_anybody_recorded_it() -> None:
    owed = {one["key"] for one in json.loads(run("due", "--tab", "all", "--json"))}
    assert {"monthly-2026-10", "weekly-2026-W45"} <= owed
    assert "monthly-2026-10" in run("due")
    run("show", "monthly-1999-01", expect=3)
    run("file", "monthly-1999-01", expect=3)
