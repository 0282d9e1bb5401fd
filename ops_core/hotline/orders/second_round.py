"""Second rounds (二次办理): the callback was dissatisfied, the same unit handles it again (pure).

It is escalated by that: a grade more urgent than before, under the deadlines in force now.
"""

from collections.abc import Collection

from ops_core.hotline.callbacks.model import CallbackOutcome, Resolved
from ops_core.hotline.deadline_policies.rules import Urgency
from ops_core.kernel.errors import Conflict

_UNRESOLVED = frozenset({Resolved.NO, Resolved.PARTLY})


def is_dissatisfied(
    outcome: str | None, resolved: str | None, score: int | None, satisfied: Collection[int]
) -> bool:
    """Whether somebody was reached who says so: not resolved, or a score that is not satisfied."""
    if outcome != CallbackOutcome.REACHED:
        return False
    return resolved in _UNRESOLVED or (score is not None and score not in satisfied)


def check_second_round(is_dissatisfied: bool) -> None:
    """Raises :class:`Conflict` where no callback says that it is needed."""
    if not is_dissatisfied:
        raise Conflict(
            "回访未反映不满意",
            "本轮回访没有未解决或不满意的记录。",
            "请先完成回访；因其他原因再办的，请重新受理。",
        )


def escalated(urgency: str) -> Urgency:
    """A grade more urgent than the cycle before; the highest stays."""
    grades = list(Urgency)
    at = grades.index(Urgency(urgency or Urgency.ORDINARY))
    return grades[min(at + 1, len(grades) - 1)]
