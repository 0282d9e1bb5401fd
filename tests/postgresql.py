"""A PostgreSQL server of our own, from the Debian package, for tests and measurements."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, text

_START_LIMIT_S = 30
_FORGETFUL = {
    "fsync": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "128MB",
}
"""Its files may be in memory: it keeps few of what only a recovery reads."""


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


@contextmanager
def running_postgresql(*, fsync: bool) -> Iterator[PostgreSql]:
    """Start a fresh server and stop it at the end; without ``fsync`` it is quick and forgets.

    Raises RuntimeError when the package is missing or the server does not start.
    """
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
        "timezone": "Asia/Shanghai",  # instants must come back right whatever the server prefers
    }
    options |= {"fsync": "on"} if fsync else _FORGETFUL
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


def _program(name: str) -> str:
    candidates = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    found = str(candidates[0]) if candidates else shutil.which(name)
    if found is None:
        raise RuntimeError(f"PostgreSQL's {name} is missing: apt-get install postgresql")
    return found


def _unprivileged() -> list[str]:
    """PostgreSQL refuses to run as root; and it must not outlive a killed test run."""
    command = ["setpriv", "--pdeathsig", "QUIT"]
    if os.geteuid() == 0:
        command += ["--reuid", "postgres", "--regid", "postgres", "--clear-groups"]
    return command


def _wait_until_ready(directory: Path, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_LIMIT_S
    ready = [_program("pg_isready"), "-q", "-h", str(directory)]
    while subprocess.run(ready, check=False).returncode != 0:
        if server.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}")
        time.sleep(0.05)
