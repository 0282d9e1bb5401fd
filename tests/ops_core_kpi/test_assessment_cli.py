"""``zhishou indicators`` from an exemption to a restatement, each word signed by a person."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ops_core.app.tables import TABLE_MODULES
from ops_core.kernel.audit import read_audit
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database, migrate, open_database
from ops_core.kernel.events import EventBus
from ops_core.kernel.identity import create_user
from ops_core.kernel.permissions import Actor, Role
from ops_core.kernel.settings import load_settings
from ops_core.kpi.cli import indicators
from tests.ops_core_kpi.stored import SHANGHAI, store_ratings

PASSWORD, MONTH = "correct-horse-battery", "2026-01"
START = datetime(2026, 1, 5, tzinfo=SHANGHAI)
OPERATOR, PURCHASER = "zhao.lei", "zhou.min"


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """The installation's own database, with a person of either side and four ratings."""
    monkeypatch.setenv("ZHISHOU_STATE_DIRECTORY", str(tmp_path / "state"))
    monkeypatch.delenv("ZHISHOU_DATABASE_URL", raising=False)
    opened = open_database(load_settings())
    migrate(opened.engine, TABLE_MODULES)
    with unit_of_work(opened, EventBus(), SystemClock(), Actor.system("test")) as uow:
        create_user(uow, OPERATOR, "赵磊", PASSWORD, [Role.SUPERVISOR])
        create_user(uow, PURCHASER, "周敏", PASSWORD, [Role.PURCHASER_SUPERVISOR])
    rate(opened, ("call:pbx:1", 5, START), ("call:pbx:2", 1, START + timedelta(hours=1)),
         ("call:pbx:3", 5, START + timedelta(days=2)))  # fmt: skip
    yield opened
    opened.close()


def rate(database: Database, *ratings: tuple[str, int, datetime]) -> None:
    with database.transaction() as session:
        store_ratings(session, ratings)


def sign(who: str, *words: str, expect: int = 0) -> str:
    said = [*words, "--as", who, "--password-stdin"]
    result = CliRunner().invoke(indicators, said, input=PASSWORD + "\n")
    assert result.exit_code == expect, result.output
    return result.stdout


def ask(*words: str, expect: int = 0) -> str:
    result = CliRunner().invoke(indicators, list(words))
    assert result.exit_code == expect, result.output
    return result.stdout


def row() -> dict[str, object]:
    rows = json.loads(ask("assessment", "--month", MONTH, "--json"))["rows"]
    return next(one for one in rows if one["indicator"] == 10)


def test_both_sides_sign_from_an_exemption_to_a_restatement(database: Database) -> None:
    window = ("exemptions", "request", "--indicator", "10", "--from", "2026-01-05T00:30", "--to",
              "2026-01-05T02:00", "--reason", "中断", "--evidence", "豫通7号")  # fmt: skip
    ask(*window, expect=5)
    sign(PURCHASER, *window, expect=5)
    number = sign(OPERATOR, *window).split("\t")[0]
    sign(OPERATOR, "exemptions", "approve", number, expect=5)
    with database.reading() as session:
        last = read_audit(session, limit=1)[0]
    assert (last.actor, last.action, last.subject_id) == (OPERATOR, "refused", number)
    sign(OPERATOR, "submit", MONTH, "--indicator", "10", expect=4)
    sign(PURCHASER, "exemptions", "approve", number)
    assert f"{number}\tapproved\t10" in ask("exemptions", "list")
    assert (row()["value"], row()["raw"], row()["state"]) == ("100.00%", "66.66%", "provisional")
    sign(PURCHASER, "submit", MONTH, "--indicator", "10", expect=5)
    sign(OPERATOR, "submit", MONTH, "--indicator", "10")
    sign(PURCHASER, "object", MONTH, "--indicator", "10", "--reason", "请补说明")
    assert f"{MONTH}/10\tsubmitted" in sign(OPERATOR, "submit", MONTH, expect=4), "6 is unproven"
    assert f"{MONTH}/10\tsealed" in sign(PURCHASER, "seal", MONTH)
    assert "sealed" not in ask("verify", expect=1), (
        "the ratings have no events; the seals are whole"
    )
    rate(database, ("call:pbx:late", 1, START + timedelta(days=3)))
    assert f"{MONTH}/10 call:pbx:late" in ask("verify", expect=1)
    assert (row()["sealed"], row()["differs"]) == ("100.00%", True)
    sign(PURCHASER, "restate", MONTH, "--indicator", "10", expect=4)
    sign(OPERATOR, "restate", MONTH, "--indicator", "10", "--reason", "补报")
    sign(PURCHASER, "decline", MONTH, "--indicator", "10", "--reason", "另行核实")
    sign(OPERATOR, "restate", MONTH, "--indicator", "10", "--reason", "补报")
    assert f"{MONTH}/10\trestated" in sign(PURCHASER, "restate", MONTH, "--indicator", "10")
    assert (row()["sealed"], row()["differs"]) == ("66.66%", False)
