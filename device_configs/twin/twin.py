"""The standing twin: builds what is planned and carries out what is asked.

Every command returns when its effect is in the kernel. Commands that change something are done
one after another; reading and executing in a device need not wait for them.
"""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from device_configs.twin.credentials import KeyMaterial, TwinSnmpSecrets
from device_configs.twin.factory import Upper, fill_factory_state
from device_configs.twin.names import find
from device_configs.twin.namespace import create_network
from device_configs.twin.node import RunningNode, feed
from device_configs.twin.plan import Cable, DevicePlan, Node, Port, TwinPlan
from device_configs.twin.protocol import Completed
from device_configs.twin.providers import start_services
from device_configs.twin.state import (
    DisplayState,
    LinkState,
    NodeState,
    Progress,
    SeatStatus,
    TwinFaults,
    TwinPhase,
    TwinStatus,
    port_is_up,
)
from device_configs.twin.terminals import DISPLAY, OUTSIDE, fill_terminal_state
from device_configs.twin.wiring import (
    HANG_TABLE,
    boot_batch,
    cable_batch,
    gateway_batch,
    is_provider,
    ports_batch,
    silence,
    silence_table,
    unsilence,
)

BOOT_WORKERS = 4


class TwinRefused(RuntimeError):
    """The command cannot be done in the node's present state."""

    def __init__(self, name: str, state: NodeState) -> None:
        super().__init__(f"{name} is {state}")
        self.name = name
        self.state = state


