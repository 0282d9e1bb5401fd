"""The twin is whole after a drill, whatever became of who ran it.

Before anything is broken a mark is written; it goes when everything is mended. A mark that is found
was left by a drill that was killed: the twin was whole when that drill began, so all is mended.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from device_configs.twin.client import TwinClient
from device_configs.twin.state import LinkState, NodeState, TwinStatus
from ops_core.kernel.errors import Conflict

MARK = "drills/under-way"


@contextmanager
def mended_afterwards(client: TwinClient, state_directory: Path) -> Iterator[None]:
    """Mend everything at the end of the block. Raises Conflict, with nothing touched, when
    something is broken already that no drill broke."""
    mend_left_over(client, state_directory)
    broken = broken_parts(client.status())
    if broken:
        raise Conflict(
            "孪生网络有未恢复的故障，不能开始演练",
            detail="、".join(broken),
            remedy="先用 zhishou twin heal 或 zhishou twin start 恢复，再演练",
        )
    mark = state_directory / MARK
    mark.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    mark.touch()
    try:
        yield
    finally:
        mend(client)
        mark.unlink(missing_ok=True)


def mend_left_over(client: TwinClient, state_directory: Path) -> tuple[str, ...]:
    """Mend what a killed drill left broken; returns what that was."""
    mark = state_directory / MARK
    if not mark.exists():
        return ()
    mended = mend(client)
    mark.unlink(missing_ok=True)
    return mended


def mend(client: TwinClient) -> tuple[str, ...]:
    """Heal every cable and start every device; returns what was broken."""
    status = client.status()
    broken = broken_parts(status)
    for name in broken:
        if name in status.links:
            client.heal(name)
        else:
            client.start(name)
    return broken


def broken_parts(status: TwinStatus) -> tuple[str, ...]:
    """Cables that are cut and devices that do not run; pure."""
    links = (name for name, state in status.links.items() if state is not LinkState.UP)
    devices = (name for name, state in status.devices.items() if state is not NodeState.RUNNING)
    return (*links, *devices)
