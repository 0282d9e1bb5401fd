"""Both databases the product promises: a SQLite file and a PostgreSQL server of our own."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from ops_core.kernel.clock import FixedClock
from ops_core.kernel.database import Database, create_database_engine, migrate
from ops_core.kernel.events import EventBus

_START_LIMIT_S = 30


@dataclass(frozen=True)
class PostgreSql:
    """A running server, reached by a unix socket in a directory nobody else uses."""

    socket_directory: Path

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={self.socket_directory}"

    def execute(self, statement: str) -> None:
        engine = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()


def _program(name: str) -> str:
    candidates = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    found = str(candidates[0]) if candidates else shutil.which(name)
    if found is None:
        pytest.fail(f"PostgreSQL's {name} is missing: apt-get install postgresql")
    return found


def _unprivileged() -> list[str]:
    """PostgreSQL refuses to run as root; and it must not outlive a killed test run."""
    command = ["setpriv", "--pdeathsig", "QUIT"]
    if os.geteuid() == 0:
        command += ["--reuid", "postgres", "--regid", "postgres", "--clear-groups"]
    return command


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSql]:
    directory = Path(tempfile.mkdtemp(prefix="zhishou-pg-"))
    if os.geteuid() == 0:
        shutil.chown(directory, "postgres")
    data, log = directory / "data", directory / "log"
    subprocess.run(
        [
            *(*_unprivileged(), _program("initdb"), "-D", data, "-U", "postgres"),
            *("-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"),
        ],
        check=True,
        capture_output=True,
        cwd=directory,
    )
    options = {
        "listen_addresses": "",
        "unix_socket_directories": str(directory),
        "fsync": "off",
        "timezone": "Asia/Shanghai",  # instants must come back right whatever the server prefers
    }
    settings = [part for k, v in options.items() for part in ("-c", f"{k}={v}")]
    with log.open("wb") as output:
        server = subprocess.Popen(
            [*_unprivileged(), _program("postgres"), "-D", data, *settings],
            stdout=output,
            stderr=output,
            cwd=directory,
        )
    try:
        _wait_until_ready(directory, server, log)
        yield PostgreSql(directory)
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        shutil.rmtree(directory, ignore_errors=True)


def _wait_until_ready(directory: Path, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_LIMIT_S
    ready = [_program("pg_isready"), "-q", "-h", str(directory)]
    while subprocess.run(ready, check=False).returncode != 0:
        if server.poll() is not None or time.monotonic() > deadline:
            pytest.fail(f"PostgreSQL did not start:\n{log.read_text()}")
        time.sleep(0.05)


_numbers = count(1)


@contextmanager
def _postgresql_database(server: PostgreSql, template: str) -> Iterator[str]:
    name = f"zhishou_{next(_numbers)}"
    server.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
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
    with _postgresql_database(request.getfixturevalue("postgresql"), "template1") as url:
        yield url


@pytest.fixture(params=BOTH)
def migrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database at the newest revision, for processes of their own."""
    if request.param == "sqlite":
        file = request.getfixturevalue("migrated_sqlite")
        yield f"sqlite:///{shutil.copy(file, tmp_path / 'zhishou.sqlite')}"
        return
    server = request.getfixturevalue("migrated_postgresql")
    with _postgresql_database(server, "migrated") as url:
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
        _postgresql_database(migrated_postgresql, "migrated") as url,
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
