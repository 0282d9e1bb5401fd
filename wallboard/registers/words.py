"""What templates of the registers call things, and the buttons of an item's page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ops_core.kernel.i18n import Message, message, translate
from ops_core.kernel.permissions import Permission, Side
from ops_core.registers.kinds import RegisterKind, RegisterStep
from ops_core.registers.model import PlanItem, RegisterWorker, obstacle
from ops_core.registers.read import ItemTab
from wallboard.web import Reader

TAB_WORDS: Mapping[ItemTab, Message] = MappingProxyType(
    {
        ItemTab.OPEN: message("进行中"),
        ItemTab.DUE: message("临期与逾期"),
        ItemTab.PURCHASER: message("待采购人"),
        ItemTab.DONE: message("已完成"),
        ItemTab.ALL: message("全部"),
    }
)
EMPTY_WORDS: Mapping[ItemTab, Message] = MappingProxyType(
    {
        ItemTab.OPEN: message("没有进行中的事项"),
        ItemTab.DUE: message("没有临期或逾期的事项"),
        ItemTab.PURCHASER: message("没有等待采购人办理的事项"),
        ItemTab.DONE: message("还没有完成的事项"),
        ItemTab.ALL: message("还没有列入任何事项"),
    }
)
_PERMISSION = {
    Side.OPERATOR: Permission.WORK_REGISTERS,
    Side.PURCHASER: Permission.ACCEPT_REGISTERS,
}


@dataclass(frozen=True, slots=True)
class RegisterOffer:
    """A step that the item's state allows; ``reason`` says why this reader may not take it."""

    step: RegisterStep
    reason: Message | None
    first: bool

    @property
    def is_plain(self) -> bool:
        """Whether a button is enough: nothing has to be written or handed in."""
        return not (self.step.fields or self.step.evidence or self.step.reason)


def register_offers(
    kind: RegisterKind, item: PlanItem, worker: RegisterWorker, may: Callable[[Permission], bool]
) -> tuple[RegisterOffer, ...]:
    """An offer for each step, in the kind's order; ``first`` marks the next sensible one."""
    made: list[RegisterOffer] = []
    for step in kind.steps_from(item.state):
        reason = obstacle(item, step, worker)
        if reason is None and not may(_PERMISSION[step.by]):
            reason = message("您的角色不能办理此步骤")
        first = reason is None and step.to != kind.cancelled and not any(o.first for o in made)
        made.append(RegisterOffer(step, reason, first))
    return tuple(made)


def may_plan(kind: RegisterKind, worker: RegisterWorker, may: Callable[[Permission], bool]) -> bool:
    """Whether this reader may put items into the plan of a kind."""
    return worker.side in kind.planned_by and may(_PERMISSION[worker.side])


def register_words(reader: Reader, kind: RegisterKind) -> dict[str, object]:
    """What templates call a kind's states, steps and fields, in the reader's language."""

    def localized(text: str) -> str:
        return translate(text, reader.language)

    return {
        "kind": kind,
        "kind_title": localized(kind.title),
        "word": localized,
        "state_word": lambda state: localized(kind.state_word(state)),
        "step_word": lambda step: localized(kind.word_of(step)),
        "field_title": {field.name: localized(field.title) for field in kind.every_field},
    }
