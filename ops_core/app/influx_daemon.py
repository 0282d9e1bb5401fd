"""An InfluxDB of our own for ``METRICS=influxdb make run``: influxd in the state directory."""

import socket
import subprocess
from pathlib import Path

import httpx

from ops_core.app.processes import start_child, tail_of, wait_until
from ops_core.kernel.errors import Conflict

_CONFIGURATION = """\
reporting-disabled = true
bind-address = "127.0.0.1:{rpc_port}"
[meta]
  dir = "{folder}/meta"
[data]
  dir = "{folder}/data"
  wal-dir = "{folder}/wal"
  query-log-enabled = false
  # The wall asks for the newest value of a series: keep the write-ahead log cheap instead.
  wal-fsync-delay = "20ms"
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:{http_port}"
  log-enabled = false
"""


def start_influxd(folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    """Start influxd on free loopback ports; returns the process and its base URL.

    Raises :class:`Conflict` with the end of its log when it does not answer within 20 s.
    """
    folder.mkdir(parents=True, exist_ok=True)
    http_port, rpc_port = _free_port(), _free_port()
    configuration = folder / "influxdb.conf"
    configuration.write_text(
        _CONFIGURATION.format(folder=folder, http_port=http_port, rpc_port=rpc_port), "utf-8"
    )
    log = folder / "influxd.log"
    child = start_child(["influxd", "-config", str(configuration)], log)
    url = f"http://127.0.0.1:{http_port}"
    if not wait_until(lambda: _answers(url), patience_s=20):
        child.kill()
        raise Conflict(
            "InfluxDB 没有启动", tail_of(log), "检查 influxdb 软件包，或改用 METRICS=sqlite"
        )
    return child, url


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/ping", timeout=1).status_code == httpx.codes.NO_CONTENT
    except httpx.HTTPError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
