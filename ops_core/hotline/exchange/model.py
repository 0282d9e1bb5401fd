"""A request as the system that handed it over is shown it (pure).

It learns how far its request has come and what was answered, not how the centre and the units
settled between themselves whose it is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from device_configs.site.hotline import CaseKind
from ops_core.hotline.orders.steps import ENDED, NEW_CYCLES, OrderState, Step
from ops_core.kernel.i18n import Message, message

_UNDER_WAY = message("办理中")
PROGRESS_WORDS: Mapping[OrderState, Message] = MappingProxyType(
    {
        OrderState.ACCEPTED: message("已受理"),
        OrderState.RETURNED: message("已受理"),
        OrderState.DISPUTED: message("已受理"),
        OrderState.DECLINING: message("已受理"),
        OrderState.DISPATCHED: message("已派单"),
        OrderState.APPROVED: message("已答复"),
        OrderState.COMPLETED: message("已办结"),
        OrderState.DECLINED: message("不予受理"),
        OrderState.ANSWERED_DIRECTLY: message("已直接答复"),
        OrderState.MERGED: message("与已受理的同一事项并案办理"),
        OrderState.TRANSFERRED: message("已转紧急服务"),
    }
)
"""States of which another system is shown more than that the order is being handled."""
_ANSWERS = frozenset({Step.ANSWER, Step.ANSWER_DIRECTLY, Step.TRANSFER})
"""Steps whose remark is the answer at once; a reply, or a refusal, is one when it has passed."""
_PROPOSALS = frozenset({Step.REPLY, Step.DECLINE})
_PASSING = frozenset({Step.APPROVE, Step.CONFIRM})
_WITHDRAWING = frozenset({Step.REWORK, Step.ADMIT})
ANSWERING_STEPS = _ANSWERS | _PROPOSALS | _PASSING | _WITHDRAWING | NEW_CYCLES
"""Steps that an answer follows from."""


@dataclass(frozen=True, slots=True)
class ExchangedRequest:
    """One request with its order. Texts are masked; instants are aware UTC.

    ``due_at`` is when its handling is to be over, None before the first dispatch and where the
    calendar lacks the year. ``answer`` is empty while none has passed.
    """

    order: str
    case: str
    source_org: str
    source_ref: str
    kind: CaseKind
    category: str
    region: str
    title: str
    text: str
    unit: str
    state: OrderState
    received_at: datetime
    changed_at: datetime
    due_at: datetime | None
    answer: str

    @property
    def is_closed(self) -> bool:
        """Nobody works on it any more."""
        return self.state in ENDED

    @property
    def progress(self) -> Message:
        """How far it has come, in words."""
        return PROGRESS_WORDS.get(self.state, _UNDER_WAY)


def answer_of(steps: Iterable[tuple[Step, str]]) -> str:
    """The answer of the running cycle, from its steps and their remarks; empty for none."""
    answer = proposed = ""
    for step, remark in steps:
        if step in NEW_CYCLES:
            answer = proposed = ""
        elif step in _ANSWERS:
            answer = remark
        elif step in _PROPOSALS:
            proposed = remark
        elif step in _WITHDRAWING:
            proposed = ""
        elif step in _PASSING:
            answer = proposed or answer
    return answer
