"""How far an order of the demonstration is on record, asked in one message before each step."""

from dataclasses import dataclass

from sqlalchemy import and_, bindparam, select
from sqlalchemy.orm import Session

from ops_core.hotline.cases.tables import CaseRow
from ops_core.hotline.demonstration import SOURCE
from ops_core.hotline.orders.tables import OrderEventRow, WorkOrderRow
from ops_core.kernel.database import connection_of

_ORDER, _CASE, _LINK = WorkOrderRow.__table__, CaseRow.__table__, OrderEventRow.__table__
_IS_LAST = and_(_LINK.c.order == _ORDER.c.number, _LINK.c.sequence == _ORDER.c.version)
_FIND = (
    select(_ORDER.c.number, _ORDER.c.category, _ORDER.c.version, _LINK.c.actor)
    .join_from(_CASE, _ORDER, _ORDER.c.case_number == _CASE.c.number)
    .outerjoin(_LINK, _IS_LAST)
    .where(_CASE.c.source_org == SOURCE, _CASE.c.source_ref == bindparam("ref"))
)
"""Put together once: a year asks it for every step, and past the object mapper it costs a third."""


@dataclass(frozen=True, slots=True)
class OrderOnRecord:
    """What the demonstration decides its next step by."""

    number: str
    category: str
    version: int
    last_actor: str | None
    """Who took the last step; None when its link is not there."""


def find_order(session: Session, ref: str) -> OrderOnRecord | None:
    """The order of a request of the demonstration; None for one that is not on record."""
    session.flush()
    row = connection_of(session).execute(_FIND, {"ref": ref}).one_or_none()
    return None if row is None else OrderOnRecord(*row)
