"""The year's exemptions, and the months that the operator submits and the purchaser seals."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.app.demonstration.attached_files import attach_to_request
from ops_core.app.demonstration_year.faults import PlannedFault
from ops_core.app.demonstration_year.scope import YearScope, instant, months_before
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.evidence_files import StoredFile
from ops_core.kernel.permissions import Actor, Role
from ops_core.kpi.assessment.exempting import decide_exemption, request_exemption
from ops_core.kpi.assessment.exemptions import ExemptionRequest, ExemptionStep
from ops_core.kpi.assessment.period_store import period_of, read_period, read_seals
from ops_core.kpi.assessment.period_terms import PeriodStep
from ops_core.kpi.assessment.periods import AssessedPeriod
from ops_core.kpi.assessment.sealing import (
    PeriodWords,
    draft_seal,
    missing_for,
    take_period_step,
)
from ops_core.kpi.assessment.tables import AssessedPeriodRow
from ops_core.kpi.assessment.verifying import differences_of
from ops_core.kpi.periods import month_named
from ops_core.kpi.read import indicators_of, read_figure

SEALED_ON = 25
"""The day of the following month; what lacks something then is tried again a month later."""
OPERATOR = Actor.user("demo.supervisor-1", (Role.SUPERVISOR,))
PURCHASER = Actor.user("demo.purchaser-1", (Role.PURCHASER_SUPERVISOR,))
ANSWER_RATE = 1
_SUBMITTED_AT, _SEALED_AT = time(10), time(15)


def apply_for_exemption(
    uow: UnitOfWork, site: Site, fault: PlannedFault, paper: StoredFile
) -> None:
    """Ask that the calls of a loss of power leave indicator 1; the purchaser agrees.

    A second request, for the hour after it, is refused: the seats were back.
    """
    asked_at = fault.until + timedelta(hours=4)
    reason = "市电中断导致全部席位停机，属客观原因；附供电公司停电证明。"
    window = ExemptionRequest(
        (ANSWER_RATE,), fault.since, fault.until, reason, "豫电证〔停电〕第7号"
    )
    number = request_exemption(_as(uow, OPERATOR, asked_at), site, window).number
    attach_to_request(uow, site, number, paper, asked_at)
    decided_at = asked_at + timedelta(hours=20)
    decide_exemption(_as(uow, PURCHASER, decided_at), number, ExemptionStep.APPROVE, "情况属实。")
    after = ExemptionRequest(
        (ANSWER_RATE,),
        fault.until,
        fault.until + timedelta(hours=1),
        "恢复后来电集中。",
        "话务日报",
    )
    number = request_exemption(_as(uow, OPERATOR, asked_at), site, after).number
    why = "席位已恢复，不属客观原因。"
    decide_exemption(_as(uow, PURCHASER, decided_at), number, ExemptionStep.REFUSE, why)


def seal_months(uow: UnitOfWork, scope: YearScope, site: Site, day: date) -> int:
    """On the 25th, submit and seal every earlier month of the year that lacks nothing; how many."""
    if day.day != SEALED_ON:
        return 0
    zone = ZoneInfo(site.contract.timezone)
    submitted_at, sealed_at = instant(day, _SUBMITTED_AT, zone), instant(day, _SEALED_AT, zone)
    sealed = 0
    for month in months_before(day, scope.first):
        if month > f"{scope.last:%Y-%m}":
            break
        for number in _unsealed(uow.session, site, month):
            sealed += _seal(uow, site, month, number, submitted_at, sealed_at)
    return sealed


def restate_differences(uow: UnitOfWork, site: Site, at: datetime) -> int:
    """Take in what came after the seals: proposed by the operator, accepted by the purchaser.

    Gives how many months of an indicator were restated.
    """
    restated = 0
    for period in _sealed_periods(uow.session):
        seal = read_seals(uow.session, period.month, period.indicator)[-1]
        if differences_of(uow.session, site, seal):
            reason = PeriodWords("封存后到达的记录，按实更正。")
            month, number = period.month, period.indicator
            propose = PeriodStep.PROPOSE
            take_period_step(_as(uow, OPERATOR, at), site, month, number, propose, reason)
            draft = draft_seal(uow.session, site, month, number, at)
            accept = PeriodStep.RESTATE
            purchaser = _as(uow, PURCHASER, at)
            take_period_step(purchaser, site, month, number, accept, PeriodWords(), draft)
            restated += 1
    return restated


def _seal(
    uow: UnitOfWork, site: Site, month: str, number: int, submitted_at: datetime,
    sealed_at: datetime,
) -> bool:  # fmt: skip
    figure = read_figure(uow.session, site, number, month_named(month, site.contract), submitted_at)
    if missing_for(uow.session, figure, submitted_at):
        return False
    words = PeriodWords()
    operator = _as(uow, OPERATOR, submitted_at)
    take_period_step(operator, site, month, number, PeriodStep.SUBMIT, words)
    draft = draft_seal(uow.session, site, month, number, sealed_at)
    purchaser = _as(uow, PURCHASER, sealed_at)
    take_period_step(purchaser, site, month, number, PeriodStep.SEAL, words, draft)
    return True


def _unsealed(session: Session, site: Site, month: str) -> Iterator[int]:
    period = month_named(month, site.contract)
    for indicator in indicators_of(site):
        if not read_period(session, period, indicator.number).is_sealed:
            yield indicator.number


def _sealed_periods(session: Session) -> list[AssessedPeriod]:
    row = AssessedPeriodRow
    rows = session.scalars(
        select(row).where(row.revision.is_not(None)).order_by(row.month, row.indicator)
    )
    return [period_of(found) for found in rows]


def _as(uow: UnitOfWork, actor: Actor, at: datetime) -> UnitOfWork:
    return uow.acting_as(actor, FixedClock(at))
