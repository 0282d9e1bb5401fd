"""The audit chain's daily anchor: once a day in the file and at the log audit, and checked."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from device_configs.site import load_site
from ops_core.app.anchoring import DailyAnchor
from ops_core.kernel.anchors import ANCHORS, read_anchors
from ops_core.kernel.audit import read_head, verify_chain
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.errors import Invalid
from ops_core.kernel.events import EventBus
from ops_core.kernel.permissions import Actor
from ops_core.kernel.settings import PROJECT_DIRECTORY, Settings

SITE = load_site(PROJECT_DIRECTORY / "inventory")
ACTOR = Actor.system("test")


def record(database: Database, clock: FixedClock, what: str) -> None:
    with unit_of_work(database, EventBus(), clock, ACTOR) as uow:
        uow.audit("Noted", "test", what, {})


def test_an_anchor_a_day_in_the_file_and_at_the_log_audit(
    sqlite_database: Database, tmp_path: Path
) -> None:
    sent: list[bytes] = []
    clock = FixedClock(datetime(2026, 3, 2, 1, tzinfo=UTC))
    settings = Settings(state_directory=tmp_path)
    daily = DailyAnchor(SITE, settings, sqlite_database, clock, sent.append)
    assert daily.look() == "", "nothing is recorded yet"
    record(sqlite_database, clock, "a")
    first = daily.look()
    record(sqlite_database, clock, "b")
    assert daily.look() == "", "one a day"
    clock.advance(timedelta(hours=15))  # Shanghai's midnight has not come
    assert daily.look() == ""
    clock.advance(timedelta(minutes=6))
    second = daily.look()
    noted = read_anchors(tmp_path / ANCHORS)
    assert [one.anchor.position for one in noted] == [1, 2]
    assert (tmp_path / ANCHORS).read_text().splitlines() == [first, second]
    assert [message.partition(b" - audit-anchor - ")[2].decode() for message in sent] == [
        first, second,
    ]  # fmt: skip
    assert sent[0].startswith(b"<109>1 2026-03-02T09:00:00+08:00 ")
    with sqlite_database.reading() as session:
        assert noted[-1].anchor == read_head(session)
        assert verify_chain(session, [one.anchor for one in noted]) == []


def test_without_a_time_no_anchor_is_noted(sqlite_database: Database, tmp_path: Path) -> None:
    clock = FixedClock(datetime(2026, 3, 2, 1, tzinfo=UTC))
    record(sqlite_database, clock, "a")
    settings = Settings(state_directory=tmp_path, anchor_at=None)
    daily = DailyAnchor(SITE, settings, sqlite_database, clock, lambda _: None)
    assert daily.look() == ""
    assert not (tmp_path / ANCHORS).exists()


@pytest.mark.parametrize("line", ["nonsense", "2026-03-02T09:00:00+08:00 x:y", "2026-03-02 1:"])
def test_a_spoilt_file_of_anchors_is_refused_by_its_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / ANCHORS
    path.write_text(f"2026-03-01T09:00:00+08:00 1:ab\n{line}\n")
    with pytest.raises(Invalid) as refusal:
        read_anchors(path)
    assert "第 2 行" in refusal.value.detail
