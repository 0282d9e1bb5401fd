import ast
import threading
from importlib.util import find_spec
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from ops_core.kernel import migrations
from ops_core.kernel.database import create_database_engine
from ops_core.kernel.migrations import SchemaMismatch, alembic_config, differences, migrate

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
