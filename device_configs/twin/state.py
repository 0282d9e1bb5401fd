"""What is broken in the twin, and what follows from it for each port."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Self

from ops_core.kernel.i18n import Message, message

if TYPE_CHECKING:
    from device_configs.twin.plan import Port, TwinPlan


class NodeState(StrEnum):
    """State of a device or a seat's host."""

    STARTING = "starting"
    RUNNING = "running"
    KILLED = "killed"
    HUNG = "hung"
    FAILED = "failed"
    """Its first process ended although nobody killed it."""


NODE_STATE_WORDS: Mapping[NodeState, Message] = MappingProxyType(
    {
        NodeState.STARTING: message("启动中"),
        NodeState.RUNNING: message("运行中"),
        NodeState.KILLED: message("已终止"),
        NodeState.HUNG: message("无响应"),
        NodeState.FAILED: message("已失效"),
    }
)
"""What refusals call them."""


class LinkState(StrEnum):
    UP = "up"
    CUT = "cut"
    SILENT = "silent"


class DisplayState(StrEnum):
    CONNECTED = "connected"
    DISCONNECTED = "disconnected"


class TwinPhase(StrEnum):
    """Where the supervisor stands; commands are taken when it is ready."""

    STARTING = "starting"
    READY = "ready"
    STOPPING = "stopping"


@dataclass(frozen=True)
class TwinFaults:
    """What was done to the twin; everything not named here is in order."""

    nodes: Mapping[str, NodeState] = field(default_factory=dict)
    links: Mapping[str, LinkState] = field(default_factory=dict)

    def node(self, name: str) -> NodeState:
        return self.nodes.get(name, NodeState.RUNNING)

    def link(self, name: str) -> LinkState:
        return self.links.get(name, LinkState.UP)

    def with_node(self, name: str, state: NodeState) -> Self:
        """The same faults with one node's state replaced."""
        return replace(self, nodes={**self.nodes, name: state})

    def with_link(self, name: str, state: LinkState) -> Self:
        """The same faults with one link's state replaced."""
        return replace(self, links={**self.links, name: state})


def port_is_up(plan: "TwinPlan", faults: TwinFaults, link: str, end: "Port") -> bool:
    """Whether the port is to be up: its node has power and the cable is not cut at this end."""
    if faults.node(end.node) is NodeState.KILLED:
        return False
    return not (faults.link(link) is LinkState.CUT and plan.cables[link].cut_end == end)


@dataclass(frozen=True)
class SeatStatus:
    host: NodeState
    display: DisplayState


@dataclass(frozen=True)
class Progress:
    """How far the start has come."""

    step: str
    done: int
    total: int


@dataclass(frozen=True)
class TwinStatus:
    """Answer to ``status``: every device, link and seat with its state."""

    phase: TwinPhase
    progress: Progress
    devices: Mapping[str, NodeState]
    links: Mapping[str, LinkState]
    seats: Mapping[str, SeatStatus]
    supervisor_pid: int
    """Process on the machine that holds the twin; tells one twin from the next."""
    boot_seconds: float | None = None
