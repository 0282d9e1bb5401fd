import ast
import threading
from importlib.util import find_spec
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.orm import Session

from ops_core.kernel import migrations
from ops_core.kernel.database import create_database_engine
from ops_core.kernel.migrations import SchemaMismatch, alembic_config, differences, migrate
from ops_core.kpi.derived_records import derived_differences

VERSIONS = Path(migrations.__file__).parent / "versions"
PRODUCT = {"ops_core", "incident", "seat_assets", "monitors", "device_configs", "wallboard"}


def table_modules() -> list[str]:
    """Every module of the product that declares tables, by the name they all bear."""
    root = Path(migrations.__file__).parents[3]
    files = [path for part in sorted(PRODUCT) for path in (root / part).rglob("tables.py")]
    return [".".join(path.relative_to(root).with_suffix("").parts) for path in files]


def test_migrations_and_declared_tables_agree(empty_database_url: str) -> None:
    engine = create_database_engine(empty_database_url)
    migrate(engine, table_modules())
    assert differences(engine, table_modules()) == []
    engine.dispose()


def test_migrating_again_changes_nothing(empty_database_url: str) -> None:
    engine = create_database_engine(empty_database_url)
    migrate(engine)
    tables = inspect(engine).get_table_names()
    migrate(engine)
    assert inspect(engine).get_table_names() == tables
    engine.dispose()


def test_two_processes_starting_at_once_migrate_once(empty_database_url: str) -> None:
    failures: list[BaseException] = []
    engines = [create_database_engine(empty_database_url) for _ in range(2)]
    with engines[0].begin() as connection:
        # Alembic keeps its context in module globals: threads may not run it side by side, so
        # the second start is a raw one that waits for the first one's lock.
        migrations._lock(connection)

        def second() -> None:
            try:
                migrate(engines[1])
            except BaseException as error:  # noqa: BLE001 - carried over to the test's thread
                failures.append(error)

        waiting = threading.Thread(target=second)
        waiting.start()
        waiting.join(0.5)
        assert waiting.is_alive()
    waiting.join()
    assert failures == []
    for engine in engines:
        engine.dispose()


