"""What a command costs: processor time of its process as a multiple of ``python -c pass``.

Both are measured in the same run, each as the least of several, so that neither the machine's
speed nor its other work is in the figure.
"""

import os
import resource
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from math import inf
from pathlib import Path
from socket import AF_UNIX, SOCK_STREAM, socket

from device_configs.site import Site
from device_configs.twin.protocol import (
    SOCKET,
    Command,
    Request,
    TwinReply,
    receive_message,
    send_message,
)
from device_configs.twin.state import (
    DisplayState,
    LinkState,
    NodeState,
    Progress,
    SeatStatus,
    TwinPhase,
    TwinStatus,
)

ZHISHOU = str(Path(sys.executable).with_name("zhishou"))
NOTHING = (sys.executable, "-c", "pass")

HELP_LIMIT = 15.0
CLIENT_LIMIT = 25.0
CLIENT_COMMANDS = (
    ("twin", "status"),
    ("twin", "cut", "core-a--sw-1"),
    ("twin", "heal", "core-a--sw-1"),
    ("twin", "display", "17", "off"),
    ("incidents", "list"),
)


def cpu_seconds(argv: Sequence[str], environment: Mapping[str, str]) -> float:
    """User and system seconds of one run, which must succeed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        argv, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, f"{argv}: {done.stdout}{done.stderr}"
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@dataclass(frozen=True)
class Cost:
    """Processor seconds of a command and of an empty program, each the least of its runs."""

    seconds: float
    nothing: float

    @property
    def times(self) -> float:
        return self.seconds / self.nothing


def cost_of(
    argv: Sequence[str],
    environment: Mapping[str, str],
    runs: int,
    enough: Callable[[Cost], bool] = lambda _: False,
) -> Cost:
    """What a command costs, measured in turn with the empty program; at most so many runs of each.

    A neighbour on the machine can only make a run dearer, so runs may end once it is ``enough``.
    """
    cost = Cost(inf, inf)
    for _ in range(runs):
        seconds, nothing = cpu_seconds(argv, environment), cpu_seconds(NOTHING, {})
        cost = Cost(min(cost.seconds, seconds), min(cost.nothing, nothing))
        if enough(cost):
            break
    return cost


def healthy_status(site: Site) -> TwinStatus:
    """What the twin of a site answers in which nothing is broken."""
    seat = SeatStatus(NodeState.RUNNING, DisplayState.CONNECTED)
    return TwinStatus(
        phase=TwinPhase.READY,
        progress=Progress("", 0, 0),
        devices=dict.fromkeys(site.devices, NodeState.RUNNING),
        links=dict.fromkeys(site.links, LinkState.UP),
        seats={str(number): seat for number in site.seats},
        supervisor_pid=os.getpid(),
        boot_seconds=12.5,
    )


@contextmanager
def answering_twin(state_directory: Path, status: TwinStatus) -> Iterator[list[Request]]:
    """A control socket that does whatever it is asked for; yields what it was asked."""
    taken: list[Request] = []
    with socket(AF_UNIX, SOCK_STREAM) as listener:
        listener.bind(str(state_directory / SOCKET))
        listener.listen(8)
        answering = threading.Thread(target=_answer, args=(listener, status, taken), daemon=True)
        answering.start()
        yield taken
        listener.shutdown(2)
    answering.join(10)


def _answer(listener: socket, status: TwinStatus, taken: list[Request]) -> None:
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            with connection:
                while (received := receive_message(connection, Request)) is not None:
                    taken.append(received[0])
                    asks = received[0].command is Command.STATUS
                    send_message(connection, TwinReply(status=status if asks else None), ())
