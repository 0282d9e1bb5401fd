"""Files that the demonstration's people attach: to orders that units work on, and to exemptions."""

import io
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.hotline.demonstration.cast import handler
from ops_core.hotline.demonstration.dice import dice_for
from ops_core.hotline.orders.attaching import attach_to_order
from ops_core.hotline.orders.steps import OrderState
from ops_core.hotline.orders.tables import WorkOrderRow
from ops_core.kernel.clock import Clock, FixedClock
from ops_core.kernel.commands import UnitOfWork, unit_of_work
from ops_core.kernel.consumers import advance_position, read_position
from ops_core.kernel.database import Database
from ops_core.kernel.events import EventBus
from ops_core.kernel.evidence_files import EvidenceStore, StoredFile
from ops_core.kernel.permissions import Actor, Role
from ops_core.kpi.assessment.attaching import attach_to_exemption

CONSUMER = "demonstration-attachments"
OPERATOR = Actor.user("demo.supervisor-1", (Role.SUPERVISOR,))
ORDERS = 6
"""So many of the signed orders have a file; every second one has personal data in it."""


def ensure_attached_files(
    site: Site, database: Database, bus: EventBus, clock: Clock, store: EvidenceStore
) -> int:
    """Attach a file to some orders, once, as soon as there are signed ones; says to how many."""
    with database.reading() as session:
        if read_position(session, CONSUMER) or not _signed(session):
            return 0
    paper = store.take_in("演示材料.txt", io.BytesIO("演示数据：现场核查材料\n".encode()))
    with unit_of_work(database, bus, clock, Actor.system("demonstration")) as uow:
        attached = attach_to_orders(uow, site, paper, clock.now())
        advance_position(uow, CONSUMER, 1)
    return attached


def attach_to_orders(uow: UnitOfWork, site: Site, paper: StoredFile, at: datetime) -> int:
    """By people of their units; gives how many orders there were to attach to."""
    zone, orders = ZoneInfo(site.contract.timezone), _signed(uow.session)
    for place, row in enumerate(orders):
        actor = handler(dice_for(0, "attached", row.number), row.unit)
        acting = uow.acting_as(actor, FixedClock(at))
        attach_to_order(acting, row.number, [paper], zone, is_personal=place % 2 == 1)
    return len(orders)


def attach_to_request(
    uow: UnitOfWork, site: Site, number: str, paper: StoredFile, at: datetime
) -> None:
    """What bears an exemption out, by who asked for it."""
    zone, acting = ZoneInfo(site.contract.timezone), uow.acting_as(OPERATOR, FixedClock(at))
    attach_to_exemption(acting, number, [paper], zone)


def _signed(session: Session) -> Sequence[WorkOrderRow]:
    row = WorkOrderRow
    query = select(row).where(row.state == OrderState.SIGNED.value).order_by(row.number.desc())
    return session.scalars(query.limit(ORDERS)).all()
