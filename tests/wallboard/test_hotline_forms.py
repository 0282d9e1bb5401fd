"""The pure parts behind the hotline's forms and buttons."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_configs.site import load_site
from device_configs.site.hotline import Satisfaction
from ops_core.hotline.callbacks.model import Resolved
from ops_core.hotline.cases.model import Channel
from ops_core.hotline.orders.final_steps import final_reason
from ops_core.hotline.orders.model import next_event
from ops_core.hotline.orders.order import Order, OrderEvent, OrderWorker
from ops_core.hotline.orders.service import STEP_PERMISSION
from ops_core.hotline.orders.steps import (
    ADJUDICATIONS,
    SIDE_OF,
    TRANSITIONS,
    OrderSide,
    OrderState,
    Step,
)
from ops_core.kernel.errors import Forbidden, Invalid
from ops_core.kernel.permissions import PERMISSIONS, Role
from ops_core.kernel.settings import PROJECT_DIRECTORY
from wallboard.callbacks.answers import NOT_GIVEN, ReachedFields, answers_of
from wallboard.intake.forms import CaseFields, draft_of, faults_by_field
from wallboard.orders.offers import KEYS, step_offers

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
SCALE = Satisfaction(scores=(1, 2, 3, 4, 5), satisfied=(4, 5))
SITE = load_site(PROJECT_DIRECTORY / "inventory")
HOTLINE = SITE.hotline
WORKERS = [
    (Role.AGENT, OrderWorker("lin", OrderSide.OPERATOR)),
    (Role.DISPATCHER, OrderWorker("he", OrderSide.OPERATOR)),
    (Role.DISPATCHER, OrderWorker("other", OrderSide.OPERATOR)),
    (Role.SUPERVISOR, OrderWorker("gao", OrderSide.OPERATOR)),
    (Role.UNIT_HANDLER, OrderWorker("ma", OrderSide.UNIT, "housing")),
    (Role.UNIT_HANDLER, OrderWorker("bai", OrderSide.UNIT, "water")),
]

scores = st.sampled_from(["1", "5", NOT_GIVEN])
left_open = st.sampled_from(["", "0", "6", "yes", "None"])


@given(
    st.sampled_from([*Resolved, "", "maybe"]),
    scores | left_open,
    scores | left_open,
    st.sampled_from(["rec-1", "", "  "]),
)
def test_exactly_the_questions_left_open_are_named(
    resolved: str, result: str, attitude: str, recording: str
) -> None:
    answered = {"1", "5", NOT_GIVEN}
    open_questions = {
        name
        for name, is_open in (
            ("resolved", resolved not in set(Resolved)),
            ("result", result not in answered),
            ("attitude", attitude not in answered),
            ("recording", not recording.strip()),
        )
        if is_open
    }
    fields = ReachedFields(resolved, result, attitude, recording, "")
    if not open_questions:
        answers = answers_of(fields, SCALE)
        assert answers.result == (None if result == NOT_GIVEN else int(result))
        assert answers.attitude == (None if attitude == NOT_GIVEN else int(attitude))
        return
    with pytest.raises(Invalid) as refusal:
        answers_of(fields, SCALE)
    assert set(faults_by_field(refusal.value.members)) == open_questions


def fields(**changes: object) -> CaseFields:
    told: dict[str, object] = {
        "channel": "web", "source_org": "portal", "source_ref": "1", "kind": "help",
        "category": "roads", "region": "province", "title": "路灯", "text": "不亮",
        "received_at": NOW,
    }  # fmt: skip
    return CaseFields(**(told | changes))  # type: ignore[arg-type]


@given(
    st.sets(st.sampled_from(["channel", "kind", "category", "region", "title", "text"])),
    st.sampled_from(["", " ", "nonsense\n"]),
)
def test_every_wrong_field_is_named_and_no_other(wrong: set[str], value: str) -> None:
    free = {"title", "text"} if value.strip() else set()
    faulty = wrong - free
    typed = fields(**dict.fromkeys(wrong, value))
    if not faulty:
        assert draft_of(typed, HOTLINE, NOW).source_ref == "1"
        return
    with pytest.raises(Invalid) as refusal:
        draft_of(typed, HOTLINE, NOW)
    assert set(faults_by_field(refusal.value.members)) == faulty


@pytest.mark.parametrize(
    ("ahead", "accepted"),
    [
        (timedelta(minutes=5), True),
        (timedelta(minutes=6), False),
        (-timedelta(days=31), True),
        (-timedelta(days=32), False),
    ],
)
def test_a_request_was_received_about_now(ahead: timedelta, accepted: bool) -> None:
    typed = fields(received_at=NOW + ahead)
    if accepted:
        draft_of(typed, HOTLINE, NOW)
        return
    with pytest.raises(Invalid) as refusal:
        draft_of(typed, HOTLINE, NOW)
    assert set(faults_by_field(refusal.value.members)) == {"received_at"}


@given(
    st.sampled_from(OrderState),
    st.sampled_from(WORKERS),
    st.sampled_from(["he", "gao", "ma"]),
    st.sampled_from(["ma", "gao", ""]),
)
def test_a_step_is_offered_exactly_to_those_who_may_take_it(
    state: OrderState, who: tuple[Role, OrderWorker], dispatcher: str, objector: str
) -> None:
    role, worker = who
    order = Order("W-1", state, 1, 3, NOW, NOW, "", "housing", dispatcher=dispatcher,
                  objector=objector)  # fmt: skip
    offers = step_offers(order, worker, lambda permission: permission in PERMISSIONS[role], "web")
    assert [offer.step for offer in offers] == list(order.allowed)
    for offer in offers:
        allowed = STEP_PERMISSION[offer.step] in PERMISSIONS[role]
        try:
            next_event(order, "W-1", offer.step, worker, NOW, NOW, "housing")
        except Forbidden:
            allowed = False
        assert offer.enabled is allowed
        assert (offer.reason is None) is allowed
    enabled = [offer for offer in offers if offer.enabled]
    assert [offer.first for offer in enabled] == [n == 0 for n in range(len(enabled))]


@given(st.sampled_from(OrderState), st.sampled_from(WORKERS), st.sampled_from(Channel))
def test_what_a_key_takes_at_once_can_be_taken_back(
    state: OrderState, who: tuple[Role, OrderWorker], channel: Channel
) -> None:
    """A dispatch asks by what is chosen beside it: a unit that a city hotline handles."""
    order = Order("W-1", state, 1, 3, NOW, NOW, "", "housing", dispatcher="he")
    last = OrderEvent("W-1", 3, Step.SIGN, NOW, NOW, "he", "housing", {}, "", "")
    for offer in step_offers(order, who[1], lambda _: True, channel):
        taken = replace(last, step=offer.step)
        assert offer.final or final_reason(SITE, taken, channel) is None


@given(st.sampled_from(OrderState), st.sampled_from(WORKERS))
def test_no_key_alone_takes_a_step_of_an_order_in_which_others_have_part(
    state: OrderState, who: tuple[Role, OrderWorker]
) -> None:
    order = Order("W-1", state, 1, 3, NOW, NOW, "", "housing", dispatcher="he")
    offers = step_offers(order, who[1], lambda _: True, "phone", shared=True)
    assert all(offer.final for offer in offers)


def test_every_step_of_people_has_a_key_of_its_own() -> None:
    assert set(KEYS) == set(STEP_PERMISSION) == set(Step) - {Step.ACCEPT, Step.UNDO}
    for allowed in TRANSITIONS.values():
        keys = [KEYS[step] for step in allowed]
        assert len(set(keys)) == len(keys), "two steps of one page"
    for side in OrderSide:
        keys = [key for step, key in KEYS.items() if SIDE_OF[step] is side]
        assert len(set(keys)) == len(keys), "what one person has to remember"
    assert set(ADJUDICATIONS) <= set(KEYS)
