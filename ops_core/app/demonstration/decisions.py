"""What the simulated purchaser makes of the matters before him."""

from datetime import timedelta

from sqlalchemy import select

from device_configs.site.model import Site
from ops_core.hotline.adjudications.kinds import AdjudicationCause, AdjudicationKind
from ops_core.hotline.adjudications.model import (
    Adjudication,
    AdjudicationState,
    AdjudicationStep,
    Ruling,
    Submission,
)
from ops_core.hotline.adjudications.service import submit, take_step
from ops_core.hotline.adjudications.store import adjudication_of, live_matters
from ops_core.hotline.adjudications.tables import AdjudicationRow
from ops_core.hotline.demonstration import figures
from ops_core.hotline.demonstration.cast import is_cast
from ops_core.hotline.demonstration.dice import Dice, dice_for
from ops_core.kernel.commands import UnitOfWork

EXAMINED_FOR = timedelta(hours=20)
"""A matter lies before the purchaser for a day or so."""
_OTHERS = (
    AdjudicationCause.BUCK_PASSING,
    AdjudicationCause.UNCLEAR_DUTY,
    AdjudicationCause.REQUESTER_CHANGED,
)


def file_matter(uow: UnitOfWork, site: Site, submission: Submission) -> None:
    """Submit it, unless the same was submitted."""
    row = AdjudicationRow
    same = select(row.number).where(
        row.kind == submission.kind.value,
        row.subject == submission.subject,
        row.occurred_at == submission.occurred_at,
    )
    is_there = uow.session.scalar(same) is not None
    if not is_there and not live_matters(uow.session, submission.kind, submission.subject):
        submit(uow, site, submission)


def decide_pending(uow: UnitOfWork, seed: int) -> None:
    """Decide what the demonstration's own people have put before the purchaser."""
    row = AdjudicationRow
    before = uow.clock.now() - EXAMINED_FOR
    pending = uow.session.scalars(
        select(row)
        .where(row.state == AdjudicationState.PENDING.value, row.submitted_at < before)
        .order_by(row.number)
    ).all()
    for matter in map(adjudication_of, pending):
        if is_cast(matter.submitted_by) and matter.submission.kind in _DECIDED:
            step, ruling = _decision(matter, dice_for(seed, "decision", matter.submission.subject))
            take_step(uow, matter.number, step, ruling)


_DECIDED = (
    AdjudicationKind.RETURN, AdjudicationKind.COMPLAINT, AdjudicationKind.OPINION_EVENT,
)  # fmt: skip


def _decision(matter: Adjudication, dice: Dice) -> tuple[AdjudicationStep, Ruling]:
    is_return = matter.submission.kind is AdjudicationKind.RETURN
    if dice.happens(figures.UPHELD[matter.submission.kind]):
        cause = AdjudicationCause.WRONG_UNIT if is_return else None
        ruling = Ruling("经核查属实。", cause, matter.submission.level)
        return AdjudicationStep.UPHOLD, ruling
    cause = dice.pick(_OTHERS) if is_return else None
    return AdjudicationStep.REJECT, Ruling("经核查不属于服务商原因。", cause)
