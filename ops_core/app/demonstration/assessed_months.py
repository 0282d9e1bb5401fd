"""Exemptions and sealed months of the demonstration: of the month before the first start.

Made once, through the product's commands by both sides. One exemption is approved and one waits;
what lacks nothing was submitted, all but two of it sealed: the rest is left for whoever tries.
"""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.kernel.clock import Clock, FixedClock
from ops_core.kernel.commands import UnitOfWork, unit_of_work
from ops_core.kernel.consumers import advance_position, read_position
from ops_core.kernel.database import Database
from ops_core.kernel.events import EventBus
from ops_core.kernel.permissions import Actor, Role
from ops_core.kpi.assessment.exempting import decide_exemption, request_exemption
from ops_core.kpi.assessment.exemptions import ExemptionRequest, ExemptionStep
from ops_core.kpi.assessment.period_terms import PeriodStep
from ops_core.kpi.assessment.sealing import PeriodWords, draft_seal, missing_for, take_period_step
from ops_core.kpi.assessment.tables import AssessedPeriodRow
from ops_core.kpi.periods import Period, month_of
from ops_core.kpi.read import indicators_of, read_figure

CONSUMER = "demonstration-assessment"
OPERATOR = Actor.user("demo.supervisor-1", (Role.SUPERVISOR,))
PURCHASER = Actor.user("demo.purchaser-1", (Role.PURCHASER_SUPERVISOR,))
LEFT_TO_SEAL = 2
_ANSWER_RATE, _FAULTS = 1, 12
_MOMENT = timedelta(minutes=1)


def ensure_assessed_month(site: Site, database: Database, bus: EventBus, clock: Clock) -> int:
    """Let the month before be assessed; gives how many of its indicators were sealed.

    None where that was done, or where periods are on record already. All of it is one transaction:
    a kill leaves all or nothing.
    """
    with database.reading() as session:
        assessed = session.scalar(select(AssessedPeriodRow.month).limit(1))
        if read_position(session, CONSUMER) or assessed is not None:
            return 0
    now = clock.now()
    month = month_of(month_of(now, site.contract).start - _MOMENT, site.contract)
    with unit_of_work(database, bus, clock, Actor.system("demonstration")) as uow:
        _exempt(uow, site, month, now)
        sealed = _submit_and_seal(uow, site, month, now)
        advance_position(uow, CONSUMER, 1)
    return sealed


def _exempt(uow: UnitOfWork, site: Site, month: Period, now: datetime) -> None:
    start = month.start + timedelta(days=9, hours=14)
    reason = "运营商线路割接，来电不能接入。"
    granted = ExemptionRequest(
        (_ANSWER_RATE,), start, start + timedelta(hours=1), reason, "割接通知第3号"
    )
    number = request_exemption(_as(uow, OPERATOR, now - 2 * _MOMENT), site, granted).number
    purchaser = _as(uow, PURCHASER, now - _MOMENT)
    decide_exemption(purchaser, number, ExemptionStep.APPROVE, "已核对割接通知。")
    present = month_of(now, site.contract).start
    end = min(present + timedelta(hours=1), now)
    waiting = ExemptionRequest(
        (_ANSWER_RATE, _FAULTS), present, end, "市电检修，席位分批停用。", "检修通知第5号"
    )
    request_exemption(_as(uow, OPERATOR, now - _MOMENT), site, waiting)


def _submit_and_seal(uow: UnitOfWork, site: Site, month: Period, now: datetime) -> int:
    complete = [n for n in _numbers(site) if _lacks_nothing(uow.session, site, month, n, now)]
    submitted_at, words = now - _MOMENT, PeriodWords()
    for number in complete:
        operator = _as(uow, OPERATOR, submitted_at)
        take_period_step(operator, site, month.label, number, PeriodStep.SUBMIT, words)
    sealed = complete[: max(0, len(complete) - LEFT_TO_SEAL)]
    for number in sealed:
        draft = draft_seal(uow.session, site, month.label, number, now)
        purchaser = _as(uow, PURCHASER, now)
        take_period_step(purchaser, site, month.label, number, PeriodStep.SEAL, words, draft)
    return len(sealed)


def _numbers(site: Site) -> list[int]:
    return [indicator.number for indicator in indicators_of(site)]


def _lacks_nothing(session: Session, site: Site, month: Period, number: int, now: datetime) -> bool:
    figure = read_figure(session, site, number, month, now)
    return not missing_for(session, figure, now)


def _as(uow: UnitOfWork, actor: Actor, at: datetime) -> UnitOfWork:
    return uow.acting_as(actor, FixedClock(at))
