"""The hotline's commands one after another, as its people and its telephone system give them.

A story is one call: its events, the rating after it, the request and its order, the unit's steps
(one order in four is returned first) and the callback (one in three is not reached at first). Each
command is a transaction with its event and its audit entry.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from zoneinfo import ZoneInfo

from device_configs.site import load_site
from device_configs.site.hotline import CaseKind
from device_configs.site.model import Site
from ops_core.hotline.callbacks.model import Answers, AttemptResult, Resolved
from ops_core.hotline.callbacks.service import finish_reached, record_attempt
from ops_core.hotline.calls.model import CallEvent, CallEventKind
from ops_core.hotline.calls.naming import call_name
from ops_core.hotline.calls.queue_log import IncomingEvent
from ops_core.hotline.calls.ratings import rate_call
from ops_core.hotline.calls.service import take_events
from ops_core.hotline.cases.model import CaseDraft, Channel
from ops_core.hotline.cases.service import record_case
from ops_core.hotline.contacts.vault import ContactVault, open_vault
from ops_core.hotline.orders.service import take_step
from ops_core.hotline.orders.steps import Step
from ops_core.kernel.clock import Clock, SystemClock
from ops_core.kernel.commands import UnitOfWork, unit_of_work
from ops_core.kernel.database import Database, create_database_engine
from ops_core.kernel.events import EventBus
from ops_core.kernel.permissions import Actor, Role
from ops_core.kernel.settings import PROJECT_DIRECTORY

RETURNED_EVERY, RATED_EVERY, UNREACHED_EVERY = 4, 3, 3
UNIT = "housing"
AGENT = Actor.user("agent.lin", (Role.AGENT,))
DISPATCHER = Actor.user("dispatch.he", (Role.DISPATCHER,))
CALLER_BACK = Actor.user("callback.xu", (Role.CALLBACK_AGENT,))
HANDLER = Actor.user("housing.ma", (Role.UNIT_HANDLER,), UNIT)
TELEPHONY = Actor.user("pbx", (Role.INTERFACE,))
_CALL = (
    CallEventKind.ENTERQUEUE,
    CallEventKind.RINGNOANSWER,
    CallEventKind.CONNECT,
    CallEventKind.COMPLETECALLER,
)


@dataclass(frozen=True, slots=True)
class Command:
    """One transaction: what it is called, and how it is run; a step tells the order's version."""

    kind: str
    run: Callable[[], tuple[str, int] | None]


class Storm:
    """One client; ``name`` tells its calls from those of the others."""

    def __init__(
        self, database: Database, site: Site, vault: ContactVault, clock: Clock, name: str
    ) -> None:
        self._database, self._site, self._vault, self._name = database, site, vault, name
        self._clock, self._bus = clock, EventBus()
        self._zone = ZoneInfo(site.contract.timezone)

    def named(self, name: str) -> "Storm":
        """Another client of the same process, on the same database."""
        return Storm(self._database, self._site, self._vault, self._clock, name)

    def commands(self) -> Iterator[Command]:
        """One story after another, without an end; each command is to be run before the next."""
        number = 0
        while True:
            number += 1
            yield from self._story(number)

    def _story(self, number: int) -> Iterator[Command]:
        call = f"{self._name}-{number}"
        yield Command("take_events", lambda: self._take_call(number, call))
        if number % RATED_EVERY == 0:
            yield Command("rate_call", lambda: self._rate(call_name(self._name, call)))
        orders: list[str] = []
        yield Command("record_case", lambda: self._record(call, orders))
        order = orders[0]
        yield self._step(DISPATCHER, order, Step.DISPATCH)
        if number % RETURNED_EVERY == 0:
            yield self._step(HANDLER, order, Step.RETURN)
            yield self._step(DISPATCHER, order, Step.DISPATCH)
        for step in (Step.SIGN, Step.REPLY):
            yield self._step(HANDLER, order, step)
        yield self._step(DISPATCHER, order, Step.APPROVE)
        yield self._step(HANDLER, order, Step.COMPLETE)
        if number % UNREACHED_EVERY == 0:
            yield Command("callback", lambda: self._miss(order))
        yield Command("callback", lambda: self._call_back(order))

    def _work(self, actor: Actor) -> AbstractContextManager[UnitOfWork]:
        return unit_of_work(self._database, self._bus, self._clock, actor)

    def _take_call(self, number: int, call: str) -> None:
        now = self._clock.now()
        lot = []
        for offset, kind in enumerate(_CALL):
            taken = offset >= _CALL.index(CallEventKind.CONNECT)
            event = CallEvent(
                self._name, len(_CALL) * number + offset, call, kind,
                now + timedelta(seconds=offset), "citizen",
                AGENT.name if taken else "", 37 if taken else None,
            )  # fmt: skip
            lot.append(IncomingEvent(event, f"139{number:08d}" if offset == 0 else ""))
        with self._work(TELEPHONY) as uow:
            take_events(uow, self._vault, lot, self._zone)

    def _rate(self, call: str) -> None:
        with self._work(TELEPHONY) as uow:
            rate_call(uow, self._site, call, 5, uow.clock.now())

    def _record(self, call: str, orders: list[str]) -> tuple[str, int]:
        draft = CaseDraft(
            Channel.PHONE, "hotline", call, CaseKind.COMPLAINT, "heating", "province",
            "暖气不热", "小区供暖三天不热，物业称热力公司压力不足，请协调处理。", self._clock.now(),
            call=call_name(self._name, call), name="张三丰",
        )  # fmt: skip
        with self._work(AGENT) as uow:
            recorded = record_case(uow, self._site, self._vault, draft)
        if recorded.order is None:
            raise ValueError(f"{recorded.case} got no order")
        orders.append(recorded.order)
        return recorded.order, 1

    def _step(self, actor: Actor, order: str, step: Step) -> Command:
        def run() -> tuple[str, int]:
            unit = UNIT if step is Step.DISPATCH else ""
            with self._work(actor) as uow:
                after = take_step(uow, self._site, order, step, unit, "已联系热力公司调压。")
            return order, after.version

        return Command(step.value, run)

    def _miss(self, order: str) -> None:
        with self._work(CALLER_BACK) as uow:
            record_attempt(uow, order, 1, AttemptResult.NO_ANSWER)

    def _call_back(self, order: str) -> None:
        with self._work(CALLER_BACK) as uow:
            finish_reached(uow, self._site, order, 1, Answers(Resolved.YES, 4, 5), "rec-1")


def client(url: str, state_directory: Path, name: str) -> Storm:
    """A client of an installation, whose contacts are sealed with its key."""
    database = Database(create_database_engine(url))
    site = load_site(PROJECT_DIRECTORY / "inventory")
    return Storm(database, site, open_vault(state_directory), SystemClock(), name)


def give_commands(url: str, state_directory: Path, name: str, said: Connection) -> None:
    """Be a client until killed; ``said`` gets (order, version) after each committed step."""
    for command in client(url, state_directory, name).commands():
        step = command.run()
        if step is not None:
            said.send(step)
