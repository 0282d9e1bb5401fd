"""Both databases the product promises: a SQLite file and a PostgreSQL server of our own."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest

from ops_core.kernel.clock import FixedClock
from ops_core.kernel.database import Database, create_database_engine, migrate
from ops_core.kernel.events import EventBus
from tests.postgresql import PostgreSql, running_postgresql


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSql]:
    with running_postgresql(fsync=False) as server:
        yield server


_numbers = count(1)


@contextmanager
def postgresql_copy(server: PostgreSql, template: str) -> Iterator[str]:
    """The address of a new database like ``template``, gone afterwards."""
    name = f"zhishou_{next(_numbers)}"
    # By file and not by page through the log, which costs half as much again.
    server.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    yield server.url(name)
    server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def _opened(url: str) -> Iterator[Database]:
    database = Database(create_database_engine(url))
    yield database
    database.close()


def _migrate(url: str) -> None:
    with _opened(url) as database:
        migrate(database.engine)


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql: PostgreSql) -> PostgreSql:
    """The server with a database ``migrated``, of which every test gets a copy."""
    postgresql.execute("CREATE DATABASE migrated")
    _migrate(postgresql.url("migrated"))
    return postgresql


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file at the newest revision, of which every test gets a copy."""
    file = tmp_path_factory.mktemp("migrated") / "zhishou.sqlite"
    _migrate(f"sqlite:///{file}")
    return file


BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.daemon)]


@pytest.fixture(params=BOTH)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without any table, once of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'zhishou.sqlite'}"
        return
    with postgresql_copy(request.getfixturevalue("postgresql"), "template1") as url:
        yield url


@pytest.fixture(params=BOTH)
def migrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database at the newest revision, for processes of their own."""
    if request.param == "sqlite":
        file = request.getfixturevalue("migrated_sqlite")
        yield f"sqlite:///{shutil.copy(file, tmp_path / 'zhishou.sqlite')}"
        return
    server = request.getfixturevalue("migrated_postgresql")
    with postgresql_copy(server, "migrated") as url:
        yield url


@pytest.fixture
def sqlite_database(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Database]:
    """For what does not depend on the kind of database."""
    copy = shutil.copy(migrated_sqlite, tmp_path / "zhishou.sqlite")
    with _opened(f"sqlite:///{copy}") as database:
        yield database


@pytest.fixture
def postgresql_database(migrated_postgresql: PostgreSql) -> Iterator[Database]:
    """For what only a database with several writers at a time can show."""
    with (
        postgresql_copy(migrated_postgresql, "migrated") as url,
        _opened(url) as database,
    ):
        yield database


@pytest.fixture(params=BOTH)
def database(request: pytest.FixtureRequest) -> Database:
    """A database at the newest revision, once of each kind."""
    opened: Database = request.getfixturevalue(f"{request.param}_database")
    return opened


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 3, 2, 8, 30, tzinfo=UTC))


@pytest.fixture
def bus() -> EventBus:
    return EventBus()
