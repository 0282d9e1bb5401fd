"""The trap receiver: one task beside the pollers, which costs no more than its share."""

import asyncio
import logging
import math
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from time import thread_time

from monitors.collect.configuration_notices import ConfigurationNotice, notice_of_trap
from monitors.collect.plan import CollectionPlan, SnmpTarget
from monitors.collect.polling.poller import Outlet
from monitors.collect.protocol.message import PduKind
from monitors.collect.trap_meaning import Trap, Trigger, meaning_of
from monitors.collect.traps.engines import Engines
from monitors.collect.traps.inbox import Datagram, Inbox, Sender
from monitors.collect.traps.learning import EngineLearning
from monitors.collect.traps.notification import SNMP_TRAP_ADDRESS
from monitors.collect.traps.reading import (
    Discovery,
    EngineUnknown,
    OwnEngine,
    TrapNotice,
    TrapReader,
    TrapRefused,
    Untimely,
)
from monitors.collect.traps.reception import Reception
from monitors.collect.traps.sieve import Sieve
from monitors.collect.traps.state import (
    Refusal,
    SenderState,
    TrapState,
    concerns_of,
    measures_of,
)
from monitors.collect.traps.triggers import TriggerPacer
from monitors.evidence import Element, Observation
from ops_core.kernel.clock import Clock
from ops_core.kernel.health import Concern, Measure
from ops_core.kernel.workers import ENDINGS, Worker

log = logging.getLogger(__name__)

TRAP_PORT = 162
REPEATED_WITHIN_S = 5.0
"""Peers repeat a trap each second while a fault lasts (FRR does with a connect timer of 1 s)."""
ANSWERED_WITHIN_S = 150.0
"""An inform with the same request id within this time is the same one, sent again."""
ANSWERS_KEPT = 4_096
IDLE_S = 1.0
CYCLE_S = 0.01
BEHIND_CYCLE_S = 0.002
DATAGRAMS_A_CYCLE = 512
"""About 6 ms of the loop."""
READING_A_CYCLE_S = 0.003
"""CPU seconds for verifying and reading in a turn: the pollers have the rest."""
LOGGED_EVERY_S = 10.0
POLLED_AS_FALLBACK = frozenset({Refusal.ENGINE, Refusal.TIME, Refusal.FAULT})
"""What may be refused for a reason of ours: the device is polled, so nothing is lost."""


