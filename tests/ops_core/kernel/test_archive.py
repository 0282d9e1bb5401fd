"""Archives of closed months: complete, in a chain, and telling of whatever was changed since."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, text, update

from ops_core.kernel.archive import (
    Archived,
    archive,
    closed_months,
    manifests,
    months_before,
    verify_archive,
)
from ops_core.kernel.audit import verify_chain
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.events import EventBus
from ops_core.kernel.permissions import Actor
from ops_core.kernel.tables import AuditEntryRow

JANUARY = datetime(2026, 1, 30, 12, tzinfo=UTC)
DAYS = 65
"""From 30 January to 4 April: February and March are whole."""
NOW = JANUARY + timedelta(days=DAYS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "archive"


@pytest.fixture
def kept(database: Database) -> Database:
    """An audit entry and an event a day."""
    clock = FixedClock(JANUARY)
    for day in range(DAYS):
        with unit_of_work(database, EventBus(), clock, Actor.system("test")) as uow:
            uow.event("thing", str(day % 7), "Happened", {"日": day})
            uow.audit("happen", "thing", str(day % 7), {"day": day})
        clock.advance(timedelta(days=1))
    return database


def archive_all(database: Database, folder: Path, before: datetime = NOW) -> list[str]:
    written = []
    with database.reading() as session:
        for what in Archived:
            for month in closed_months(session, folder, what, before):
                manifest = archive(session, folder, month)
                written.append(f"{what}/{manifest.month}")
    return written


def flaws(database: Database, folder: Path) -> list[str]:
    with database.reading() as session:
        found = [flaw for what in Archived for flaw in verify_archive(session, folder, what)]
    return [flaw.file for flaw in found]


def test_closed_months_are_archived_and_the_current_one_is_not(
    kept: Database, folder: Path
) -> None:
    assert archive_all(kept, folder) == [
        f"{what}/2026-0{month}" for what in Archived for month in (1, 2, 3)
    ]
    assert flaws(kept, folder) == []
    for what in Archived:
        found = manifests(folder, what)
        assert [m.rows for m in found] == [2, 28, 31]
        assert [(m.first, m.last) for m in found] == [(1, 2), (3, 30), (31, 61)]


def test_nothing_leaves_the_database_and_the_chain_holds(kept: Database, folder: Path) -> None:
    archive_all(kept, folder)
    with kept.reading() as session:
        assert session.scalar(select(func.count()).select_from(AuditEntryRow)) == DAYS
        assert verify_chain(session) == []


def test_what_is_archived_is_not_written_again(kept: Database, folder: Path) -> None:
    archive_all(kept, folder, datetime(2026, 3, 1, tzinfo=UTC))
    stamps = {file: file.stat().st_mtime_ns for file in folder.rglob("*") if file.is_file()}
    assert archive_all(kept, folder) == ["audit_entries/2026-03", "events/2026-03"]
    assert all(file.stat().st_mtime_ns == stamp for file, stamp in stamps.items())
    assert archive_all(kept, folder) == []
    assert flaws(kept, folder) == []


def test_a_file_holds_every_field_of_its_rows(kept: Database, folder: Path) -> None:
    archive_all(kept, folder)
    with gzip.open(folder / "events" / "2026-01.jsonl.gz", "rt", encoding="utf-8") as lines:
        first = json.loads(next(lines))
    assert (first["position"], first["type"], first["payload"]) == (1, "Happened", {"日": 0})
    assert first["recorded_at"] == "2026-01-30T12:00:00.000000+00:00"


def test_a_write_that_was_cut_short_is_no_archive_and_is_made_again(
    kept: Database, folder: Path
) -> None:
    archive_all(kept, folder)
    expected = manifests(folder, Archived.AUDIT)
    (folder / "audit_entries" / "2026-03.manifest.json").unlink()
    (folder / "audit_entries" / "2026-03.jsonl.gz").write_bytes(b"half")
    assert archive_all(kept, folder) == ["audit_entries/2026-03"]
    assert manifests(folder, Archived.AUDIT) == expected
    assert flaws(kept, folder) == []


def repack(file: Path, change: str, to: str) -> None:
    content = gzip.decompress(file.read_bytes()).decode()
    assert change in content
    file.write_bytes(gzip.compress(content.replace(change, to, 1).encode()))


def test_a_changed_line_shows_in_either_table(kept: Database, folder: Path) -> None:
    archive_all(kept, folder)
    repack(folder / "audit_entries" / "2026-02.jsonl.gz", '"happen"', '"undone"')
    repack(folder / "events" / "2026-03.jsonl.gz", '"Happened"', '"Forgotten"')
    assert flaws(kept, folder) == ["2026-02.jsonl.gz", "2026-03.jsonl.gz"]


@pytest.mark.parametrize("missing", ["2026-01", "2026-02"])
def test_a_missing_file_shows(kept: Database, folder: Path, missing: str) -> None:
    archive_all(kept, folder)
    (folder / "audit_entries" / f"{missing}.jsonl.gz").unlink()
    assert flaws(kept, folder) == [f"{missing}.jsonl.gz"]


def test_a_month_that_was_taken_out_with_its_manifest_shows_at_the_next(
    kept: Database, folder: Path
) -> None:
    archive_all(kept, folder)
    for file in (folder / "audit_entries").glob("2026-02*"):
        file.unlink()
    assert set(flaws(kept, folder)) == {"2026-03.jsonl.gz"}


def test_a_chain_that_was_rewritten_in_the_database_shows(kept: Database, folder: Path) -> None:
    archive_all(kept, folder)
    with kept.engine.begin() as connection:
        last = manifests(folder, Archived.AUDIT)[-1].last
        connection.execute(
            update(AuditEntryRow).where(AuditEntryRow.position == last).values(hash="0" * 64)
        )
    assert flaws(kept, folder) == ["2026-03.jsonl.gz"]


def test_a_clock_that_was_set_back_leaves_no_gap(kept: Database, folder: Path) -> None:
    """An entry of March that says February lies in February's file, with all before it."""
    with kept.engine.begin() as connection:
        connection.execute(
            text("UPDATE events SET recorded_at = '2026-02-10 00:00:00.000000' WHERE position = 35")
        )
    archive_all(kept, folder)
    found = manifests(folder, Archived.EVENTS)
    assert [(m.first, m.last) for m in found] == [(1, 2), (3, 35), (36, 61)]


def test_an_empty_database_has_nothing_to_archive(database: Database, folder: Path) -> None:
    assert archive_all(database, folder) == []
    assert flaws(database, folder) == []


@given(
    first=st.integers(0, 366 * 24 * 40).map(
        lambda hours: datetime(1999, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
    ),
    days=st.integers(0, 900),
)
def test_months_follow_each_other_and_are_over(first: datetime, days: int) -> None:
    before = first + timedelta(days=days)
    found = list(months_before(before, first))
    assert all(end <= before for _, end in found)
    assert [end.strftime("%Y-%m") for _, end in found[:-1]] == [name for name, _ in found[1:]]
    if found:
        assert found[0][0] == first.strftime("%Y-%m")
        assert before - found[-1][1] < timedelta(days=31)
