"""Makes happenings come true through the services, each once however often it is tried."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.app.demonstration.decisions import decide_pending, file_matter
from ops_core.app.demonstration.order_states import OrderOnRecord, find_order
from ops_core.app.demonstration.pairing import completed_particulars
from ops_core.app.demonstration.switchboard import redirected
from ops_core.hotline.callbacks.model import AttemptResult, CallbackOutcome, CallbackState
from ops_core.hotline.callbacks.service import (
    finish_reached,
    finish_refused,
    finish_unreachable,
    record_attempt,
)
from ops_core.hotline.callbacks.tables import CallbackTaskRow
from ops_core.hotline.calls.model import Outcome
from ops_core.hotline.calls.naming import call_name
from ops_core.hotline.calls.ratings import rate_call
from ops_core.hotline.calls.service import take_events
from ops_core.hotline.calls.tables import CallRow
from ops_core.hotline.cases.service import record_case
from ops_core.hotline.cases.tables import CaseRow
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.hotline.demonstration import SOURCE
from ops_core.hotline.demonstration.cast import TELEPHONY, agent, is_cast
from ops_core.hotline.demonstration.happening import (
    CalledBack,
    Decided,
    Filed,
    Happening,
    Heard,
    RatedCall,
    Requested,
    Stepped,
)
from ops_core.hotline.orders.service import take_step
from ops_core.hotline.orders.steps import ENDED
from ops_core.hotline.orders.tables import WorkOrderRow
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.permissions import Actor


class Acts:
    """The demonstration's hands. Used from one thread, inside the caller's unit of work."""

    def __init__(self, seed: int, site: Site, vault: ContactVault) -> None:
        self._seed, self._site, self._vault = seed, site, vault
        self._zone = ZoneInfo(site.contract.timezone)
        self._refs: set[str] = set()

    def resume(self, session: Session, since: datetime) -> datetime | None:
        """Learn which orders are on record and go on; returns when the earliest came in.

        ``since`` is the instant after which a completed order may still be called back or reopened.
        """
        rows = session.execute(
            select(CaseRow.source_ref, CaseRow.received_at)
            .join(WorkOrderRow, WorkOrderRow.case_number == CaseRow.number)
            .where(
                CaseRow.source_org == SOURCE,
                or_(
                    WorkOrderRow.state.not_in(ENDED),
                    WorkOrderRow.completed_at >= since,
                ),
            )
        ).all()
        self._refs = {ref for ref, _ in rows}
        return min((received_at for _, received_at in rows), default=None)

    def act(
        self, uow: UnitOfWork, batch: Sequence[Happening], since: datetime | None = None
    ) -> None:
        """Let everything of a batch, in order of time, come true that has not yet.

        It belongs to what began ``since`` then, where the ends of older calls may not be recorded.

        Raises DomainError when a service refuses; the caller's unit of work is then lost.
        """
        self._hear(uow, [h for h in batch if isinstance(h, Heard)], since)
        for happening in batch:
            match happening:
                case Heard():
                    pass
                case RatedCall():
                    self._rate(uow, happening)
                case Requested():
                    self._request(uow, happening)
                case Stepped():
                    self._step(uow, happening)
                case CalledBack():
                    self._call_back(uow, happening)
                case Filed():
                    work = _at(uow, happening.at, happening.actor)
                    file_matter(work, self._site, happening.submission)
                case Decided():
                    decide_pending(_at(uow, happening.at, happening.actor), self._seed)

    def _hear(self, uow: UnitOfWork, heard: Sequence[Heard], since: datetime | None) -> None:
        batch = redirected(uow.session, self._seed, self._site, [h.item for h in heard], since)
        if batch:
            work = _at(uow, batch[-1].event.at, TELEPHONY)
            take_events(work, self._vault, batch, self._zone)

    def _rate(self, uow: UnitOfWork, rated: RatedCall) -> None:
        name = call_name(SOURCE, rated.call)
        if _taker(uow.session, name):
            work = _at(uow, rated.at, TELEPHONY)
            rate_call(work, self._site, name, rated.score, rated.at)

    def _request(self, uow: UnitOfWork, requested: Requested) -> None:
        draft = requested.draft
        actor = requested.actor
        if draft.call is not None:
            name = call_name(SOURCE, draft.call)
            draft = replace(draft, call=name)
            taker = _taker(uow.session, name)
            if not is_cast(taker):
                return  # nobody took it after all, or somebody who writes it himself
            actor = agent(taker)
        if not _is_on_record(uow.session, draft.source_ref):
            work = _at(uow, requested.at, actor)
            record_case(work, self._site, self._vault, draft)
        if not draft.direct_answer:
            self._refs.add(draft.source_ref)

    def _step(self, uow: UnitOfWork, stepped: Stepped) -> None:
        row = self._order(uow.session, stepped.ref)
        if row is None or row.version != stepped.version or _is_in_hand(row):
            return
        given = completed_particulars(uow.session, row, stepped)
        if given is not None:
            take_step(
                _at(uow, stepped.at, stepped.actor), self._site, row.number, stepped.step,
                stepped.unit, stepped.remark, stepped.version, given,
            )  # fmt: skip

    def _call_back(self, uow: UnitOfWork, called: CalledBack) -> None:
        row = self._order(uow.session, called.ref)
        if row is None:
            return
        task = uow.session.get(CallbackTaskRow, (row.number, called.cycle))
        if task is None or task.state != CallbackState.OPEN or task.version != called.version:
            return
        if task.assignee and not is_cast(task.assignee):
            return
        work = _at(uow, called.at, called.actor)
        order, cycle, recording = task.order, task.cycle, called.recording
        if called.answers is not None:
            finish_reached(
                work, self._site, order, cycle, called.answers, recording, called.remark,
                called.version,
            )  # fmt: skip
        elif called.outcome is CallbackOutcome.UNREACHABLE:
            finish_unreachable(work, self._site, order, cycle, called.version)
        elif called.result is AttemptResult.REACHED:
            finish_refused(work, order, cycle, recording, called.version)
        else:
            record_attempt(work, order, cycle, called.result, recording)

    def _order(self, session: Session, ref: str) -> OrderOnRecord | None:
        return find_order(session, ref) if ref in self._refs else None


def _at(uow: UnitOfWork, at: datetime, actor: Actor) -> UnitOfWork:
    """The unit of work at an instant of the story."""
    return uow.acting_as(actor, FixedClock(at))


def _taker(session: Session, call: str) -> str:
    """Who took a call; empty when nobody did."""
    row = session.get(CallRow, call)
    return row.agent if row is not None and row.outcome == Outcome.ANSWERED else ""


def _is_on_record(session: Session, ref: str) -> bool:
    found = select(CaseRow.number).where(CaseRow.source_org == SOURCE, CaseRow.source_ref == ref)
    return session.scalar(found) is not None


def _is_in_hand(order: OrderOnRecord) -> bool:
    """Whether a person took the last step: what follows is then left to people."""
    return order.last_actor is None or not is_cast(order.last_actor)
