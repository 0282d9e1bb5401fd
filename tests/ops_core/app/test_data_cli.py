"""``zhishou data``: sizes, and archives from a first dry run to their proof."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from monitors.samples import Sample, tags_of
from monitors.store.sqlite import SqliteMetricStore
from ops_core.app.cli import app
from ops_core.app.tables import TABLE_MODULES
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import migrate, open_database
from ops_core.kernel.events import EventBus
from ops_core.kernel.permissions import Actor
from ops_core.kernel.settings import load_settings

START = datetime(2025, 12, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four days over the turn of the year."""
    monkeypatch.setenv("ZHISHOU_STATE_DIRECTORY", str(tmp_path))
    monkeypatch.delenv("ZHISHOU_DATABASE_URL", raising=False)
    database = open_database(load_settings())
    migrate(database.engine, TABLE_MODULES)
    clock = FixedClock(START)
    for _ in range(4):
        with unit_of_work(database, EventBus(), clock, Actor.system("test")) as uow:
            uow.event("thing", "1", "Happened", {})
            uow.audit("happen", "thing", "1", {})
        clock.advance(timedelta(days=1))
    database.close()


def run(*words: str, expect: int = 0) -> str:
    result = CliRunner().invoke(app, ["data", *words])
    assert result.exit_code == expect, result.output
    return result.output


def test_sizes_are_by_table_and_year() -> None:
    found = {t["table"]: t for t in json.loads(run("sizes", "--json"))["tables"]}
    assert found["audit_entries"]["by_year"] == {"2025": 2, "2026": 2}
    assert found["audit_entries"]["rows"] == 4
    assert found["audit_entries"]["bytes"] > 0
    assert {"incidents", "work_orders", "calls", "state_intervals"} <= found.keys()
    assert "audit_entries\t4\t" in run("sizes")


def test_a_dry_run_writes_nothing_and_says_the_same(tmp_path: Path) -> None:
    before = ("archive", "--before", "2026-01-01", "--json")
    planned = json.loads(run(*before, "--dry-run"))
    assert not planned["written"]
    assert not (tmp_path / "archive").exists()
    written = json.loads(run(*before))
    assert written["months"] == planned["months"]
    assert [(m["table"], m["month"], m["first"], m["last"]) for m in written["months"]] == [
        ("audit_entries", "2025-12", 1, 2),
        ("events", "2025-12", 1, 2),
    ]
    assert json.loads(run("verify", "--json")) == {"intact": True, "flaws": []}
    (tmp_path / "archive" / "events" / "2025-12.jsonl.gz").write_bytes(b"")
    assert not json.loads(run("verify", "--json", expect=1))["intact"]


def test_what_is_no_day_is_refused() -> None:
    run("archive", "--before", "last month", expect=2)


def test_a_history_says_its_resolution(tmp_path: Path) -> None:
    store = SqliteMetricStore(tmp_path / "metrics.sqlite")
    tags, now = tags_of(agent_host="rt-a"), datetime.now(UTC)
    minutes = [now - timedelta(minutes=n) for n in range(1, 600, 10)]
    store.write([Sample("host", tags, {"load": 0.5}, at) for at in minutes])
    store.close()
    words = ("history", "host", "load", "--tag", "agent_host=rt-a", "--json")
    short = json.loads(run(*words, "--hours", "1"))
    assert (short["resolution"], len(short["values"])) == ("raw", 6)
    long = json.loads(run(*words, "--hours", "9"))
    assert long["resolution"] == "5m"
    assert {value["mean"] for value in long["values"]} == {0.5}
    assert json.loads(run(*words[:2], "nothing", *words[3:]))["values"] == []
    run("history", "host", "load", "--tag", "nonsense", expect=2)
