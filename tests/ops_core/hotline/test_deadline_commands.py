"""``zhishou orders deadlines``: each word of either side with a password."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ops_core.app.tables import TABLE_MODULES
from ops_core.hotline.orders.cli import orders
from ops_core.kernel.audit import read_audit
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database, migrate, open_database
from ops_core.kernel.identity import create_user
from ops_core.kernel.permissions import Actor, Role
from ops_core.kernel.settings import load_settings

PASSWORD = "correct-horse-battery"
OPERATOR, PURCHASER = "zhao.lei", "zhou.min"


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.setenv("ZHISHOU_STATE_DIRECTORY", str(tmp_path / "state"))
    monkeypatch.setenv("ZHISHOU_LANGUAGE", "zh")
    monkeypatch.delenv("ZHISHOU_DATABASE_URL", raising=False)
    opened = open_database(load_settings())
    migrate(opened.engine, TABLE_MODULES)
    with unit_of_work(opened, None, SystemClock(), Actor.system("test")) as uow:
        create_user(uow, OPERATOR, "赵磊", PASSWORD, [Role.SUPERVISOR])
        create_user(uow, PURCHASER, "周敏", PASSWORD, [Role.PURCHASER_SUPERVISOR])
    yield opened
    opened.close()


def run(*words: str, who: str = "", expect: int = 0) -> str:
    said = ["deadlines", *words, *(("--as", who, "--password-stdin") if who else ())]
    result = CliRunner().invoke(orders, said, input=PASSWORD + "\n")
    assert result.exit_code == expect, result.output
    return result.stdout


def test_a_version_is_drafted_by_one_side_and_decided_by_the_other(
    database: Database, tmp_path: Path
) -> None:
    rules = json.loads(run("show"))
    assert rules["handle_within"]["help"] == {"ordinary": 3, "urgent": 3, "critical": 3}
    rules["handle_within"]["help"]["critical"] = 1
    path = tmp_path / "rules.json"
    path.write_text(json.dumps(rules))
    asked = ("draft", str(path), "--from", "2100-01-01T00:00", "--reason", "3号文")
    run(*asked, expect=5)
    assert run(*asked, who=PURCHASER).startswith("2\t待批准\t2100-01-01 00:00:00")
    run("approve", "2", who=PURCHASER, expect=5)
    with database.reading() as session:
        last = read_audit(session, limit=1)[0]
    assert (last.actor, last.action, last.subject_id) == (PURCHASER, "refused", "2")
    run("refuse", "2", who=OPERATOR, expect=2)
    run("approve", "3", who=OPERATOR, expect=3)
    assert "已批准" in run("approve", "2", who=OPERATOR)
    run("withdraw", "2", who=PURCHASER, expect=4)
    (listed,) = json.loads(run("list", "--json"))
    assert (listed["version"], listed["rules"], listed["state"]) == (2, rules, "approved")
    assert json.loads(run("show"))["handle_within"]["help"]["critical"] == 3, "not yet in force"
    path.write_text("{")
    run(*asked, who=OPERATOR, expect=2)
