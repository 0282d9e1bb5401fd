"""What few orders begin or end with before a unit has them (pure)."""

from dataclasses import dataclass

from ops_core.hotline.demonstration import cast, figures
from ops_core.hotline.demonstration.dice import Dice
from ops_core.hotline.orders.particulars import (
    NO_PARTICULARS,
    DeclineReason,
    EmergencyService,
    Particulars,
)
from ops_core.hotline.orders.steps import Step
from ops_core.kernel.permissions import Actor

_NOT_ACCEPTED = "经核实，该事项不属于热线受理范围，已告知诉求人办理途径。"
_ACCEPTED_AFTER_ALL = "诉求中有可由承办单位办理的部分，予以受理。"
_READ_OUT = "已按知识库口径答复诉求人，诉求人表示清楚。"
_SAME_MATTER = "与主单反映同一事项。"
_HANDED_ON = "情况紧急，已三方通话转接，对方已接警。"


@dataclass(frozen=True, slots=True)
class IntakeAct:
    """A step of the operator's people, at no particular instant."""

    step: Step
    actor: Actor
    remark: str
    particulars: Particulars = NO_PARTICULARS


def intake_acts(dice: Dice) -> tuple[IntakeAct, ...]:
    """Nothing for most orders; the last act ends the order, or (ADMIT) lets it go its way."""
    if dice.happens(figures.DECLINED):
        return _declined(dice)
    if dice.happens(figures.ANSWERED_OUT_OF_KNOWLEDGE):
        return (IntakeAct(Step.ANSWER_DIRECTLY, cast.writer(dice), _READ_OUT),)
    if dice.happens(figures.MERGED):
        return (IntakeAct(Step.MERGE, cast.dispatcher(dice), _SAME_MATTER),)
    if dice.happens(figures.EMERGENCIES):
        service = dice.pick(tuple(EmergencyService))
        given = Particulars(service=service.value)
        return (IntakeAct(Step.TRANSFER, cast.writer(dice), _HANDED_ON, given),)
    return ()


def _declined(dice: Dice) -> tuple[IntakeAct, ...]:
    reason = Particulars(reason=dice.pick(tuple(DeclineReason)).value)
    proposed = IntakeAct(Step.DECLINE, cast.writer(dice), _NOT_ACCEPTED, reason)
    if dice.happens(figures.ADMITTED):
        return proposed, IntakeAct(Step.ADMIT, cast.reviewer(dice), _ACCEPTED_AFTER_ALL)
    return proposed, IntakeAct(Step.CONFIRM, cast.reviewer(dice), "")
