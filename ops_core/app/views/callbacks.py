"""Callbacks as the consoles show them, and the ratings that callers give by themselves."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from zoneinfo import ZoneInfo

from device_configs.site.model import Site
from ops_core.hotline.callbacks import service
from ops_core.hotline.callbacks.model import (
    Answers,
    AttemptResult,
    CallbackState,
    check_unreachable,
)
from ops_core.hotline.callbacks.read import CallbackRecord, list_callbacks, read_callback
from ops_core.hotline.calls.ratings import Rated, rate_call
from ops_core.hotline.cases.read import read_case
from ops_core.hotline.contacts.requesters import Contact, unmask_case
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.hotline.orders.model import Step
from ops_core.hotline.orders.read import read_order
from ops_core.kernel.clock import Clock
from ops_core.kernel.commands import UnitOfWork, unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.errors import Conflict
from ops_core.kernel.events import EventBus
from ops_core.kernel.permissions import Actor
from wallboard.callbacks.views import CallbackDetail


class Callbacks:
    """The callback service behind the consoles' protocol."""

    def __init__(
        self, site: Site, database: Database, bus: EventBus, clock: Clock, vault: ContactVault
    ) -> None:
        self._site, self._database, self._bus, self._clock = site, database, bus, clock
        self._vault = vault

    def listed(self, state: CallbackState) -> Sequence[CallbackRecord]:
        with self._database.reading() as session:
            return list_callbacks(session, self._site, state, self._clock.now())

    def detail(self, order: str, cycle: int) -> CallbackDetail:
        now = self._clock.now()
        with self._database.reading() as session:
            callback = read_callback(session, self._site, order, cycle, now)
            case = read_case(session, callback.case)
            course = read_order(session, self._site, order, now).course
        replies = [entry for entry in course if entry.cycle == cycle and entry.step in _TELLING]
        return CallbackDetail(callback, case, tuple(replies), self._not_yet(callback))

    def contact(self, order: str, cycle: int, actor: Actor) -> Contact:
        with self._work(actor) as uow:
            task = service.require_task(uow, order, cycle)
            case = read_callback(uow.session, self._site, order, cycle, self._clock.now()).case
            identifier = f"{task.order}/{task.cycle}"
            return unmask_case(uow, self._vault, case, service.CALLBACK, identifier)

    def attempt(
        self, order: str, cycle: int, result: AttemptResult, recording: str, actor: Actor
    ) -> None:
        with self._work(actor) as uow:
            service.record_attempt(uow, order, cycle, result, recording)

    def reached(
        self,
        order: str,
        cycle: int,
        answers: Answers,
        recording: str,
        remark: str,
        version: int | None,
        actor: Actor,
    ) -> None:
        with self._work(actor) as uow:
            service.finish_reached(
                uow, self._site, order, cycle, answers, recording, remark, version
            )

    def refused(
        self, order: str, cycle: int, recording: str, version: int | None, actor: Actor
    ) -> None:
        with self._work(actor) as uow:
            service.finish_refused(uow, order, cycle, recording, version)

    def unreachable(self, order: str, cycle: int, version: int | None, actor: Actor) -> None:
        with self._work(actor) as uow:
            service.finish_unreachable(uow, self._site, order, cycle, version)

    def rate(self, call: str, score: int, at: datetime | None, actor: Actor) -> Rated:
        with self._work(actor) as uow:
            return rate_call(uow, self._site, call, score, at or self._clock.now())

    def _work(self, actor: Actor) -> AbstractContextManager[UnitOfWork]:
        return unit_of_work(self._database, self._bus, self._clock, actor)

    def _not_yet(self, callback: CallbackRecord) -> Conflict | None:
        zone = ZoneInfo(self._site.contract.timezone)
        try:
            check_unreachable(callback.attempts, self._site.hotline.orders.callback, zone)
        except Conflict as reason:
            return reason
        return None


_TELLING = (Step.REPLY, Step.COMPLETE)
"""Steps in which the unit says what it did."""
