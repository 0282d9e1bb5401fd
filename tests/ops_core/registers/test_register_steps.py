"""Every kind's transitions cell by cell, and who may take them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from ops_core.kernel.errors import Conflict, Forbidden
from ops_core.kernel.permissions import Side
from ops_core.registers.kinds import RegisterKind, every_kind
from ops_core.registers.model import (
    PlanItem,
    RegisterWorker,
    apply,
    first_break,
    plan_event,
    replay,
    step_event,
)
from tests.ops_core.registers.story import START, ZONE

OPERATOR, OTHER = (RegisterWorker(name, Side.OPERATOR) for name in ("lin", "wei"))
PURCHASER = RegisterWorker("zhao", Side.PURCHASER)
WORKERS = {"o": OPERATOR, "p": PURCHASER}
# Written out a second time on purpose: state: step -> following state, o(perator) or p(urchaser).
TABLES = {
    "standards": """
planned    start:drafting:o cancel:cancelled:o
drafting   comment:commenting:o cancel:cancelled:o
commenting submit:submitted:o cancel:cancelled:o
submitted  accept:accepted:p return:returned:p cancel:cancelled:o
returned   comment:commenting:o submit:submitted:o cancel:cancelled:o
accepted   publish:published:o cancel:cancelled:o
published  review:published:o
cancelled
""",
    "assessments": """
planned    start:started:o cancel:cancelled:o
started    submit:submitted:o cancel:cancelled:o
submitted  accept:accepted:p return:returned:p cancel:cancelled:o
returned   submit:submitted:o cancel:cancelled:o
accepted
cancelled
""",
    "activities": """
planned    start:started:o cancel:cancelled:o
started    submit:submitted:o cancel:cancelled:o
submitted  accept:accepted:p return:returned:p cancel:cancelled:o
returned   submit:submitted:o cancel:cancelled:o
accepted
cancelled
""",
    "content": """
planned         submit:drafted:o cancel:cancelled:o
drafted         first_proof:proofed_once:o reject:returned:o cancel:cancelled:o
proofed_once    first_review:reviewed_once:o reject:returned:o cancel:cancelled:o
reviewed_once   second_proof:proofed_twice:o reject:returned:o cancel:cancelled:o
proofed_twice   second_review:reviewed_twice:o reject:returned:o cancel:cancelled:o
reviewed_twice  third_proof:proofed_thrice:o reject:returned:o cancel:cancelled:o
proofed_thrice  accept:accepted:p return:returned:p cancel:cancelled:o
accepted        publish:published:o cancel:cancelled:o
returned        submit:drafted:o cancel:cancelled:o
published       record_reads:published:o
cancelled
""",
    "documents": """