class Twin:
    """All devices, seats and cables of one site, inside the supervisor's namespaces."""

    def __init__(
        self,
        plan: TwinPlan,
        directory: Path,
        keys: KeyMaterial,
        secrets: TwinSnmpSecrets,
        hidden: Path,
        seeds: Path,
        supervisor_pid: int,
    ) -> None:
        self.plan = plan
        self._directory = directory
        self._keys = keys
        self._secrets = secrets
        self._hidden = hidden
        self._seeds = seeds
        self._supervisor_pid = supervisor_pid
        self._nodes: dict[str, RunningNode] = {}
        self._faults = TwinFaults()
        self._displays = dict.fromkeys(plan.seats, DisplayState.CONNECTED)
        self._changing = threading.Lock()
        self._phase = TwinPhase.STARTING
        self._progress = Progress("", 0, 1)
        self._boot_seconds: float | None = None

    # -- start ---------------------------------------------------------------------------------

    def boot(self) -> None:
        """Build everything and start every device and seat."""
        started = time.monotonic()
        with self._changing, ThreadPoolExecutor(BOOT_WORKERS) as workers:
            nodes = self.plan.nodes.values()
            self._for_each("namespaces", workers, self._prepare, nodes)
            self._lay_cables()
            self._for_each("devices", workers, self._power_on, nodes)
        self._boot_seconds = time.monotonic() - started
        self._phase = TwinPhase.READY

    def _for_each(
        self,
        step: str,
        workers: ThreadPoolExecutor,
        work: Callable[[Node], None],
        nodes: Iterable[Node],
    ) -> None:
        todo = list(nodes)
        self._progress = Progress(step, 0, len(todo))
        for done, _ in enumerate(workers.map(work, todo), start=1):
            self._progress = Progress(step, done, len(todo))

    def _prepare(self, node: Node) -> None:
        directory = self._directory / node.name
        directory.mkdir()
        for name in ("upper", "work", "root"):
            (directory / name).mkdir(mode=0o755)
        upper = Upper(directory / "upper")
        if isinstance(node, DevicePlan):
            fill_factory_state(upper, self.plan, node, self._keys, self._hidden)
        else:
            fill_terminal_state(upper, node, self._keys, self._secrets, self._hidden)
            (directory / OUTSIDE).mkdir(mode=0o755)
            self._write_display(node.name, DisplayState.CONNECTED)
        if (self._seeds / node.name).is_dir():
            upper.copy_tree(self._seeds / node.name)
        self._nodes[node.name] = RunningNode(node, directory, create_network())

    def _lay_cables(self) -> None:
        networks = {name: node.network for name, node in self._nodes.items()}
        batch = cable_batch(self.plan.cables.values(), networks)
        feed(["ip", "-batch", "-"], batch, descriptors=list(networks.values()))

    def _power_on(self, plan: Node) -> None:
        """Configure its network for the present faults, then start its processes."""
        node = self._nodes[plan.name]
        ends = [(c, end) for c in self.plan.cables_of[plan.name] for end in c.ends
                if end.node == plan.name]  # fmt: skip
        for cable, end in ends:
            if self._faults.link(cable.name) is LinkState.SILENT:
                node.filter(silence(silence_table(end.name), [end.name]))
        up = [end.name for cable, end in ends
              if port_is_up(self.plan, self._faults, cable.name, end)]  # fmt: skip
        node.configure(boot_batch(plan, up))
        node.power_on()
        if isinstance(plan, DevicePlan) and is_provider(plan):
            start_services(node)

    # -- cables --------------------------------------------------------------------------------

    def cut(self, link: str, *, silent: bool) -> None:
        """Cut a cable: both ends lose the carrier, or, ``silent``, only every frame."""
        cable = find(link, self.plan.cables, "link")
        with self._changing:
            state = LinkState.SILENT if silent else LinkState.CUT
            if self._faults.link(link) not in (LinkState.UP, state):
                self._set_link(cable, LinkState.UP)
            self._set_link(cable, state)

    def heal(self, link: str) -> None:
        """Undo either kind of cut."""
        cable = find(link, self.plan.cables, "link")
        with self._changing:
            self._set_link(cable, LinkState.UP)

    def _set_link(self, cable: Cable, state: LinkState) -> None:
        before = self._faults.link(cable.name)
        if before is state:
            return
        self._faults = self._faults.with_link(cable.name, state)
        for end in cable.ends:
            if self._faults.node(end.node) is NodeState.KILLED:
                continue
            node = self._nodes[end.node]
            if LinkState.SILENT in (before, state):
                table = silence_table(end.name)
                silent = state is LinkState.SILENT
                node.filter(silence(table, [end.name]) if silent else unsilence(table))
            elif end == cable.cut_end:
                self._set_port(cable, end)

    def _set_port(self, cable: Cable, end: Port) -> None:
        node = self._nodes[end.node]
        up = port_is_up(self.plan, self._faults, cable.name, end)
        routes = gateway_batch(node.plan) if up else ""
        node.configure(ports_batch([end.name], "up" if up else "down") + routes)

    # -- devices and seats ---------------------------------------------------------------------

    def kill(self, name: str) -> None:
        """Power off: all ports lose their carrier at once, then every process ends."""
        node = self._node(name)
        name = node.plan.name
        with self._changing:
            if self._faults.node(name) is NodeState.KILLED:
                return
            node.configure(ports_batch(node.plan.ports, "down"))
            node.power_off()
            self._faults = self._faults.with_node(name, NodeState.KILLED)
            node.forget_network_state()

    def hang(self, name: str) -> None:
        """All ports go silent while their links stay up."""
        node = self._node(name)
        name = node.plan.name
        with self._changing:
            if self._state_of(node) is not NodeState.RUNNING:
                raise TwinRefused(name, self._state_of(node))
            node.filter(silence(HANG_TABLE, node.plan.ports))
            self._faults = self._faults.with_node(name, NodeState.HUNG)

    def start(self, name: str) -> None:
        """Undo :meth:`kill` or :meth:`hang`; start again what failed by itself."""
        node = self._node(name)
        name = node.plan.name
        with self._changing:
            state = self._state_of(node)
            if state is NodeState.FAILED:
                node.configure(ports_batch(node.plan.ports, "down"))
                node.power_off()
                node.forget_network_state()
            self._faults = self._faults.with_node(name, NodeState.RUNNING)
            if state is NodeState.HUNG:
                node.filter(unsilence(HANG_TABLE))
            elif state is not NodeState.RUNNING:
                self._power_on(node.plan)

    def display(self, seat: str, *, on: bool) -> None:
        """Connect or disconnect a seat's display; its agent tells within a second."""
        name = find(seat, self.plan.seats, "seat").name
        with self._changing:
            self._write_display(name, DisplayState.CONNECTED if on else DisplayState.DISCONNECTED)

    def _write_display(self, seat: str, state: DisplayState) -> None:
        file = self._directory / seat / OUTSIDE / DISPLAY
        partial = file.with_suffix(".partial")
        partial.write_text(f"{state}\n")
        partial.replace(file)
        self._displays[seat] = state

    def _node(self, name: str) -> RunningNode:
        return self._nodes[find(name, self.plan.nodes, "device or seat").name]

    # -- reading -------------------------------------------------------------------------------

    def status(self) -> TwinStatus:
        """Every device, link and seat; answers during the start and during other commands."""
        return TwinStatus(
            phase=self._phase,
            progress=self._progress,
            devices={name: self._named_state(name) for name in self.plan.devices},
            links={name: self._faults.link(name) for name in self.plan.cables},
            seats={
                name: SeatStatus(self._named_state(name), self._displays[name])
                for name in self.plan.seats
            },
            supervisor_pid=self._supervisor_pid,
            boot_seconds=self._boot_seconds,
        )

    def _named_state(self, name: str) -> NodeState:
        node = self._nodes.get(name)
        return NodeState.STARTING if node is None else self._state_of(node)

    def _state_of(self, node: RunningNode) -> NodeState:
        state = self._faults.node(node.plan.name)
        if state is not NodeState.KILLED and not node.was_started:
            return NodeState.STARTING
        if state is not NodeState.KILLED and not node.is_alive:
            return NodeState.FAILED
        return state

    def network(self, name: str) -> int:
        """Descriptor of a node's network namespace; it stays the supervisor's."""
        return self._node(name).network

    def powered(self, name: str) -> RunningNode:
        """A node with power; :class:`TwinRefused` when there is nothing to enter."""
        node = self._node(name)
        if not node.is_alive:
            raise TwinRefused(node.plan.name, self._state_of(node))
        return node

    def execute(self, name: str, argv: Sequence[str], timeout: float, stdin: bytes) -> Completed:
        """Run a command in all namespaces of a node, at most ``timeout`` seconds."""
        return self.powered(name).execute(argv, timeout, stdin)