def test_every_step_can_be_taken_back(empty_database_url: str) -> None:
    engine = create_database_engine(empty_database_url)
    migrate(engine)
    with engine.begin() as connection:
        command.downgrade(alembic_config(connection), "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    engine.dispose()


def test_users_and_sign_ins_from_before_units_go_on_holding(empty_database_url: str) -> None:
    engine = create_database_engine(empty_database_url)
    with engine.begin() as connection:
        command.upgrade(alembic_config(connection), "0003")
        connection.execute(
            text(
                "INSERT INTO users (name, display_name, password_hash, roles, active, created_at) "
                "VALUES ('zhang.wei', '张伟', '', '[]', true, '2026-03-02 08:30:00+00:00')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO sessions (token_hash, user_name, opened_at, expires_at) VALUES "
                "('h', 'zhang.wei', '2026-03-02 08:30:00+00:00', '2026-03-02 20:30:00+00:00')"
            )
        )
    migrate(engine, table_modules())
    with engine.begin() as connection:
        assert connection.execute(text("SELECT unit FROM users")).scalar_one() == ""
        kept = connection.execute(text("SELECT for_program FROM sessions")).scalar_one()
        assert bool(kept) is False
        command.downgrade(alembic_config(connection), "0003")
        assert connection.execute(text("SELECT count(*) FROM sessions")).scalar_one() == 1
    engine.dispose()


def test_a_failing_step_leaves_no_table_behind(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = create_database_engine(empty_database_url)

    def fail(*_: object, **__: object) -> list[str]:
        return ["a table is missing"]

    monkeypatch.setattr(migrations, "_differences", fail)
    with pytest.raises(SchemaMismatch, match="a table is missing"):
        migrate(engine, ["ops_core.kernel.tables"])
    assert inspect(engine).get_table_names() == []
    engine.dispose()


def test_a_table_nobody_declared_is_left_alone_but_reported(empty_database_url: str) -> None:
    engine = create_database_engine(empty_database_url)
    migrate(engine, table_modules())
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE an_operators_own (id INTEGER PRIMARY KEY)"))
    migrate(engine, table_modules())
    assert any("an_operators_own" in found for found in differences(engine, table_modules()))
    engine.dispose()


def test_the_history_is_one_line(tmp_path: Path) -> None:
    engine = create_database_engine(f"sqlite:///{tmp_path / 'a.sqlite'}")
    with engine.begin() as connection:
        history = ScriptDirectory.from_config(alembic_config(connection))
    assert len(history.get_heads()) == 1
    assert len(history.get_bases()) == 1
    assert len(list(history.walk_revisions())) == len(list(VERSIONS.glob("*.py")))
    engine.dispose()


@pytest.mark.parametrize("path", sorted(VERSIONS.glob("*.py")), ids=lambda path: path.stem)
def test_a_step_imports_nothing_of_the_product(path: Path) -> None:
    imported = {
        name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
        )
    }
    assert not {name.split(".")[0] for name in imported} & PRODUCT


def test_a_table_module_that_is_not_there_is_named(tmp_path: Path) -> None:
    engine = create_database_engine(f"sqlite:///{tmp_path / 'a.sqlite'}")
    assert find_spec("nowhere") is None
    with pytest.raises(ImportError, match="nowhere"):
        migrate(engine, ["nowhere.tables"])
    engine.dispose()


CALL_OF_TWO = """
INSERT INTO calls (call, entered_at, queue, outcome, answered_at, left_at, agent, seat, rung,
                   transfers) VALUES
('7', '2026-03-02 00:30:00+00:00', 'q', 'answered', '2026-03-02 00:30:05+00:00', NULL, 'lin', 3, 0,
 0),
('8', '2026-03-02 00:40:00+00:00', 'q', 'waiting', NULL, NULL, '', NULL, 0, 0),
('gone', '2026-03-02 00:50:00+00:00', 'q', 'abandoned', NULL, NULL, '', NULL, 0, 0)
"""
EVENTS_OF_TWO = """
INSERT INTO call_events (source, sequence, call, kind, at, queue, agent, seat) VALUES
('a', 1, '7', 'ENTERQUEUE', '2026-03-02 00:30:00+00:00', 'q', '', NULL),
('a', 2, '7', 'ABANDON', '2026-03-02 00:30:09+00:00', 'q', '', NULL),
('b:1', 1, '7', 'ENTERQUEUE', '2026-03-02 00:30:01+00:00', 'q', '', NULL),
('b:1', 2, '7', 'CONNECT', '2026-03-02 00:30:05+00:00', 'q', 'lin', 3),
('a', 3, '8', 'ENTERQUEUE', '2026-03-02 00:40:00+00:00', 'q', '', NULL)
"""
NAMING_THEM = (
    "INSERT INTO attitude_ratings (subject, score, at, agent) VALUES"
    " ('call:7', 5, '2026-03-02 01:00:00+00:00', 'lin'),"
    " ('callback:O-1/1', 4, '2026-03-02 01:00:00+00:00', 'xu')",
    "INSERT INTO cases (number, day, channel, source_org, source_ref, call, kind, category, region,"
    " title, text, direct_answer, received_at, recorded_by, content_hash) VALUES"
    " ('C-1', '20260302', 'phone', 'h', 'r', '7', 'help', 'c', 'p', 't', 't', 't',"
    " '2026-03-02 00:30:05+00:00', 'lin', 'x')",
    "INSERT INTO call_tallies (day, outcome, offered, count) VALUES"
    " ('2026-03-02', 'answered', true, 1), ('2026-03-02', 'waiting', false, 1),"
    " ('2026-03-02', 'abandoned', false, 1)",
)


def test_calls_from_before_names_get_that_of_their_telephone_system(
    empty_database_url: str,
) -> None:
    """Call 7 was answered at one system and abandoned at another: the second one is counted now."""
    engine = create_database_engine(empty_database_url)
    with engine.begin() as connection:
        command.upgrade(alembic_config(connection), "0017")
        for statement in (CALL_OF_TWO, EVENTS_OF_TWO, *NAMING_THEM):
            connection.exec_driver_sql(statement)
    migrate(engine, table_modules())
    with engine.begin() as connection:
        calls = connection.execute(text("SELECT call, outcome, agent FROM calls ORDER BY call"))
        assert [tuple(row) for row in calls] == [
            ("a:7", "abandoned", ""),
            ("a:8", "waiting", ""),
            ("b%3A1:7", "answered", "lin"),
            ("unknown:gone", "abandoned", ""),
        ]
        subjects = connection.scalars(text("SELECT subject FROM attitude_ratings ORDER BY subject"))
        assert list(subjects) == ["call:b%3A1:7", "callback:O-1/1"]
        assert connection.scalar(text("SELECT call FROM cases")) == "b%3A1:7"
        tallies = connection.execute(text("SELECT outcome, count FROM call_tallies ORDER BY 1"))
        assert [tuple(row) for row in tallies] == [
            ("abandoned", 2),
            ("answered", 1),
            ("waiting", 1),
        ]
        sums = connection.execute(
            text("SELECT series, day, kind, count FROM day_sums ORDER BY 1, 3")
        )
        assert [tuple(row) for row in sums] == [
            ("ratings", "2026-03-02", "4", 1),
            ("ratings", "2026-03-02", "5", 1),
            ("requests", "2026-03-02", "", 1),
        ]
        with pytest.raises(ValueError, match="'7'"):
            command.downgrade(alembic_config(connection), "0017")
    engine.dispose()


EVENTS_OF_LOST_CALLS = """
INSERT INTO call_events (source, sequence, call, kind, at, queue, agent, seat) VALUES
('a:1', 1, '7', 'RINGNOANSWER', '2026-03-02 15:59:00+00:00', 'q', 'lin', 3),
('a:1', 2, '7', 'ABANDON', '2026-03-02 16:00:09+00:00', 'q', '', NULL),
('a:1', 3, 'menu', 'ABANDON', '2026-03-02 16:00:09+00:00', '', '', NULL),
('a:1', 4, 'rest', 'COMPLETECALLER', '2026-03-02 16:00:09+00:00', 'q', 'lin', 3),
('b', 1, '7', 'ABANDON', '2026-03-02 16:00:09+00:00', 'q', '', NULL),
('b', 2, '7', 'CONNECT', '2026-03-02 16:00:10+00:00', 'q', 'PJSIP/8003', 3)
"""
SIGNED_IN = """
INSERT INTO seat_sign_ins (seat, person, at, until) VALUES
(3, 'lin', '2026-03-02 15:00:00+00:00', '2026-03-03 03:00:00+00:00')
"""


def test_calls_that_were_taken_or_lost_in_a_queue_count_without_their_entry(
    empty_database_url: str,
) -> None:
    engine = create_database_engine(empty_database_url)
    with engine.begin() as connection:
        command.upgrade(alembic_config(connection), "0046")
        connection.exec_driver_sql(EVENTS_OF_LOST_CALLS)
        connection.exec_driver_sql(SIGNED_IN)
    migrate(engine, table_modules())
    tallies = text("SELECT day, outcome, count FROM call_tallies WHERE count <> 0 ORDER BY day")
    with engine.begin() as connection:
        calls = connection.execute(
            text("SELECT call, outcome, rung, agent FROM calls ORDER BY call")
        )
        assert [tuple(row) for row in calls] == [
            ("a%3A1:7", "abandoned", 1, ""),
            ("b:7", "answered", 0, "lin"),
        ]
        assert [tuple(row) for row in connection.execute(tallies)] == [
            ("2026-03-02", "abandoned", 1),
            ("2026-03-03", "answered", 1),
        ]
        with Session(connection) as session:
            assert derived_differences(session) == []
        command.downgrade(alembic_config(connection), "0046")
        assert connection.scalar(text("SELECT count(*) FROM calls")) == 0
        assert connection.execute(tallies).all() == []
    engine.dispose()
