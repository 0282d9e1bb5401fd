"""What happens while an order is handled that has more than a week: co-units, holds (pure)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from ops_core.hotline.demonstration import cast, figures
from ops_core.hotline.demonstration.dice import Dice
from ops_core.hotline.demonstration.intake import IntakeAct
from ops_core.hotline.orders.particulars import Particulars
from ops_core.hotline.orders.steps import Step
from ops_core.kernel.permissions import Actor

_REVIEWED_AFTER = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class LateAct:
    """An act with the office hours that pass before it."""

    hours: tuple[float, float]
    act: IntakeAct


def contributions(dice: Dice, lead: str, units: Sequence[str]) -> Iterator[LateAct]:
    """Another unit is asked, and replies, or the operator records that it does not."""
    others = [unit for unit in units if unit != lead]
    if not others or not dice.happens(figures.ENLISTED):
        return
    asked = Particulars(co_unit=dice.pick(others))
    enlisted = IntakeAct(
        Step.ENLIST, cast.dispatcher(dice), "诉求涉及贵单位职责，请提供意见。", asked
    )
    yield LateAct((0.1, 1), enlisted)
    if dice.happens(figures.CO_UNIT_SILENT):
        why = "经两次催办仍未反馈，由主办单位按现有材料办理。"
        missing = IntakeAct(Step.CO_MISSING, cast.reviewer(dice), why, asked)
        yield LateAct((4, 8), missing)
        return
    reply = "已核查本单位职责内情况，材料已送主办单位。"
    replied = IntakeAct(Step.CO_REPLY, cast.handler(dice, asked.co_unit), reply)
    yield LateAct((1, 6), replied)


def holds(dice: Dice, handler: Actor, today: date) -> Iterator[LateAct]:
    """The unit asks to put it on hold; the purchaser does, and ends it before its review."""
    if not dice.happens(figures.HOLD_ASKED):
        return
    until = Particulars(until=(today + _REVIEWED_AFTER).isoformat())
    why = "涉及历史遗留问题，需待专题会议研究，申请挂账。"
    yield LateAct((0.2, 2), IntakeAct(Step.SUSPEND, handler, why, until))
    if dice.happens(figures.HOLD_DENIED):
        denied = IntakeAct(Step.DENY_HOLD, cast.PURCHASER, "已具备办理条件，请按期办结。")
        yield LateAct((0.2, 2), denied)
        return
    yield LateAct((0.2, 2), IntakeAct(Step.HOLD, cast.PURCHASER, ""))
    resumed = IntakeAct(Step.RESUME, cast.PURCHASER, "专题会议已明确意见，恢复办理。")
    yield LateAct((9, 27), resumed)
