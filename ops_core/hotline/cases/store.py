"""Requests as rows: all that taking one in rests on, read in one message, and its row.

The commands that take in, work off and call back pass by the object mapper (see
:mod:`ops_core.hotline.orders.store`).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Table, bindparam, insert, literal, select, update
from sqlalchemy.orm import Session

from ops_core.hotline.calls.tables import CallRow
from ops_core.hotline.cases.tables import CaseRow
from ops_core.hotline.contacts.requesters import KeptName
from ops_core.hotline.contacts.tables import RequesterRow
from ops_core.hotline.orders.tables import WorkOrderRow
from ops_core.kernel.database import connection_of
from ops_core.kernel.numbering import CASES, ORDERS, DayNumbers
from ops_core.kernel.pipelining import PIPELINED

_CASES = cast(Table, CaseRow.__table__)
_ORDERS = cast(Table, WorkOrderRow.__table__)
_CALLS = cast(Table, CallRow.__table__)
_REQUESTERS = cast(Table, RequesterRow.__table__)
_ONE = select(literal(1).label("one")).subquery("one_row")
"""Something to join to what may not be there."""
_READ = select(
    _CASES.c.number,
    _CASES.c.content_hash,
    _CASES.c.requester_id.label("case_requester"),
    _CASES.c.call.label("case_call"),
    _CASES.c.requester_stated_at,
    _CASES.c.contact_hash,
    _ORDERS.c.number.label("order"),
    _CALLS.c.call,
    _CALLS.c.requester_id,
    _REQUESTERS.c.name_sealed,
    _REQUESTERS.c.named_at,
    CASES.last_taken(_CASES.c.number).label("last_case"),
    ORDERS.last_taken(_ORDERS.c.number).label("last_order"),
).select_from(
    _ONE.outerjoin(
        _CASES,
        (_CASES.c.source_org == bindparam("of_org")) & (_CASES.c.source_ref == bindparam("of_ref")),
    )
    .outerjoin(_ORDERS, _ORDERS.c.case_number == _CASES.c.number)
    .outerjoin(_CALLS, _CALLS.c.call == bindparam("of_call"))
    .outerjoin(_REQUESTERS, _REQUESTERS.c.id == _CALLS.c.requester_id)
)
_CORRECT = (
    update(_CASES)
    .where(_CASES.c.number == bindparam("of_number"))
    .values(requester_id=bindparam("to_requester"), requester_stated_at=bindparam("to_stated_at"))
    .execution_options(**PIPELINED)
)
ADD_CASE = insert(_CASES).values({c.name: bindparam(f"case_{c.name}") for c in _CASES.c})
"""Wants :func:`case_values`."""


@dataclass(frozen=True, slots=True)
class KnownCase:
    """The request that has the reference already; its last two fields are those of
    :class:`~ops_core.hotline.cases.tables.CaseRow`."""

    number: str
    content_hash: str
    order: str | None
    requester: int | None
    call: str | None
    requester_stated_at: datetime | None
    contact_hash: str | None


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is on the call; ``requester`` None when the number was withheld."""

    requester: int | None
    name: KeptName


@dataclass(frozen=True, slots=True)
class OnRecord:
    """What stands when a request comes in; ``caller`` is None where there is no such call."""

    known: KnownCase | None
    caller: Caller | None
    last_case: str | None
    last_order: str | None


@dataclass(frozen=True, slots=True)
class NewCase:
    """A request as it is stored, by the names of its columns."""

    number: str
    day: str
    channel: str
    source_org: str
    source_ref: str
    requester_id: int | None
    call: str | None
    kind: str
    category: str
    region: str
    title: str
    text: str
    direct_answer: str
    received_at: datetime
    recorded_by: str
    content_hash: str
    stated_at: datetime | None
    requester_stated_at: datetime | None
    contact_hash: str


def read_on_record(
    session: Session,
    source_org: str,
    source_ref: str,
    call: str | None,
    cases: DayNumbers,
    orders: DayNumbers,
) -> OnRecord:
    """What bears the reference, who called, and the last numbers of the day."""
    session.flush()
    asked = {"of_org": source_org, "of_ref": source_ref, "of_call": call}
    row = connection_of(session).execute(_READ, asked | cases.bounds() | orders.bounds()).one()
    known = None
    if row.number is not None:
        known = KnownCase(
            row.number, row.content_hash, row.order, row.case_requester, row.case_call,
            row.requester_stated_at, row.contact_hash,
        )  # fmt: skip
    named = KeptName(row.name_sealed or "", row.named_at)
    caller = None if row.call is None else Caller(row.requester_id, named)
    return OnRecord(known, caller, row.last_case, row.last_order)


def add_case(session: Session, case: NewCase) -> None:
    """Store a request that needs no order; its reference is new."""
    connection_of(session).execute(ADD_CASE, case_values(case), execution_options=PIPELINED)


def correct_requester(session: Session, number: str, requester: int, stated_at: datetime) -> None:
    """Have a request be a requester's, as was said at that instant."""
    to = {"to_requester": requester, "to_stated_at": stated_at}
    connection_of(session).execute(_CORRECT, {"of_number": number, **to})


def case_values(case: NewCase) -> dict[str, object]:
    """A new request as the parameters of its insert."""
    return {f"case_{name}": getattr(case, name) for name in NewCase.__slots__}
