"""Commands on periods: submit, object, seal, propose a restatement, restate, decline.

What is sealed is read and judged before the command begins, for a month may have many records and
commands wait for each other; the command seals it only if the figure is still the same.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.errors import Conflict
from ops_core.kernel.i18n import message
from ops_core.kernel.masking import mask_text
from ops_core.kernel.permissions import require
from ops_core.kernel.tables import EventRow
from ops_core.kpi.adjusting import adjusted_source
from ops_core.kpi.assessment.exemption_store import waiting_for
from ops_core.kpi.assessment.missing import Lack, missing_of
from ops_core.kpi.assessment.period_store import (
    ASSESSMENT,
    add_seal,
    period_detail,
    read_period,
    store_period,
)
from ops_core.kpi.assessment.period_terms import PeriodStep
from ops_core.kpi.assessment.periods import (
    AssessedPeriod,
    permission_of,
    stepped,
)
from ops_core.kpi.assessment.seals import (
    SealContent,
    contract_digest,
    line_of,
    packed,
    records_digest,
    sealed_figure,
)
from ops_core.kpi.figures import Figure
from ops_core.kpi.periods import Period, month_named, year_to_date
from ops_core.kpi.read import find_indicator, read_figure
from ops_core.kpi.records import Cohort

SEALING = (PeriodStep.SEAL, PeriodStep.RESTATE)
_EVENTS = {
    PeriodStep.SUBMIT: "PeriodSubmitted",
    PeriodStep.OBJECT: "PeriodObjected",
    PeriodStep.SEAL: "PeriodSealed",
    PeriodStep.PROPOSE: "RestatementProposed",
    PeriodStep.RESTATE: "PeriodRestated",
    PeriodStep.DECLINE: "RestatementDeclined",
}


@dataclass(frozen=True, slots=True)
class SealDraft:
    """Every record of a month as judged at an instant, ready to be sealed."""

    figure: Figure
    packed: bytes
    count: int


@dataclass(frozen=True, slots=True)
class PeriodWords:
    """What a person says with a step; ``version``: refuse when the period has another one."""

    text: str = ""
    version: int | None = None


def draft_seal(session: Session, site: Site, month: str, number: int, now: datetime) -> SealDraft:
    """Read and judge every record of a month. Raises NotFound and Invalid."""
    find_indicator(site, number)
    period = month_named(month, site.contract)
    figure = read_figure(session, site, number, period, now)
    source = adjusted_source(session, site, number, Cohort(period, now))
    lines = [line_of(record) for record in source.records()]
    return SealDraft(figure, packed(lines), len(lines))


def take_period_step(
    uow: UnitOfWork,
    site: Site,
    month: str,
    number: int,
    step: PeriodStep,
    words: PeriodWords,
    draft: SealDraft | None = None,
) -> AssessedPeriod:
    """Take a step; ``draft`` is needed to seal and to restate.

    Raises Forbidden, NotFound, Invalid, and Conflict for a step that is not allowed, while
    something is missing, and when records changed since the draft was read.
    """
    require(uow.actor, permission_of(step))
    find_indicator(site, number)
    period = month_named(month, site.contract)
    now = uow.clock.now()
    before = read_period(uow.session, period, number)
    if words.version is not None and words.version != before.version:
        raise Conflict(
            "本期已被他人更新",
            message("您看到的是第 {seen} 版，现在是第 {now} 版。", seen=words.version,
                    now=before.version),
            "请刷新后再操作。",
            members={"state": before.state.value, "version": before.version},
        )  # fmt: skip
    figure = read_figure(uow.session, site, number, period, now)
    missing = missing_for(uow.session, figure, now)
    after = stepped(before, step, mask_text(words.text), uow.actor, now, missing)
    store_period(uow.session, after)
    detail = period_detail(after)
    if step in SEALING:
        if draft is None or draft.figure.counts != figure.counts:
            raise Conflict(
                "记录刚刚有变化",
                message("{name} 的记录在读取后有变化。", name=after.name),
                "请再试一次。",
            )
        content = _content(uow, site, period, before, after, draft)
        seal = add_seal(uow.session, content, draft.packed)
        detail = {**detail, "hash": seal.hash, "sequence": seal.sequence}
    uow.event(ASSESSMENT, after.name, _EVENTS[step], detail)
    uow.audit(_EVENTS[step], ASSESSMENT, after.name, detail)
    return after


def missing_for(session: Session, figure: Figure, now: datetime) -> tuple[Lack, ...]:
    """What stands against closing the month of a figure."""
    period = figure.period
    waiting = waiting_for(session, figure.number, period.start, period.end)
    return missing_of(figure, len(waiting), now)


def _content(
    uow: UnitOfWork,
    site: Site,
    period: Period,
    before: AssessedPeriod,
    after: AssessedPeriod,
    draft: SealDraft,
) -> SealContent:
    now = uow.clock.now()
    year = year_to_date(period, site.contract)
    figure = draft.figure
    return SealContent(
        month=after.month,
        indicator=after.indicator,
        revision=after.revision or 0,
        figure=sealed_figure(figure),
        raw=sealed_figure(figure.raw or figure),
        year=sealed_figure(read_figure(uow.session, site, figure.number, year, figure.as_of)),
        as_of=figure.as_of,
        watermark=uow.session.scalar(select(func.max(EventRow.position))) or 0,
        contract=contract_digest(site.contract),
        records=records_digest(draft.packed),
        record_count=draft.count,
        submitted_by=before.proposed_by or before.submitted_by,
        sealed_by=str(uow.actor),
        sealed_at=now,
        reason=before.proposal,
    )
