"""Which steps of an order nobody takes back, and why (pure).

What others may have gone by already stays: a return that is before the purchaser, a merger, a new
cycle, a dispatch that a city hotline can have fetched, and what another system said. An answer to a
request that did not come by telephone may have been passed on by the system it came from, and so
may its completion, by which that system reads it as closed.
"""

from collections.abc import Mapping
from types import MappingProxyType

from device_configs.site.model import Site
from ops_core.hotline.cases.model import Channel
from ops_core.hotline.orders.order import OrderEvent
from ops_core.hotline.orders.steps import NEW_CYCLES, Step
from ops_core.kernel.i18n import Message, message

_BEFORE_PURCHASER = message("退回已提交采购人认定")
_NEXT_CYCLE = message("已开始新一轮办理")
_NOTHING = message("此步骤没有可撤销的内容")
FINAL_STEPS: Mapping[Step, Message] = MappingProxyType(
    {
        Step.RETURN: _BEFORE_PURCHASER,
        Step.UPHOLD: _BEFORE_PURCHASER,
        Step.MERGE: message("主单的回应已是此工单的回应"),
        **dict.fromkeys(NEW_CYCLES, _NEXT_CYCLE),
        Step.ACCEPT: _NOTHING,
        Step.UNDO: _NOTHING,
    }
)
"""Steps that are never taken back, with the reason."""
UNDOABLE = frozenset(Step) - FINAL_STEPS.keys()
"""Steps that may be taken back where nothing rests on them."""
ANSWERING = frozenset(
    {Step.ANSWER, Step.APPROVE, Step.CONFIRM, Step.ANSWER_DIRECTLY, Step.TRANSFER}
)
"""Steps that answer whoever handed the request over."""
PASSED_ON = ANSWERING | {Step.COMPLETE}
"""Steps that a system passes on to whoever handed it the request."""


def is_final_by(step: Step, channel: str) -> bool:
    """Whether nobody takes this step back, of a request that came by this channel."""
    return step in FINAL_STEPS or (step in PASSED_ON and channel != Channel.PHONE.value)


def final_reason(site: Site, last: OrderEvent, channel: str) -> Message | None:
    """Why an order's last step is not taken back, as far as the step itself says; None if it is."""
    if last.step in FINAL_STEPS:
        return FINAL_STEPS[last.step]
    if is_final_by(last.step, channel):
        return message("来件系统可能已转告来件人")
    if last.unit in site.hotline.city_hotline_of_unit:
        return message("工单由市级热线办理，对方可能已取走")
    return message("由对方系统告知") if "update" in last.detail else None
