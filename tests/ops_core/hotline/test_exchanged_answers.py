"""What another system reads as the answer: of the running cycle, and only once it has passed."""

import pytest

from ops_core.hotline.exchange.model import ANSWERING_STEPS, answer_of
from ops_core.hotline.orders.steps import NEW_CYCLES, Step

REPLIED = [(Step.REPLY, "一"), (Step.APPROVE, "准")]


@pytest.mark.parametrize(
    ("steps", "answer"),
    [
        ([], ""),
        ([(Step.REPLY, "一")], ""),
        (REPLIED, "一"),
        ([(Step.REPLY, "一"), (Step.REWORK, "重"), (Step.APPROVE, "")], ""),
        ([(Step.REPLY, "一"), (Step.REWORK, "重"), (Step.REPLY, "二"), (Step.APPROVE, "")], "二"),
        ([(Step.ANSWER, "已收到"), *REPLIED], "一"),
        ([(Step.DECLINE, "信访")], ""),
        ([(Step.DECLINE, "信访"), (Step.CONFIRM, "")], "信访"),
        ([(Step.DECLINE, "信访"), (Step.ADMIT, "受理")], ""),
        ([(Step.ANSWER_DIRECTLY, "见指南")], "见指南"),
    ],
)
def test_an_answer_follows_from_the_steps(steps: list[tuple[Step, str]], answer: str) -> None:
    assert answer_of(steps) == answer
    assert {step for step, _ in steps} <= ANSWERING_STEPS


@pytest.mark.parametrize("step", sorted(NEW_CYCLES))
def test_a_new_cycle_has_no_answer_yet(step: Step) -> None:
    assert answer_of([*REPLIED, (step, "再办")]) == ""
