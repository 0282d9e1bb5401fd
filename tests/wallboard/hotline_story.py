"""Calls, requests and orders for the pages to show: real services over the real database."""

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from device_configs.site.hotline import CaseKind
from ops_core.hotline.calls.model import CallEvent, CallEventKind
from ops_core.hotline.calls.queue_log import IncomingEvent
from ops_core.hotline.calls.service import take_events
from ops_core.hotline.cases.model import CaseDraft, Channel
from ops_core.hotline.cases.service import Recorded, record_case
from ops_core.hotline.orders.service import take_step
from ops_core.hotline.orders.steps import Step
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.permissions import Actor, Role
from tests.wallboard.serve import USERS, VAULT, Served

CANARY = "13912345678"
"""A number that must be nowhere without the right to see it."""
SHANGHAI = ZoneInfo("Asia/Shanghai")
ANSWERED = (CallEventKind.ENTERQUEUE, CallEventKind.CONNECT)
ENDED = (*ANSWERED, CallEventKind.COMPLETECALLER)


def actor(name: str) -> Actor:
    """The user of that name as tests/wallboard/serve.py makes him."""
    _, roles, unit = USERS[name]
    return Actor.user(name, roles, unit)


REVIEWER = Actor.user("super.gao", (Role.SUPERVISOR,))
OTHER_DISPATCHER = Actor.user("dispatch.he", (Role.DISPATCHER,))
OTHER_HANDLER = Actor.user("housing.ma", (Role.UNIT_HANDLER,), "housing")


@dataclass
class Story:
    """Tells one call, request or step after the other, at the served clock's time."""

    served: Served
    sequence: int = 0

    def call(
        self,
        call: str,
        agent: str = "agent",
        kinds: tuple[CallEventKind, ...] = ANSWERED,
        number: str = CANARY,
        seat: int = 37,
    ) -> None:
        """A call whose events lie ten seconds apart and end now."""
        deps = self.served.dependencies
        now = deps.clock.now()
        lot = []
        for offset, kind in enumerate(kinds):
            self.sequence += 1
            at = now - timedelta(seconds=10 * (len(kinds) - 1 - offset))
            entered = kind is CallEventKind.ENTERQUEUE
            event = CallEvent("pbx", self.sequence, call, kind, at, "citizen",
                              "" if entered else agent, None if entered else seat)  # fmt: skip
            lot.append(IncomingEvent(event, number if entered else ""))
        with unit_of_work(deps.database, deps.bus, deps.clock, actor("interface")) as uow:
            take_events(uow, VAULT, lot, SHANGHAI)

    def case(self, ref: str, by: str = "agent", **changes: object) -> Recorded:
        """A complaint about the heating, by phone on call ``c-1`` unless changed."""
        deps = self.served.dependencies
        fields: dict[str, object] = {
            "channel": Channel.PHONE,
            "source_org": "test",
            "source_ref": ref,
            "kind": CaseKind.COMPLAINT,
            "category": "heating",
            "region": "province",
            "title": "小区暖气不热",
            "text": "供暖三天不热，室温只有 14 度。",
            "received_at": deps.clock.now(),
            "call": "c-1",
            "name": "张三丰",
        }
        draft = CaseDraft(**(fields | changes))  # type: ignore[arg-type]
        with unit_of_work(deps.database, deps.bus, deps.clock, actor(by)) as uow:
            return record_case(uow, deps.site, VAULT, draft)

    def step(
        self, order: str, step: Step, by: Actor | str, unit: str = "", remark: str = "说明"
    ) -> None:
        deps = self.served.dependencies
        who = actor(by) if isinstance(by, str) else by
        with unit_of_work(deps.database, deps.bus, deps.clock, who) as uow:
            take_step(uow, deps.site, order, step, unit, remark)

    def order(self, ref: str, until: Step | None = None, **changes: object) -> str:
        """An order of the unit ``housing`` that has come as far as this step."""
        recorded = self.case(ref, **changes)
        assert recorded.order is not None
        if until is not None:
            for step, who in COURSE[: [s for s, _ in COURSE].index(until) + 1]:
                self.step(recorded.order, step, who, "housing" if step is Step.DISPATCH else "")
        return recorded.order


COURSE: tuple[tuple[Step, str], ...] = (
    (Step.DISPATCH, "dispatcher"),
    (Step.SIGN, "unit_handler"),
    (Step.REPLY, "unit_handler"),
    (Step.APPROVE, "dispatcher"),
    (Step.COMPLETE, "unit_handler"),
)


@dataclass(frozen=True)
class Told:
    """The orders of a whole story, by how far they have come; all but ``elsewhere`` of housing."""

    accepted: str
    dispatched: str
    signed: str
    replied: str
    approved: str
    completed: str
    elsewhere: str
    """Dispatched to another unit."""
    disputed: str
    """Dispatched by somebody who is nobody of the users, so that others may judge."""
    case: str


def tell(served: Served, call: str = "c-1", first: int = 1) -> Told:
    """Orders in every state, all of one caller whose number stands in every text.

    ``call`` and ``first``, the first number of its events, tell several stories apart.
    """
    story = Story(served, first - 1)
    story.call(call)
    texts: dict[str, object] = {
        "title": f"暖气不热 {CANARY}",
        "text": f"请回电 {CANARY}，谢谢",
        "name": f"张{CANARY}",
        "call": call,
    }
    accepted = story.case(f"{call}/0", **texts)
    assert accepted.order is not None
    made = [
        story.order(f"{call}/{n}", step, **texts) for n, (step, _) in enumerate(COURSE, start=1)
    ]
    elsewhere, disputed = (story.order(f"{call}/{ref}", **texts) for ref in ("e", "d"))
    remark = f"电话 {CANARY}"
    story.step(elsewhere, Step.DISPATCH, "dispatcher", "water", remark)
    story.step(disputed, Step.DISPATCH, OTHER_DISPATCHER, "housing", remark)
    story.step(disputed, Step.DISPUTE, OTHER_HANDLER, remark=remark)
    return Told(accepted.order, *made, elsewhere, disputed, accepted.case)