planned    start:started:o cancel:cancelled:o
started    submit:submitted:o cancel:cancelled:o
submitted  accept:accepted:p return:returned:p cancel:cancelled:o
returned   submit:submitted:o cancel:cancelled:o
accepted   publish:published:o cancel:cancelled:o
published
cancelled
""",
}
CELLS = {
    (kind, state, step): (to, side)
    for kind, table in TABLES.items()
    for state, *cells in (line.split() for line in table.strip().splitlines())
    for step, to, side in (cell.split(":") for cell in cells)
}
EVERY = [
    (kind.name, state, step.name)
    for kind in every_kind().values()
    for state in kind.states
    for step in kind.steps
]


def item_in(kind: RegisterKind, state: str) -> PlanItem:
    event = plan_event(
        kind, "R-1", RegisterWorker("plan", kind.planned_by[0]), START, date(2026, 3, 20), ZONE, {}
    )
    return replace(apply(kind, None, event), state=state)


def test_every_kind_and_state_stands_in_the_tables() -> None:
    assert {kind: set(k.states) for kind, k in every_kind().items()} == {
        kind: {line.split()[0] for line in table.strip().splitlines()}
        for kind, table in TABLES.items()
    }


@pytest.mark.parametrize(("kind_name", "state", "step"), EVERY)
def test_a_step_leads_where_the_table_says_and_is_refused_elsewhere(
    kind_name: str, state: str, step: str
) -> None:
    kind = every_kind()[kind_name]
    item = item_in(kind, state)
    declared = kind.step(step)
    assert declared is not None
    side = "p" if declared.by is Side.PURCHASER else "o"
    cell = CELLS.get((kind_name, state, step))
    other = WORKERS["o" if side == "p" else "p"]
    with pytest.raises(Forbidden, match="此步骤不属于您这一方"):
        step_event(kind, item, step, other, START, START, {})
    if cell is None:
        with pytest.raises(Conflict) as refused:
            step_event(kind, item, step, WORKERS[side], START, START, {})
        allowed = [s for k, of, s in CELLS if (k, of) == (kind_name, state)]
        assert sorted(refused.value.members["allowed"]) == sorted(allowed)  # type: ignore[type-var, arg-type]
        assert refused.value.members["state"] == state
        return
    assert cell[1] == side
    event = step_event(kind, item, step, WORKERS[side], START, START, {})
    assert apply(kind, item, event).state == cell[0]


def test_three_persons_review_a_text_and_none_of_them_wrote_it() -> None:
    kind = every_kind()["content"]
    at = START

    def take(item: PlanItem, step: str, name: str, side: Side = Side.OPERATOR) -> PlanItem:
        event = step_event(kind, item, step, RegisterWorker(name, side), at, at, {})
        return apply(kind, item, event)

    item = take(item_in(kind, "planned"), "submit", "author")
    with pytest.raises(Forbidden, match="不能审定自己办理的事项"):
        take(item, "first_proof", "author")
    item = take(take(item, "first_proof", "a"), "first_review", "a")
    item = take(item, "second_proof", "a")
    for name in ("author", "a"):
        with pytest.raises(Forbidden):
            take(item, "second_review", name)
    item = take(take(item, "second_review", "b"), "third_proof", "b")
    for name in ("author", "a", "b"):
        with pytest.raises(Forbidden):
            take(item, "accept", name, Side.PURCHASER)
    returned = take(item, "return", "c", Side.PURCHASER)
    again = take(returned, "submit", "b")  # another text: who reviewed the former may review it
    assert take(take(again, "first_proof", "a"), "first_review", "author").state == "reviewed_once"


def test_a_chain_gives_its_item_again_and_any_change_of_it_shows() -> None:
    kind, at = every_kind()["activities"], START
    events = [plan_event(kind, "R-1", OPERATOR, at, date(2026, 3, 20), ZONE, {"title": "走访"})]
    item = apply(kind, None, events[0])
    for step, worker in (("start", OPERATOR), ("submit", OTHER), ("accept", PURCHASER)):
        at += timedelta(hours=1)
        events.append(step_event(kind, item, step, worker, at, at, {"reason": step}))
        item = apply(kind, item, events[-1])
    assert replay(kind, events) == item
    assert first_break(events) is None
    assert item.done_at == at
    for n, event in enumerate(events):
        changes = {
            "actor": "x", "state": "x", "step": "x", "detail": {"x": 1}, "item": "R-2",
            "due_on": date(2027, 1, 1), "at": datetime(2020, 1, 1, tzinfo=UTC),
        }  # fmt: skip
        for name, value in changes.items():
            forged = [*events]
            forged[n] = replace(event, **{name: value})  # type: ignore[arg-type]
            assert first_break(forged) == n + 1
    assert first_break(events[1:]) == 1


def test_a_step_before_the_last_one_is_refused() -> None:
    kind = every_kind()["activities"]
    earlier = START - timedelta(seconds=1)
    with pytest.raises(Conflict, match="时间早于上一步"):
        step_event(kind, item_in(kind, "planned"), "start", OPERATOR, earlier, START, {})
