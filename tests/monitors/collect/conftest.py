"""Real daemons on loopback ports, the example site, and a record of what collectors say."""

import asyncio
import ctypes
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from device_configs.site import Site, load_site
from monitors.collect.configuration_notices import ConfigurationNotice
from monitors.collect.plan import CollectionPlan, SnmpSecrets, plan_collection
from monitors.collect.polling.poller import Outlet
from monitors.collect.trap_meaning import Trigger
from monitors.evidence import Element, Observation
from monitors.samples import Sample
from tests.mortal import MORTAL
from tests.pace import is_over

SECRETS = SnmpSecrets("readers", "poller", "auth-pass-1234", "priv-pass-1234", "senders")
CLONE_NEWNET = 0x40000000
INVENTORY = Path(__file__).parents[3] / "inventory"
SNMPD_CONFIGURATION = """
agentAddress udp:127.0.0.1:{port}
rocommunity {secrets.community} 127.0.0.1
createUser {secrets.user} SHA "{secrets.authentication_key}" AES "{secrets.privacy_key}"
rouser {secrets.user} priv
createUser {secrets.user}-256 SHA-256 "{secrets.authentication_key}" AES "{secrets.privacy_key}"
rouser {secrets.user}-256 priv
extend display /bin/true
{extra}
"""


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    with socket.socket(type=kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Record:
    """Everything collectors handed over."""

    samples: list[Sample] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    triggers: list[Trigger] = field(default_factory=list)
    notices: list[ConfigurationNotice] = field(default_factory=list)

    @property
    def outlet(self) -> Outlet:
        return Outlet(self.samples.extend, self.observations.extend)

    def last(self, element: Element) -> Observation | None:
        found = [o for o in self.observations if o.element == element]
        return found[-1] if found else None

    def ok(self, element: Element) -> bool | None:
        """The last word on an element; None where it is unknown or nothing was said yet."""
        last = self.last(element)
        return None if last is None else last.ok

    def measured(self, measurement: str, **tags: str) -> list[Sample]:
        return [
            sample
            for sample in self.samples
            if sample.measurement == measurement and tags.items() <= dict(sample.tags).items()
        ]


class Snmpd:
    """The Debian package's agent on a loopback port."""

    def __init__(self, folder: Path, extra: str = "", port: int | None = None) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.port = port or free_port(socket.SOCK_DGRAM)
        configuration = SNMPD_CONFIGURATION.format(port=self.port, secrets=SECRETS, extra=extra)
        (folder / "snmpd.conf").write_text(configuration)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        (self._folder / "log").unlink(missing_ok=True)
        self._process = subprocess.Popen(
            [*MORTAL, "snmpd", "-f", "-C", "-c", "snmpd.conf", "-Lf", "log", "-p", "pid"],
            cwd=self._folder,
            env={"SNMP_PERSISTENT_DIR": str(self._folder / "state"), "PATH": "/usr/sbin:/usr/bin"},
        )
        begun = time.monotonic()
        while "NET-SNMP version" not in self._log():
            assert not is_over(begun, 10), self._log()
            time.sleep(0.02)

    def _log(self) -> str:
        log = self._folder / "log"
        return log.read_text() if log.exists() else ""

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@pytest.fixture(scope="session")
def snmpd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snmpd]:
    agent = Snmpd(tmp_path_factory.mktemp("snmpd"))
    agent.start()
    yield agent
    agent.stop()


@pytest.fixture
def start_snmpd(tmp_path: Path) -> Iterator[Callable[..., Snmpd]]:
    """Agents of a test's own, stopped at its end."""
    started: list[Snmpd] = []

    def start(extra: str = "", port: int | None = None) -> Snmpd:
        agent = Snmpd(tmp_path / f"snmpd-{len(started)}", extra, port)
        started.append(agent)
        agent.start()
        return agent

    yield start
    for agent in started:
        agent.stop()


@pytest.fixture(scope="session")
def site() -> Site:
    return load_site(INVENTORY)


@pytest.fixture(scope="session")
def plan(site: Site) -> CollectionPlan:
    return plan_collection(site, SECRETS)


@pytest.fixture
def record() -> Record:
    return Record()


def answered_by(plan: CollectionPlan, name: str, port: int, version: str) -> CollectionPlan:
    """The plan with one target only, which answers on a loopback port; its ports are ours."""
    target = replace(
        plan.targets[name],
        address="127.0.0.1",
        port=port,
        version=version,
        interval_s=1.0,
        ports=frozenset({"lo"}),
    )
    return replace(plan, targets={name: target}, liveness=(), checks=())


async def until(condition: Callable[[], bool], limit_s: float = 8.0) -> None:
    """Wait for something that collectors bring about; TimeoutError when they do not."""
    begun = time.monotonic()
    while not condition():
        if is_over(begun, limit_s):
            raise TimeoutError
        await asyncio.sleep(0.01)


def in_own_network(work: Callable[[], None]) -> None:
    """Run in a thread that stands in a new network namespace with only a loopback."""
    outcome: Future[None] = Future()

    def enter_and_work() -> None:
        try:
            if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "unshare")
            run("ip link set lo up")
            outcome.set_result(work())
        except BaseException as error:  # noqa: BLE001 - handed to the test's thread
            outcome.set_exception(error)

    thread = threading.Thread(target=enter_and_work)
    thread.start()
    thread.join()
    outcome.result()


def run(command: str) -> None:
    subprocess.run(command.split(), check=True)
