"""A real influxd on a free loopback port, and the two stores under one name."""

import socket
import subprocess
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from monitors.store.influx import InfluxMetricStore
from monitors.store.influx_rollups import InfluxRollupStore
from monitors.store.protocol import MetricStore
from monitors.store.rollup_protocol import RollupStore
from monitors.store.sqlite import SqliteMetricStore
from monitors.store.sqlite_rollups import SqliteRollupStore
from tests.mortal import MORTAL

CONFIGURATION = """
reporting-disabled = true
bind-address = "127.0.0.1:{rpc}"
[meta]
  dir = "{folder}/meta"
[data]
  dir = "{folder}/data"
  wal-dir = "{folder}/wal"
[http]
  bind-address = "127.0.0.1:{port}"
  log-enabled = false
  auth-enabled = {auth}
[monitor]
  store-enabled = false
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class InfluxServer:
    """The Debian package's influxd over data of its own; it can be killed and started again."""

    def __init__(self, folder: Path, *, auth: bool = False) -> None:
        self._folder = folder
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        configuration = CONFIGURATION.format(
            folder=folder, port=self.port, rpc=free_port(), auth=str(auth).lower()
        )
        (folder / "influxdb.conf").write_text(configuration)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*MORTAL, "influxd", "-config", str(self._folder / "influxdb.conf")],
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{self.url}/ping").status_code == 204:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        raise RuntimeError((self._folder / "log").read_text())

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@pytest.fixture(scope="session")
def influx_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InfluxServer]:
    server = InfluxServer(tmp_path_factory.mktemp("influx"))
    server.start()
    yield server
    server.kill()


@dataclass(frozen=True)
class Stores:
    """The raw values and their roll-ups in one implementation."""

    raw: MetricStore
    rollups: RollupStore


@pytest.fixture(params=["sqlite", pytest.param("influxdb", marks=pytest.mark.daemon)])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stores]:
    """Each implementation in turn, empty."""
    if request.param == "sqlite":
        file = tmp_path / "metrics.sqlite"
        opened = Stores(SqliteMetricStore(file), SqliteRollupStore(file))
    else:
        server: InfluxServer = request.getfixturevalue("influx_server")
        name = f"test_{uuid.uuid4().hex}"
        opened = Stores(InfluxMetricStore(server.url, name), InfluxRollupStore(server.url, name))
    yield opened
    opened.rollups.close()
    opened.raw.close()


@pytest.fixture
def store(stores: Stores) -> MetricStore:
    """The raw values of each implementation in turn, empty."""
    return stores.raw