class TrapReceiver:
    """Listens for traps and informs (v1, v2c, v3) of the plan's devices.

    What comes in is sorted by sender before anything is read, and each sender has its share. A
    trap that is dropped unread costs nothing but time: its device is polled instead.
    """

    def __init__(
        self,
        plan: CollectionPlan,
        outlet: Outlet,
        on_trigger: Callable[[Trigger], None],
        clock: Clock,
        *,
        address: str = "0.0.0.0",  # noqa: S104 - the device side's namespace, not the machine
        port: int = TRAP_PORT,
        engine_ids: Mapping[str, bytes] | None = None,
        on_notice: Callable[[ConfigurationNotice], None] = lambda _: None,
    ) -> None:
        """``engine_ids``: declared SNMP engine ids by device; others are learned from agents."""
        self._plan = plan
        self._outlet = outlet
        self._on_trigger = on_trigger
        self._on_notice = on_notice
        self._clock = clock
        self._address = address
        self._port = port
        self._inbox = Inbox(set(plan.devices_by_address.values()))
        protocols = {name: target.authentication for name, target in plan.targets.items()}
        self._engines = Engines(plan.secrets, engine_ids or {}, protocols)
        self._reader = TrapReader(plan.secrets, self._engines, OwnEngine.of(clock))
        self._learning = EngineLearning(_agents(plan), plan.secrets, self._engines, clock)
        self._pacer = TriggerPacer()
        self._reception: Reception | None = None
        self._reported: dict[Element, tuple[Observation, float]] = {}
        self._answered: OrderedDict[tuple[str, int], float] = OrderedDict()
        self._logged: dict[str, tuple[float, int]] = {}
        self._counts = {"unknown_source": 0, "meaningless": 0, "repeated": 0}
        self._decode_s = 0.0
        self._kernel_drops = 0
        self._drops_seen = 0
        self._was_filtering = False
        self._can_filter = True
        self._sieve = Sieve(plan.devices_by_address)
        self._dropped_at: datetime | None = None
        self.is_listening = asyncio.Event()

    @property
    def port(self) -> int:
        """The UDP port, once listening; useful where 0 was asked for."""
        return self._port

    async def run(self, worker: Worker | None = None) -> None:
        """Receive until cancelled. Raises OSError when the port cannot be had."""
        reception = Reception(self._address, self._port, self._clock)
        self._reception, self._port = reception, reception.port
        self._drops_seen, self._sieve = 0, Sieve(self._plan.devices_by_address)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._learning.run(), name="trap engines")
                await self._receive(reception, worker)
        finally:
            self.is_listening.clear()
            self._reception = None
            reception.close()

    async def _receive(self, reception: Reception, worker: Worker | None) -> None:
        self.is_listening.set()
        while True:
            if not self._inbox.has_waiting:
                await reception.readable(IDLE_S)
            is_behind = self._read_cycle(reception)
            if worker is not None:
                worker.succeeded()
            # What comes meanwhile is read in one go: a storm costs few turns of the loop.
            await asyncio.sleep(BEHIND_CYCLE_S if is_behind else CYCLE_S)

    @property
    def state(self) -> TrapState:
        """All counts at this instant; from any thread."""
        now_s = self._clock.monotonic()
        senders = {sender.name: self._state_of(sender, now_s) for sender in self._inbox}
        return TrapState(
            received=sum(sender.received for sender in senders.values()),
            decoded=sum(sender.decoded for sender in senders.values()),
            duplicates=sum(sender.duplicates for sender in senders.values()),
            limited=sum(sender.limited for sender in senders.values()),
            refused=sum(sum(sender.refused.values()) for sender in senders.values()),
            kernel_drops=self._kernel_drops,
            dropped_at=self._dropped_at,
            waiting=self._inbox.depth + self._learning.held,
            decode_s=self._decode_s,
            senders={name: sender for name, sender in senders.items() if sender.received},
            undeclared=self._inbox.addresses,
            shared_engines=self._engines.shared(),
            **self._counts,
        )

    def _state_of(self, sender: Sender, now_s: float) -> SenderState:
        since_s = sender.limited_since(now_s)
        return SenderState(
            name=sender.name,
            received=sender.received,
            decoded=sender.decoded,
            duplicates=sender.duplicates,
            limited=sender.limited,
            refused=dict(sender.refused),
            limited_since=None if since_s is None else self._instant(since_s),
        )

    def measures(self) -> Iterable[Measure]:
        return measures_of(self.state)

    def concerns(self, now: datetime) -> Iterable[Concern]:
        return concerns_of(self.state, now)

    def _read_cycle(self, reception: Reception) -> bool:
        """Sort in what has arrived, read a share of it, and ask those who were limited.

        True when more has arrived than one turn takes.
        """
        taken = reception.drain(DATAGRAMS_A_CYCLE, self._admit, self._refuse_giant)
        self._note_kernel_drops(reception)
        for device, datagram in self._learning.taken():
            self._handle(self._inbox.sender(device), datagram, was_held=True)
        began_s = used_s = thread_time()
        while used_s - began_s < READING_A_CYCLE_S and (next_ := self._inbox.take()) is not None:
            self._handle(*next_)
            used_s = thread_time()
        self._decode_s += used_s - began_s
        self._ask_for_the_rest()
        return taken == DATAGRAMS_A_CYCLE

    def _ask_for_the_rest(self) -> None:
        """Have those read whose traps were not, and those whose triggers came too fast."""
        now_s = self._clock.monotonic()
        triggers = self._pacer.due(now_s)
        for device, unread in self._inbox.to_ask(now_s):
            detail = f"{unread} traps not read"
            triggers.append(Trigger(Element.device(device), (device,), detail))
        for trigger in triggers:
            try:
                self._on_trigger(trigger)
            except ENDINGS:
                raise
            except BaseException as error:  # noqa: BLE001 - one trigger never ends the others
                self._log(Refusal.FAULT, trigger.devices[0], error)

    def _admit(self, datagram: Datagram) -> None:
        address = datagram.address[0]
        device = self._plan.devices_by_address.get(address)
        self._sieve.saw(device or "", address, datagram.arrived_s)
        self._inbox.admit(device, datagram)

    def _refuse_giant(self, address: str) -> None:
        sender = self._inbox.sender(self._plan.devices_by_address.get(address))
        sender.received += 1
        self._refuse(sender, Refusal.TOO_LARGE)

    def _note_kernel_drops(self, reception: Reception) -> None:
        """What the filter dropped is its senders'; what a full queue dropped is our lateness."""
        queue = reception.kernel_queue()
        drops, self._drops_seen = queue.drops - self._drops_seen, queue.drops
        was_active, self._was_filtering = self._was_filtering, self._sieve.is_active
        is_filtering = self._can_filter and (was_active or self._sieve.is_active)
        if drops and is_filtering and queue.is_short:
            for name, count in self._sieve.shares(drops).items():
                self._inbox.filtered(name, count, self._clock.monotonic())
        elif drops:
            self._kernel_drops += drops
            self._dropped_at = self._clock.now()
        if self._sieve.changed(self._clock.monotonic()) and self._can_filter:
            self._filter(reception)

    def _filter(self, reception: Reception) -> None:
        try:
            reception.filter(self._sieve.program())
        except OSError as error:
            self._can_filter = False
            log.warning("the kernel takes no filter for the trap port: %s", error)

    def _handle(self, sender: Sender, datagram: Datagram, *, was_held: bool = False) -> None:
        """One datagram, wholly; whatever it holds ends nothing."""
        device = sender.name or None
        try:
            notice = self._reader.read(device, datagram)
            sender.decoded += 1
            self._deliver(device, notice, datagram)
        except Discovery as asked:
            sender.decoded += 1
            self._answer(device, asked.answer, datagram)
        except EngineUnknown:
            if device is None or was_held or not self._learning.hold(device, datagram):
                self._refuse(sender, Refusal.ENGINE)
        except TrapRefused as refused:
            if isinstance(refused, Untimely):
                self._learning.ask(refused.device)
            self._refuse(sender, refused.kind)
            self._answer(device, refused.answer, datagram)
        except ENDINGS:
            raise
        except BaseException as error:  # noqa: BLE001 - one datagram never ends the others
            self._refuse(sender, Refusal.FAULT, error)

    def _deliver(self, device: str | None, notice: TrapNotice, datagram: Datagram) -> None:
        first = notice.pdu.variables.get(SNMP_TRAP_ADDRESS)
        named = self._plan.devices_by_address.get(str(first)) if first is not None else None
        source = notice.signer or named or device
        if source is None:
            self._counts["unknown_source"] += 1
            return
        again = notice.pdu.kind == PduKind.INFORM and self._was_answered(notice, datagram)
        if again:
            self._counts["repeated"] += 1
        else:
            self._report(Trap(source, notice.pdu.variables), self._instant(datagram.arrived_s))
        if notice.acknowledgement is not None:
            self._answer(device, notice.acknowledgement, datagram)
            self._note_answer(notice, datagram)

    def _report(self, trap: Trap, arrived: datetime) -> None:
        notice = notice_of_trap(trap, arrived)
        if notice is not None:
            self._on_notice(notice)
            return
        meaning = meaning_of(trap, self._plan, arrived)
        if meaning is None:
            self._counts["meaningless"] += 1
            return
        observation = meaning.observation
        if observation is not None and self._is_repeated(observation):
            self._counts["repeated"] += 1
            return
        if observation is not None:
            self._outlet.observations([observation])
            self._reported[observation.element] = (observation, self._clock.monotonic())
        if self._pacer.passes(trap.device, meaning.trigger, self._clock.monotonic()):
            self._on_trigger(meaning.trigger)

    def _is_repeated(self, news: Observation) -> bool:
        """The same finding again within a few seconds; a change in between is never one."""
        reported, reported_s = self._reported.get(news.element, (None, 0.0))
        is_same = reported is not None and (reported.ok, reported.detail) == (news.ok, news.detail)
        return is_same and self._clock.monotonic() - reported_s < REPEATED_WITHIN_S

    def _instant(self, at_s: float) -> datetime:
        """The wall clock's word for an instant of the monotonic clock, as the clock goes now."""
        return self._clock.now() - timedelta(seconds=self._clock.monotonic() - at_s)

    def _was_answered(self, notice: TrapNotice, datagram: Datagram) -> bool:
        at_s = self._answered.get((datagram.address[0], notice.pdu.request_id))
        return at_s is not None and datagram.arrived_s - at_s < ANSWERED_WITHIN_S

    def _note_answer(self, notice: TrapNotice, datagram: Datagram) -> None:
        self._answered[datagram.address[0], notice.pdu.request_id] = datagram.arrived_s
        if len(self._answered) > ANSWERS_KEPT:
            self._answered.popitem(last=False)

    def _answer(self, device: str | None, answer: bytes | None, datagram: Datagram) -> None:
        """Only declared senders are answered: a forged address shall gain nothing by us."""
        if device is not None and answer is not None and self._reception is not None:
            self._reception.answer(answer, datagram.address)

    def _refuse(self, sender: Sender, kind: Refusal, error: BaseException | None = None) -> None:
        if kind in POLLED_AS_FALLBACK:
            self._inbox.could_not_read(sender)
        sender.refused[kind] += 1
        self._log(kind, sender.name or "an undeclared address", error)

    def _log(self, kind: Refusal, name: str, error: BaseException | None) -> None:
        """The first of its kind in a while, with how many went before it unsaid."""
        now_s = self._clock.monotonic()
        reported_s, unsaid = self._logged.get(kind, (-math.inf, 0))
        if now_s - reported_s < LOGGED_EVERY_S:
            self._logged[kind] = (reported_s, unsaid + 1)
            return
        self._logged[kind] = (now_s, 0)
        level = logging.ERROR if error is not None else logging.INFO
        more = f", and {unsaid} more before" if unsaid else ""
        log.log(level, "trap of %s refused: %s%s", name, kind, more, exc_info=error)


def _agents(plan: CollectionPlan) -> dict[str, SnmpTarget]:
    """Agents of version 3 that may send traps, by device."""
    senders = set(plan.devices_by_address.values())
    return {
        name: target
        for name, target in plan.targets.items()
        if name in senders and target.version == "v3"
    }
