"""The callback of a completed order: what may be said of it, and when it is done (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from device_configs.site.hotline import CallbackPolicy, Satisfaction
from ops_core.kernel.errors import Conflict, Invalid
from ops_core.kernel.i18n import message

CALLBACK = "callback"
"""Aggregate type of callbacks' events; the id is ``<order>/<cycle>``."""


class CallbackState(StrEnum):
    """待回访, 已回访, 已撤回: the order was taken up again before anybody called."""

    OPEN = "open"
    DONE = "done"
    WITHDRAWN = "withdrawn"


class AttemptResult(StrEnum):
    """无人接听, 占线, 号码有误, 已接通."""

    NO_ANSWER = "no_answer"
    BUSY = "busy"
    WRONG_NUMBER = "wrong_number"
    REACHED = "reached"


class CallbackOutcome(StrEnum):
    """已回访, 拒绝回访, 多次未能联系."""

    REACHED = "reached"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"


class Resolved(StrEnum):
    """已解决, 部分解决, 未解决, 未表态."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"
    NOT_ANSWERED = "not_said"


@dataclass(frozen=True, slots=True)
class Attempt:
    at: datetime
    result: AttemptResult
    is_withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Answers:
    """What the requester said. A score of None was asked for and not given: never a default.

    ``result`` rates how the matter was handled, ``attitude`` how the hotline served; only the
    latter is indicator 10.
    """

    resolved: Resolved
    result: int | None
    attitude: int | None


def check_answers(answers: Answers, satisfaction: Satisfaction) -> None:
    """Raises :class:`Invalid` for a score that is not on the scale."""
    for score in (answers.result, answers.attitude):
        if score is not None and score not in satisfaction.scores:
            raise Invalid(
                "评分不在量表内",
                message("{score} 不是可选的评分。", score=score),
                message("可选：{scores}。", scores="、".join(map(str, satisfaction.scores))),
            )


def check_unreachable(attempts: Sequence[Attempt], policy: CallbackPolicy, zone: ZoneInfo) -> None:
    """Raises :class:`Conflict` until enough attempts were made on enough days."""
    failed = [
        attempt
        for attempt in attempts
        if attempt.result is not AttemptResult.REACHED and not attempt.is_withdrawn
    ]
    days = {attempt.at.astimezone(zone).date() for attempt in failed}
    if len(failed) >= policy.attempts and len(days) >= policy.days:
        return
    raise Conflict(
        "尚不能按未能联系办结回访",
        message("已拨打 {n} 次，分布在 {days} 天。", n=len(failed), days=len(days)),
        message("至少拨打 {n} 次，分布在 {days} 天。", n=policy.attempts, days=policy.days),
    )
