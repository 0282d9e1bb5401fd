import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from typing import TypeVar

import pytest

from device_configs.twin.client import TwinClient
from device_configs.twin.namespace import enter_network
from device_configs.twin.supervisor import start_supervisor

SMALL_SITE = Path(__file__).parent / "small_site"
SHIPPED_SITE = Path(__file__).parents[3] / "inventory"
Result = TypeVar("Result")


@dataclass(frozen=True)
class RunningTwin:
    client: TwinClient
    supervisor: Popen[bytes]
    state_directory: Path

    def run(self, node: str, *argv: str) -> str:
        """Output of a command in a node; it has to succeed."""
        done = self.client.execute(node, argv)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()


@contextmanager
def running_twin(inventory: Path, state_directory: Path) -> Iterator[RunningTwin]:
    supervisor = start_supervisor(inventory, state_directory)
    client = TwinClient.of(state_directory)
    try:
        client.wait_until_ready(supervisor=supervisor)
        yield RunningTwin(client, supervisor, state_directory)
    finally:
        supervisor.kill()
        supervisor.wait()


def in_namespace(network: int, work: Callable[[], Result]) -> Result:
    """Do something in a thread that entered a network namespace, and end the thread."""
    outcome: list[Result | BaseException] = []

    def entered() -> None:
        try:
            enter_network(network)
            outcome.append(work())
        except BaseException as raised:  # noqa: BLE001 - handed to the test's own thread
            outcome.append(raised)

    thread = threading.Thread(target=entered)
    thread.start()
    thread.join()
    if isinstance(outcome[0], BaseException):
        raise outcome[0]
    return outcome[0]


@pytest.fixture(scope="session")
def small_twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningTwin]:
    """The small site, standing for the whole session; a test leaves it as it found it."""
    assert sys.platform == "linux"
    with running_twin(SMALL_SITE, tmp_path_factory.mktemp("small-twin")) as twin:
        yield twin
