"""What screens and programs read of requests and of the calls they are taken on.

Every text is masked here: nothing that leaves this module holds a number or a name in the clear.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from device_configs.site.hotline import CaseKind
from ops_core.hotline.calls.model import Outcome
from ops_core.hotline.calls.tables import CallRow
from ops_core.hotline.cases.model import Channel
from ops_core.hotline.cases.tables import CaseCorrectionRow, CaseRow
from ops_core.hotline.contacts.tables import RequesterRow
from ops_core.hotline.orders.steps import ENDED, OrderState
from ops_core.hotline.orders.tables import WorkOrderRow
from ops_core.hotline.recorded_times import AHEAD
from ops_core.kernel.errors import NotFound
from ops_core.kernel.i18n import message
from ops_core.kernel.masking import mask_text

AFTER_WORK = timedelta(minutes=10)
"""How long after its end a call is still the one its agent writes up."""
EARLIER_AT_MOST = 20


@dataclass(frozen=True, slots=True)
class MaskedRequester:
    """Whom a record is about, as everybody may see him; ``id`` finds the contact to unmask."""

    id: int
    number: str
    name: str


@dataclass(frozen=True, slots=True)
class TakenCall:
    """A call that somebody took. ``left_at`` None: it goes on."""

    call: str
    queue: str
    entered_at: datetime
    answered_at: datetime | None
    left_at: datetime | None
    agent: str
    seat: int | None
    transfers: int
    requester: MaskedRequester | None


@dataclass(frozen=True, slots=True)
class EarlierCase:
    """A request of the same requester. ``state`` None: it was answered on the spot."""

    number: str
    received_at: datetime
    kind: CaseKind
    category: str
    region: str
    title: str
    order: str | None
    state: OrderState | None

    @property
    def is_open(self) -> bool:
        """Somebody still works on it: a new request may be the same matter."""
        return self.state is not None and self.state not in ENDED


@dataclass(frozen=True, slots=True)
class CaseCorrection:
    """What its source said of a request later, as a whole; texts are masked."""

    sequence: int
    recorded_at: datetime
    kind: CaseKind
    category: str
    region: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """A request as recorded."""

    number: str
    channel: Channel
    source_org: str
    source_ref: str
    kind: CaseKind
    category: str
    region: str
    title: str
    text: str
    direct_answer: str
    received_at: datetime
    recorded_by: str
    call: str | None
    requester: MaskedRequester | None
    order: str | None
    corrections: tuple[CaseCorrection, ...] = ()


def present_call(session: Session, agent: str, now: datetime) -> TakenCall | None:
    """The latest call an agent took, while it goes on or has ended AFTER_WORK ago at most.

    One that is dated further ahead than a clock may be wrong hides none of today's.
    """
    row = session.scalar(
        select(CallRow)
        .where(
            CallRow.agent == agent,
            CallRow.outcome == Outcome.ANSWERED,
            CallRow.entered_at <= now + AHEAD,
        )
        .order_by(CallRow.entered_at.desc(), CallRow.call.desc())
        .limit(1)
    )
    if row is None or (row.left_at is not None and now - row.left_at > AFTER_WORK):
        return None
    return _call(session, row)


def read_call(session: Session, call: str) -> TakenCall:
    """A call that was taken, by its name. Raises :class:`NotFound`."""
    row = session.get(CallRow, call)
    if row is None or row.outcome != Outcome.ANSWERED:
        raise NotFound(
            "没有这通来电",
            message("找不到已接通的来电 {call}。", call=call),
            "来电编号以话务系统的记录为准。",
        )
    return _call(session, row)


def earlier_cases(session: Session, requester: int) -> tuple[EarlierCase, ...]:
    """What a requester asked for before, the newest first."""
    found = session.execute(
        select(CaseRow, WorkOrderRow.number, WorkOrderRow.state)
        .outerjoin(WorkOrderRow, WorkOrderRow.case_number == CaseRow.number)
        .where(CaseRow.requester_id == requester)
        .order_by(CaseRow.received_at.desc(), CaseRow.number.desc())
        .limit(EARLIER_AT_MOST)
    )
    return tuple(
        EarlierCase(
            number=row.number,
            received_at=row.received_at,
            kind=CaseKind(row.kind),
            category=row.category,
            region=row.region,
            title=mask_text(row.title),
            order=order,
            state=None if state is None else OrderState(state),
        )
        for row, order, state in found
    )


def cases_of_call(session: Session, call: str) -> tuple[str, ...]:
    """Numbers of the requests recorded on a call."""
    return tuple(
        session.scalars(select(CaseRow.number).where(CaseRow.call == call).order_by(CaseRow.number))
    )


def read_case(session: Session, number: str) -> CaseRecord:
    """One request. Raises :class:`NotFound`."""
    row = session.get(CaseRow, number)
    if row is None:
        raise NotFound(
            "没有这件诉求",
            message("找不到诉求 {number}。", number=number),
            "诉求编号形如 C-20261124-00001。",
        )
    order = session.scalar(select(WorkOrderRow.number).where(WorkOrderRow.case_number == number))
    return CaseRecord(
        number=row.number,
        channel=Channel(row.channel),
        source_org=row.source_org,
        source_ref=mask_text(row.source_ref),
        kind=CaseKind(row.kind),
        category=row.category,
        region=row.region,
        title=mask_text(row.title),
        text=mask_text(row.text),
        direct_answer=mask_text(row.direct_answer),
        received_at=row.received_at,
        recorded_by=row.recorded_by,
        call=row.call,
        requester=masked_requester(session, row.requester_id),
        order=order,
        corrections=_corrections(session, number),
    )


def _corrections(session: Session, number: str) -> tuple[CaseCorrection, ...]:
    rows = session.scalars(
        select(CaseCorrectionRow)
        .where(CaseCorrectionRow.case_number == number)
        .order_by(CaseCorrectionRow.sequence)
    )
    return tuple(
        CaseCorrection(
            sequence=row.sequence,
            recorded_at=row.recorded_at,
            kind=CaseKind(row.kind),
            category=row.category,
            region=row.region,
            title=mask_text(row.title),
            text=mask_text(row.text),
        )
        for row in rows
    )


def masked_requester(session: Session, requester: int | None) -> MaskedRequester | None:
    """Number and name as everybody may see them; None for an anonymous request."""
    row = None if requester is None else session.get(RequesterRow, requester)
    return None if row is None else masked(row)


def masked(row: RequesterRow) -> MaskedRequester:
    """A stored requester as everybody may see him."""
    return MaskedRequester(row.id, row.masked_number, row.masked_name)


def _call(session: Session, row: CallRow) -> TakenCall:
    return TakenCall(
        call=row.call,
        queue=row.queue,
        entered_at=row.entered_at,
        answered_at=row.answered_at,
        left_at=row.left_at,
        agent=row.agent,
        seat=row.seat,
        transfers=row.transfers,
        requester=masked_requester(session, row.requester_id),
    )
