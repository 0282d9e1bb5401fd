"""One order with the call it came by and the incidents that touched that call."""

from dataclasses import dataclass

from device_configs.site.model import Title
from incident.reach import with_merged
from incident.read import incidents_during
from incident.wording import headline
from ops_core.hotline.cases.read import EarlierCase, TakenCall, earlier_cases, read_call
from ops_core.hotline.orders.access import require_sight, require_sight_of
from ops_core.hotline.orders.attaching import PERSONAL_OF_ORDER
from ops_core.hotline.orders.order import names_of
from ops_core.hotline.orders.read import OrderRecord, read_order
from ops_core.hotline.orders.service import ORDER
from ops_core.hotline.orders.steps import Step
from ops_core.hotline.orders.undoing import UndoReading, read_undo
from ops_core.kernel.errors import NotFound
from ops_core.kernel.evidence_links import evidence_of
from ops_core.kernel.permissions import Actor
from wallboard.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class TouchingIncident:
    """An incident of the seat that took the call, while the call went on."""

    number: str
    headline: Title


@dataclass(frozen=True, slots=True)
class OrderDetail:
    """Everything an order's page shows."""

    record: OrderRecord
    call: TakenCall | None
    incidents: tuple[TouchingIncident, ...]
    same_requester: tuple[EarlierCase, ...] = ()
    """The requester's other open orders: one of them may be about the same matter."""
    attachments: int = 0
    """How many files are attached to it."""
    undo: UndoReading | None = None
    """The last step while it is fresh: whether whoever took it may take it back."""


def read_record(seen: Snapshot, number: str, actor: Actor) -> OrderRecord:
    """One order, if the actor may see it. Raises Forbidden and NotFound."""
    require_sight(actor)
    record = read_order(seen.session, seen.site, number, seen.now)
    order = record.listed.order
    require_sight_of(actor, order.unit, *names_of(order.co_units))
    return record


def read_detail(seen: Snapshot, number: str, actor: Actor) -> OrderDetail:
    """The same with its call and the incidents. Raises Forbidden and NotFound."""
    record = read_record(seen, number, actor)
    call = None if record.case.call is None else _call(seen, record.case.call)
    incidents = () if call is None else touching_incidents(seen, call)
    same, attachments = _same_requester(seen, record), _attachments(seen, number)
    undo = read_undo(seen.session, seen.site, number, seen.now)
    return OrderDetail(record, call, incidents, same, attachments, undo)


def touching_incidents(seen: Snapshot, call: TakenCall) -> tuple[TouchingIncident, ...]:
    """Incidents that held the seat of a call at any moment of the call, the latest first."""
    left_at = call.left_at or seen.now
    during = with_merged(seen.session, incidents_during(seen.session, call.entered_at, left_at))
    return tuple(
        TouchingIncident(incident.number, headline(seen.site, incident.fault))
        for incident in during
        if call.seat in incident.fault.seats
    )


def _attachments(seen: Snapshot, number: str) -> int:
    types = (ORDER, PERSONAL_OF_ORDER)
    return sum(len(evidence_of(seen.session, name, number)) for name in types)


def _same_requester(seen: Snapshot, record: OrderRecord) -> tuple[EarlierCase, ...]:
    order, requester = record.listed.order, record.case.requester
    if Step.MERGE not in order.allowed or requester is None:
        return ()
    cases = earlier_cases(seen.session, requester.id)
    return tuple(one for one in cases if one.is_open and one.order != order.number)


def _call(seen: Snapshot, call: str) -> TakenCall | None:
    try:
        return read_call(seen.session, call)
    except NotFound:  # it has left the queues unanswered in what we know of it now
        return None
