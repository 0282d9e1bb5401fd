"""The audit chain's daily anchor: once a day in the file and at the log audit, and checked."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from device_configs.site import load_site
from ops_core.app.anchoring import DailyAnchor
from ops_core.app.log_audit import Send
from ops_core.kernel.anchors import ANCHORS, note_anchor, read_anchors
from ops_core.kernel.audit import Anchor, read_head, verify_chain
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.errors import Invalid
from ops_core.kernel.events import EventBus
from ops_core.kernel.permissions import Actor
from ops_core.kernel.settings import PROJECT_DIRECTORY, Settings

SITE = load_site(PROJECT_DIRECTORY / "inventory")
ACTOR = Actor.system("test")

NINE = datetime(2026, 3, 1, 1, tzinfo=UTC)


def taking(sent: list[bytes]) -> Send:
    """A log audit that takes everything."""

    def send(message: bytes) -> bool:
        sent.append(message)
        return True

    return send


def record(database: Database, clock: FixedClock, what: str) -> None:
    with unit_of_work(database, EventBus(), clock, ACTOR) as uow:
        uow.audit("Noted", "test", what, {})


def test_an_anchor_a_day_in_the_file_and_at_the_log_audit(
    sqlite_database: Database, tmp_path: Path
) -> None:
    sent: list[bytes] = []
    clock = FixedClock(datetime(2026, 3, 2, 1, tzinfo=UTC))
    settings = Settings(state_directory=tmp_path)
    daily = DailyAnchor(SITE, settings, sqlite_database, clock, taking(sent))
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


def test_what_the_log_audit_could_not_be_sent_is_sent_again_until_it_could(
    sqlite_database: Database, tmp_path: Path
) -> None:
    sent: list[bytes] = []
    answers: list[bool] = []
    clock, settings = FixedClock(NINE), Settings(state_directory=tmp_path)

    def send(message: bytes) -> bool:
        taken = bool(answers) and answers.pop(0)
        if taken:
            sent.append(message)
        return taken

    daily = DailyAnchor(SITE, settings, sqlite_database, clock, send)
    for day in range(3):
        record(sqlite_database, clock, str(day))
        assert daily.look()
        clock.advance(timedelta(days=1))
    assert [measure.value for measure in daily.measures()] == [3]
    assert [concern.key for concern in daily.concerns(NINE)] == ["audit-anchor/unsent"]
    answers += [True, False]
    record(sqlite_database, clock, "3")
    daily.look()
    assert [measure.value for measure in daily.measures()] == [3], "one of four went"
    answers += [True] * 9
    again = DailyAnchor(SITE, settings, sqlite_database, clock, send)
    assert again.look() == ""
    assert again.concerns(NINE) == ()
    lines = (tmp_path / ANCHORS).read_text().splitlines()
    assert [message.partition(b" - audit-anchor - ")[2].decode() for message in sent] == lines
    again.look()
    assert len(sent) == len(lines) == 4, "each once"


def test_without_a_time_no_anchor_is_noted(sqlite_database: Database, tmp_path: Path) -> None:
    clock = FixedClock(datetime(2026, 3, 2, 1, tzinfo=UTC))
    record(sqlite_database, clock, "a")
    settings = Settings(state_directory=tmp_path, anchor_at=None)
    daily = DailyAnchor(SITE, settings, sqlite_database, clock, lambda _: True)
    assert daily.look() == ""
    assert not (tmp_path / ANCHORS).exists()


@pytest.mark.parametrize("line", ["nonsense", "2026-03-02T09:00:00+08:00 x:y", "2026-03-02 1:"])
def test_a_spoilt_file_of_anchors_is_refused_by_its_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / ANCHORS
    path.write_text(f"2026-03-01T09:00:00+08:00 1:ab\n{line}\n")
    with pytest.raises(Invalid) as refusal:
        read_anchors(path)
    assert "第 2 行" in refusal.value.detail


def test_a_line_that_was_cut_short_was_never_noted_and_gives_way(tmp_path: Path) -> None:
    path = tmp_path / ANCHORS
    kept = note_anchor(path, NINE, Anchor(1, "ab"))
    with path.open("a") as file:
        file.write("2026-03-02T09:00:00+08:00 2:c")
    assert [one.anchor for one in read_anchors(path)] == [Anchor(1, "ab")]
    added = note_anchor(path, NINE, Anchor(3, "de"))
    assert path.read_text() == f"{kept}\n{added}\n"


def _note_many(path: Path, many: int) -> None:
    for position in range(1, many):
        note_anchor(path, NINE, Anchor(position, "ab" * 32))


def test_a_full_disk_leaves_the_file_as_it_was_and_the_next_look_notes_it(tmp_path: Path) -> None:
    """On a disk of one page there is room for a part of the last line."""
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k", "none", disk], check=True)
    try:
        path = disk / ANCHORS
        with pytest.raises(OSError, match="No space left"):
            _note_many(path, 200)
        text = path.read_text()
        assert text.endswith("\n")
        noted = read_anchors(path)
        assert noted[-1].anchor.position == len(noted) > 30
        subprocess.run(["mount", "-o", "remount,size=8k", disk], check=True)
        note_anchor(path, NINE, Anchor(len(noted) + 1, "ab"))
        assert len(read_anchors(path)) == len(noted) + 1
    finally:
        subprocess.run(["umount", disk], check=True)
