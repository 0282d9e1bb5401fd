"""Orders as the consoles show them, with the call and the incidents each is connected to."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from device_configs.site.model import Site
from incident.read import incidents_during
from incident.wording import headline
from ops_core.hotline.cases.read import TakenCall, read_call
from ops_core.hotline.contacts.requesters import Contact, unmask_case
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.hotline.orders.model import Step
from ops_core.hotline.orders.read import (
    OrderFilter,
    OrderList,
    OrderTab,
    count_orders,
    list_orders,
    read_order,
)
from ops_core.hotline.orders.service import ORDER, take_step
from ops_core.hotline.orders.store import find_row
from ops_core.kernel.clock import Clock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.errors import NotFound
from ops_core.kernel.events import EventBus
from ops_core.kernel.permissions import Actor
from wallboard.orders.views import OrderDetail, TouchingIncident


class Orders:
    """The order service behind the consoles' protocol."""

    def __init__(
        self, site: Site, database: Database, bus: EventBus, clock: Clock, vault: ContactVault
    ) -> None:
        self._site, self._database, self._bus, self._clock = site, database, bus, clock
        self._vault = vault

    def listed(self, wanted: OrderFilter) -> OrderList:
        with self._database.reading() as session:
            return list_orders(session, self._site, wanted, self._clock.now())

    def counts(self, unit: str) -> Mapping[OrderTab, int]:
        with self._database.reading() as session:
            return count_orders(session, self._site, unit, self._clock.now())

    def detail(self, number: str) -> OrderDetail:
        now = self._clock.now()
        with self._database.reading() as session:
            record = read_order(session, self._site, number, now)
            call = None if record.case.call is None else _call(session, record.case.call)
            incidents = () if call is None else touching_incidents(session, self._site, call, now)
        return OrderDetail(record, call, incidents)

    def unit_of(self, number: str) -> str:
        with self._database.reading() as session:
            return find_row(session, number).unit

    def take_step(
        self, number: str, step: Step, unit: str, remark: str, version: int | None, actor: Actor
    ) -> None:
        with unit_of_work(self._database, self._bus, self._clock, actor) as uow:
            take_step(uow, self._site, number, step, unit, remark, version)

    def contact(self, number: str, actor: Actor) -> Contact:
        with unit_of_work(self._database, self._bus, self._clock, actor) as uow:
            case = find_row(uow.session, number).case_number
            return unmask_case(uow, self._vault, case, ORDER, number)


def touching_incidents(
    session: Session, site: Site, call: TakenCall, now: datetime
) -> tuple[TouchingIncident, ...]:
    """Incidents that held the seat of a call at any moment of the call, the latest first."""
    during = incidents_during(session, call.entered_at, call.left_at or now)
    return tuple(
        TouchingIncident(incident.number, headline(site, incident.fault))
        for incident in during
        if call.seat in incident.fault.seats
    )


def _call(session: Session, call: str) -> TakenCall | None:
    try:
        return read_call(session, call)
    except NotFound:  # it has left the queues unanswered in what we know of it now
        return None
