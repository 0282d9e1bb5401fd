"""``zhishou calls import``: whole or not at all, again at will, and killed in between."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import func, select

from ops_core.hotline.calls.tables import CallEventRow, CallRow, CallTallyRow
from ops_core.hotline.calls.tallies import recount
from ops_core.hotline.contacts.tables import RequesterRow
from ops_core.hotline.contacts.vault import KEY_FILE
from ops_core.kernel.audit import read_audit, verify_chain
from ops_core.kernel.database import Database, create_database_engine
from ops_core.kernel.events import read_events
from ops_core.kernel.settings import PROJECT_DIRECTORY
from tests.ops_core.hotline.call_log import write_log
from tests.ops_core.hotline.conftest import SHANGHAI
from tests.ops_core.hotline.test_log_files import LOGS
from tests.pace import is_over
from tests.profile import is_nightly

EVENTS = 100_000 if is_nightly() else 30_000
KILLS = 5
IMPORT_LIMIT_S = 500
EVERYTHING = 1_000_000


@dataclass(frozen=True)
class Installation:
    """A state directory and a database; commands run in processes of their own."""

    state: Path
    url: str

    def start(self, file: Path, *options: str, command: str = "import") -> subprocess.Popen[str]:
        arguments = ["-m", "ops_core.app.cli", "calls", command, str(file), "--source", "pbx"]
        return subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", sys.executable, *arguments, *options],
            cwd=PROJECT_DIRECTORY,
            env={
                **os.environ,
                "ZHISHOU_STATE_DIRECTORY": str(self.state),
                "ZHISHOU_DATABASE_URL": self.url,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def take(self, file: Path) -> dict[str, int]:
        """Import to the end; returns what it says."""
        process = self.start(file, "--json")
        told, complaint = process.communicate(timeout=IMPORT_LIMIT_S)
        assert process.returncode == 0, complaint
        answer: dict[str, int] = json.loads(told)
        return answer


@dataclass(frozen=True)
class EndState:
    """All that an import leaves behind, without the times at which it was done."""

    events: set[object]
    calls: set[object]
    tallies: set[object]
    requesters: set[object]
    outbox: Counter[str]
    audit: Counter[str]


def end_state(database: Database) -> EndState:
    with database.reading() as session:
        hashes = dict(session.execute(select(RequesterRow.id, RequesterRow.number_hash)).all())
        event_columns, call_columns = (
            [column for column in table.__table__.columns if column.name != "requester_id"]
            for table in (CallEventRow, CallRow)
        )
        outbox = read_events(session, 0, EVERYTHING)
        audit = read_audit(session, EVERYTHING)
        assert verify_chain(session) == []
        tallies = {
            (row.day, row.outcome, row.offered): row.count
            for row in session.scalars(select(CallTallyRow).where(CallTallyRow.count != 0))
        }
        assert tallies == recount(session, SHANGHAI)
        callers = {
            row.call: hashes.get(row.requester_id)
            for row in session.execute(select(CallRow.call, CallRow.requester_id))
        }
        return EndState(
            events={tuple(row) for row in session.execute(select(*event_columns))},
            calls={(*row, callers[row[0]]) for row in session.execute(select(*call_columns))},
            tallies=set(tallies.items()),
            requesters=set(hashes.values()),
            outbox=Counter(f"{e.aggregate_id} {e.type} {e.payload}" for e in outbox),
            audit=Counter(f"{e.subject_id} {e.action} {e.detail}" for e in audit),
        )


def opened(url: str) -> Database:
    return Database(create_database_engine(url))


@pytest.fixture(scope="module")
def log_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("log") / "queue_log.csv"
    write_log(file, EVENTS)
    return file


@dataclass(frozen=True)
class Undisturbed:
    state: EndState
    key: bytes


@pytest.fixture(scope="module")
def undisturbed(
    log_file: Path, migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory
) -> Undisturbed:
    """What the import leaves when nothing happens to it."""
    state = tmp_path_factory.mktemp("undisturbed")
    (state / "zhishou.sqlite").write_bytes(migrated_sqlite.read_bytes())
    url = f"sqlite:///{state / 'zhishou.sqlite'}"
    begun = time.monotonic()
    answer = Installation(state, url).take(log_file)
    print(f"{EVENTS} events in {time.monotonic() - begun:.1f} s, the whole command")
    assert (answer["new"], answer["known"]) == (EVENTS, 0)
    database = opened(url)
    found = end_state(database)
    database.close()
    return Undisturbed(found, (state / KEY_FILE).read_bytes())


def kill_after(process: subprocess.Popen[str], database: Database, line: int, more_s: float) -> int:
    """SIGKILL once ``line`` is stored and ``more_s`` have passed; returns how far it had come."""

    def stored() -> int:
        with database.reading() as session:
            return session.scalar(select(func.max(CallEventRow.sequence))) or 0

    limit = time.monotonic() + IMPORT_LIMIT_S
    while stored() < line:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < limit
        time.sleep(0.03)
    time.sleep(more_s)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    return stored()


def test_killed_and_begun_again_it_ends_as_if_nothing_had_happened(
    log_file: Path, undisturbed: Undisturbed, migrated_url: str, tmp_path: Path
) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    (tmp_path / KEY_FILE).write_bytes(undisturbed.key)
    installation, database = Installation(tmp_path, migrated_url), opened(migrated_url)
    reached = [
        kill_after(installation.start(log_file), database, line, chance.uniform(0, 0.2))
        for line in sorted(chance.sample(range(1, EVENTS * 9 // 10), KILLS))
    ]
    print("killed at", reached)
    assert all(0 < line < EVENTS for line in reached)
    answer = installation.take(log_file)
    assert answer["known"] == reached[-1]
    assert answer["new"] == EVENTS - reached[-1]
    assert end_state(database) == undisturbed.state
    database.close()


def test_one_faulty_line_and_no_line_is_taken(tmp_path: Path, migrated_sqlite: Path) -> None:
    url = f"sqlite:///{tmp_path / 'zhishou.sqlite'}"
    (tmp_path / "zhishou.sqlite").write_bytes(migrated_sqlite.read_bytes())
    file = tmp_path / "log.csv"
    write_log(file, 50)
    lines = file.read_text().splitlines()
    lines[7] = "x,yesterday,,citizen,NONE,JUMPED,,13912345678"
    file.write_text("\n".join(lines))
    process = Installation(tmp_path, url).start(file)
    told, complaint = process.communicate(timeout=IMPORT_LIMIT_S)
    assert (process.returncode, told) == (2, "")
    for field in ("id", "time", "callid", "event"):
        assert f"log.csv: line 8: {field}: found" in complaint
    assert "13912345678" not in complaint
    database = opened(url)
    assert end_state(database).events == set()
    database.close()


@pytest.mark.parametrize("content", [None, b"id,time\n", "时间".encode("gb18030")])
def test_what_is_no_log_is_refused(
    content: bytes | None, tmp_path: Path, migrated_sqlite: Path
) -> None:
    (tmp_path / "zhishou.sqlite").write_bytes(migrated_sqlite.read_bytes())
    file = tmp_path / "log.csv"
    if content is not None:
        file.write_bytes(content)
    process = Installation(tmp_path, f"sqlite:///{tmp_path / 'zhishou.sqlite'}").start(file)
    assert process.communicate(timeout=IMPORT_LIMIT_S)[1]
    assert process.returncode == 2


def test_a_line_of_another_encoding_is_named(tmp_path: Path, migrated_sqlite: Path) -> None:
    (tmp_path / "zhishou.sqlite").write_bytes(migrated_sqlite.read_bytes())
    file = tmp_path / "log.csv"
    write_log(file, 50)
    lines = file.read_bytes().splitlines(keepends=True)
    lines[30] = lines[30].replace(b"citizen", "市民".encode("gb18030"))
    file.write_bytes(b"".join(lines))
    process = Installation(tmp_path, f"sqlite:///{tmp_path / 'zhishou.sqlite'}").start(file)
    assert "第 31 行" in process.communicate(timeout=IMPORT_LIMIT_S)[1]
    assert process.returncode == 2


def test_a_log_is_followed_while_it_grows_and_a_faulty_line_keeps_no_other(
    tmp_path: Path, migrated_sqlite: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'zhishou.sqlite'}"
    (tmp_path / "zhishou.sqlite").write_bytes(migrated_sqlite.read_bytes())
    log, database = tmp_path / "queue_log", opened(url)
    lines = (LOGS / "asterisk-11.log").read_text().splitlines(keepends=True)
    log.write_text("".join(lines[:5]))
    process = Installation(tmp_path, url).start(log, command="follow")

    def wait_for(count: int) -> None:
        begun = time.monotonic()
        while True:
            with database.reading() as session:
                found = session.scalar(select(func.count()).select_from(CallEventRow))
            if found == count:
                return
            assert process.poll() is None, process.communicate()
            assert not is_over(begun, 60), found
            time.sleep(0.2)

    wait_for(4)  # one of the five is passed over
    with log.open("a") as file:
        file.write("damaged\n" + "".join(lines[5:8]) + lines[8][:20])
    wait_for(7)
    log.rename(tmp_path / "queue_log.1")
    log.write_text("".join(lines[9:]))
    wait_for(7 + len(lines) - 9)
    process.send_signal(signal.SIGTERM)
    told, complaint = process.communicate(timeout=60)
    assert process.returncode == 0, complaint
    assert "1" in told
    assert "line 6: line: found '1 fields'" in complaint
    database.close()
