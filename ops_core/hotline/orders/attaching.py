"""Attachments of orders: of what people sent or found, while the order is open.

A file with personal data in it is attached as such: only who may see contacts in the clear takes it
away, and that is on record.
"""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from ops_core.hotline.orders.access import require_sight, require_sight_of
from ops_core.hotline.orders.order import Order, names_of
from ops_core.hotline.orders.service import ORDER
from ops_core.hotline.orders.step_words import STATE_WORDS
from ops_core.hotline.orders.steps import ENDED
from ops_core.hotline.orders.store import find_row, order_of
from ops_core.kernel.attaching import attach_files, no_longer_open
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.evidence_files import EVIDENCE, StoredFile
from ops_core.kernel.evidence_links import EvidenceFile, find_evidence
from ops_core.kernel.permissions import Actor, Permission, require, require_any

PERSONAL_OF_ORDER = "order_personal"
"""Subject type of an order's files with personal data; the others are of the order itself."""
ATTACHING = (
    Permission.ANSWER_ORDERS,
    Permission.DISPATCH_ORDERS,
    Permission.REVIEW_ORDERS,
    Permission.HANDLE_ORDERS,
    Permission.SUPERVISE_ORDERS,
)


def attach_to_order(
    uow: UnitOfWork,
    number: str,
    files: Sequence[StoredFile],
    zone: ZoneInfo,
    is_personal: bool = False,
) -> Sequence[EvidenceFile]:
    """Raises Forbidden, NotFound, Invalid, and Conflict for an order that has ended."""
    require_any(uow.actor, ATTACHING)
    order = order_of(find_row(uow.session, number))
    _require_order(uow.actor, order)
    if order.state in ENDED:
        raise no_longer_open(number, STATE_WORDS[order.state], order.state.value)
    kind = PERSONAL_OF_ORDER if is_personal else ORDER
    return attach_files(uow, kind, number, files, zone)


def record_personal_file_taken(uow: UnitOfWork, number: str) -> None:
    """Put on record that somebody takes away a file with personal data.

    Raises Forbidden and NotFound.
    """
    file = find_evidence(uow.session, number)
    require(uow.actor, Permission.UNMASK_CONTACTS)
    require_sight(uow.actor)
    _require_order(uow.actor, order_of(find_row(uow.session, file.subject_id)))
    detail = {"subject_type": file.subject_type, "subject_id": file.subject_id}
    uow.audit("evidence.taken", EVIDENCE, number, detail)


def _require_order(actor: Actor, order: Order) -> None:
    require_sight_of(actor, order.unit, *names_of(order.co_units))
