"""Commands on planned work, on both databases: sides, evidence, due dates, acknowledgement."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text

from ops_core.kernel.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from ops_core.kernel.evidence_links import evidence_of
from ops_core.kernel.identity import Role, create_user, deactivate
from ops_core.kernel.permissions import Actor
from ops_core.registers.kinds import every_kind
from ops_core.registers.read import (
    ItemFilter,
    ItemTab,
    count_branches,
    count_items,
    documents_in_effect,
    is_in_effect,
    list_items,
    read_item,
)
from ops_core.registers.service import PlanDraft, StepTaken, acknowledge, plan_item, take_step
from ops_core.registers.store import ITEM
from ops_core.registers.verifying import register_breaks, register_flaws
from tests.ops_core.registers.story import (
    AGENT,
    FIELDS,
    HANDLER,
    LIN,
    MACHINE,
    QI,
    WEI,
    ZHAO,
    ZONE,
    Registers,
)


def test_each_kind_goes_its_way_to_done_with_its_evidence(story: Registers) -> None:
    for kind in every_kind().values():
        item = story.done(story.plan(kind.name))
        assert (item.state, item.done_at) == (kind.done, story.clock.now())
        with story.database.reading() as session:
            record = read_item(session, item.number, story.clock.now())
            assert record.broken_at is None
            assert len(record.files) == len(record.events) - 1  # one with each step here
            assert [*register_flaws(session, ZONE), *register_breaks(session)] == []
            assert record.files[0] == evidence_of(session, ITEM, item.number)[0]


REFUSED: dict[str, tuple[Callable[[Registers], object], type[DomainError], str]] = {
    "an agent plans": (lambda s: s.plan(actor=AGENT), Forbidden, "没有权限"),
    "a unit's handler plans": (lambda s: s.plan(actor=HANDLER), Forbidden, "没有权限"),
    "the purchaser plans an activity": (lambda s: s.plan(actor=ZHAO), Forbidden, "不属于您这一方"),
    "planned when it was due": (lambda s: s.plan(due=date(2026, 3, 1)), Invalid, "到期日已过"),
    "no such kind": (
        lambda s: plan_item_of(s, "holidays"), NotFound, "没有这种计划"),
    "a field that the kind lacks": (lambda s: s.plan(shoe="44"), Invalid, "填写的内容不正确"),
    "a choice that is none": (lambda s: s.plan(theme="团建"), Invalid, "填写的内容不正确"),
    "a required field left empty": (lambda s: s.plan(theme=" "), Invalid, "填写的内容不正确"),
    "a number that is none": (lambda s: s.plan(people="-1"), Invalid, "填写的内容不正确"),
    "a megabyte of text": (lambda s: s.plan(place="x" * 1_000_000), Invalid, "填写的内容不正确"),
    "control characters": (lambda s: s.plan(place="a\x07"), Invalid, "填写的内容不正确"),
    "the operator accepts": (
        lambda s: s.step(s.step(s.step(s.plan(), "start"), "submit"), "accept", LIN),
        Forbidden, "不属于您这一方"),
    "the machine accepts": (
        lambda s: s.step(s.step(s.step(s.plan(), "start"), "submit"), "accept", MACHINE),
        Forbidden, "不属于您这一方"),
    "the purchaser hands in": (
        lambda s: s.step(s.step(s.plan(), "start"), "submit", ZHAO), Forbidden, "不属于您这一方"),
    "submitted before it is started": (
        lambda s: s.step(s.plan(), "submit"), Conflict, "当前状态不允许"),
    "submitted without evidence": (
        lambda s: bare(s, s.step(s.plan(), "start").number, "submit", {"attended": "3"}),
        Invalid, "须附文件"),
    "submitted without its field": (
        lambda s: bare(s, s.step(s.plan(), "start").number, "submit", {}),
        Invalid, "填写的内容不正确"),
    "cancelled without a reason": (
        lambda s: bare(s, s.plan().number, "cancel", {}), Invalid, "须写明理由"),
    "another step was taken meanwhile": (
        lambda s: s.step(s.step(s.plan(), "start"), "cancel", version=1), Conflict, "已被他人更新"),
    "a step of another kind": (
        lambda s: s.step(s.plan(), "first_proof"), Conflict, "当前状态不允许"),
    "an item that is none": (lambda s: s.step("R-1", "start"), NotFound, "没有这个事项"),
    "the purchaser proposes a date": (
        lambda s: s.propose(s.plan(), date(2026, 4, 1), ZHAO), Forbidden, "不属于您这一方"),
    "the operator agrees": (
        lambda s: s.decide(s.propose(s.plan(), date(2026, 4, 1)), agree=True, actor=LIN),
        Forbidden, "不属于您这一方"),
    "the same date again": (
        lambda s: s.propose(s.plan(), date(2026, 3, 20)), Invalid, "没有变化"),
    "a date that is over": (lambda s: s.propose(s.plan(), date(2026, 3, 1)), Invalid, "到期日已过"),
    "two proposals": (
        lambda s: s.propose(s.propose(s.plan(), date(2026, 4, 1)), date(2026, 4, 2)),
        Conflict, "当前状态不允许"),
    "agreed to no proposal": (lambda s: s.decide(s.plan(), agree=True), Conflict, "当前状态不允许"),
    "another date for what is done": (
        lambda s: s.propose(s.done(s.plan()), date(2026, 4, 1)), Conflict, "当前状态不允许"),
}  # fmt: skip


def plan_item_of(story: Registers, kind: str) -> None:
    with story.work(LIN) as uow:
        plan_item(uow, story.site, kind, PlanDraft("节日", date(2026, 3, 20)))


def bare(story: Registers, number: str, step: str, fields: dict[str, str]) -> None:
    with story.work(LIN) as uow:
        take_step(uow, story.site, number, step, StepTaken(fields=fields))


@pytest.mark.parametrize(("attempt", "refusal", "title"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_allowed_is_refused_and_stores_nothing_more(
    quick_story: Registers,
    attempt: Callable[[Registers], object],
    refusal: type[DomainError],
    title: str,
) -> None:
    with pytest.raises(refusal) as refused:
        attempt(quick_story)
    assert title in refused.value.title
    with quick_story.database.reading() as session:
        assert [*register_flaws(session, ZONE), *register_breaks(session)] == []


def test_a_due_date_moves_when_the_purchaser_agrees_while_it_is_not_over(story: Registers) -> None:
    item = story.propose(story.plan(due=date(2026, 3, 4)), date(2026, 3, 31))
    assert (item.due_on, item.proposed_due_on) == (date(2026, 3, 4), date(2026, 3, 31))
    item = story.decide(item, agree=False)
    assert (item.due_on, item.proposed_due_on) == (date(2026, 3, 4), None)
    item = story.propose(item, date(2026, 3, 31))
    story.clock.advance(datetime(2026, 3, 4, 16, tzinfo=UTC) - story.clock.now())  # 24:00 there
    item = story.decide(item, agree=True)
    assert item.due_on == date(2026, 3, 31)
    late = story.propose(story.plan(due=date(2026, 3, 5)), date(2026, 3, 31))
    story.pass_days(1.001)
    for attempt in (
        lambda: story.decide(late, agree=True),
        lambda: story.propose(story.decide(late, agree=False), date(2026, 3, 30)),
    ):
        with pytest.raises(Conflict, match="不能再调整"):
            attempt()


def test_lists_are_by_tab_due_date_words_and_branch(story: Registers) -> None:
    now = story.clock.now()
    kind = every_kind()["standards"]
    soon, later = story.plan("standards"), story.plan("standards", date(2026, 12, 1), branch="保障")
    done = story.done(story.plan("standards", date(2026, 3, 3)))
    judged = story.plan("standards", date(2026, 6, 1))
    for step in ("start", "comment", "submit"):
        judged = story.step(judged, step)
    story.plan("activities")
    with story.database.reading() as session:
        counts = count_items(session, kind, now)
        assert counts == {
            ItemTab.OPEN: 3, ItemTab.DUE: 0, ItemTab.PURCHASER: 1, ItemTab.DONE: 1, ItemTab.ALL: 4,
        }  # fmt: skip
        assert count_branches(session, kind) == {"基础": 0, "服务": 3, "管理": 0, "保障": 1}

        def numbers(**filters: object) -> list[str]:
            found, _ = list_items(session, kind, ItemFilter(**filters), now)  # type: ignore[arg-type]
            return [one.item.number for one in found]

        assert numbers() == [soon.number, judged.number, later.number]
        assert numbers(tab=ItemTab.DONE) == [done.number]
        assert numbers(tab=ItemTab.ALL, branch="保障") == [later.number]
        assert numbers(query=later.number[-5:]) == [later.number]
        assert numbers(query="%") == []
        page, after = list_items(session, kind, ItemFilter(ItemTab.ALL, limit=3), now)
        rest, end = list_items(session, kind, ItemFilter(ItemTab.ALL, after=after, limit=3), now)
        assert [one.item.number for one in (*page, *rest)] == numbers(tab=ItemTab.ALL)
        assert end == ""


def test_only_the_edition_in_effect_is_acknowledged_and_the_rate_is_of_todays_staff(
    story: Registers,
) -> None:
    with story.work(Actor.system("setup")) as uow:
        for name, role in (("lin", Role.SUPERVISOR), ("agent", Role.AGENT), ("old", Role.AGENT),
                           ("zhao", Role.PURCHASER_SUPERVISOR)):  # fmt: skip
            create_user(uow, name, name, "correct-horse-battery", [role])
    first = story.done(story.plan("documents"))
    with pytest.raises(Conflict, match="不是现行版本"), story.work(AGENT) as uow:
        acknowledge(uow, story.site, first.number)
    story.pass_days(8)  # 2026-03-10: in effect
    for actor in (AGENT, AGENT, Actor.user("old", [Role.AGENT])):
        with story.work(actor) as uow:
            acknowledge(uow, story.site, first.number)
    with pytest.raises(Forbidden), story.work(ZHAO) as uow:
        acknowledge(uow, story.site, first.number)
    with story.work(Actor.system("setup")) as uow:
        deactivate(uow, "old")
    with story.database.reading() as session:
        (shown,) = documents_in_effect(session, "agent", story.clock.now().astimezone(ZONE))
        assert (shown.rate.acknowledged, shown.rate.staff, shown.lacking) == (1, 2, ("lin",))
        assert shown.acknowledged_at is not None
    second = story.step(story.plan("documents", edition="2.0"), "start")
    second = story.step(story.step(second, "submit"), "accept", ZHAO)
    with story.work(LIN) as uow:
        given = StepTaken(fields={"effective_on": "2026-03-10"})
        take_step(uow, story.site, second.number, "publish", given)
    with story.database.reading() as session:
        local = story.clock.now().astimezone(ZONE)
        (shown,) = documents_in_effect(session, "agent", local)
        assert (shown.item.number, shown.rate.acknowledged) == (second.number, 0)
        assert not is_in_effect(session, first, local)
        assert list(register_breaks(session)) == []
    with pytest.raises(Conflict, match="不是现行版本"), story.work(AGENT) as uow:
        acknowledge(uow, story.site, first.number)


def test_an_assessment_task_is_assigned_by_the_purchaser(story: Registers) -> None:
    item = story.plan("assessments", actor=ZHAO)
    assert item.planned_by == "zhao"
    assert story.done(item).state == "accepted"


def test_a_returned_item_is_handed_in_again_and_keeps_both_versions(story: Registers) -> None:
    item = story.step(story.step(story.plan(), "start"), "submit", WEI)
    item = story.step(story.step(item, "return", ZHAO), "submit", QI)
    assert item.handed_in == 4
    assert story.step(item, "accept", ZHAO).state == "accepted"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE register_items SET done_at = '2026-01-01 00:00:00+00:00'",
        "UPDATE register_items SET due_at = '2027-01-01 00:00:00+00:00'",
        "UPDATE register_items SET due_on = '2027-01-01'",
        "UPDATE register_items SET kind = 'content'",
        "UPDATE register_events SET at = '2026-01-01 00:00:00+00:00' WHERE sequence = 2",
        "DELETE FROM register_events WHERE sequence = 3",
        "UPDATE register_items SET fields = '{}'",
    ],
)
def test_what_was_changed_behind_its_back_is_found(quick_story: Registers, change: str) -> None:
    item = quick_story.plan()
    quick_story.step(quick_story.step(item, "start"), "submit")
    with quick_story.database.transaction() as session:
        session.execute(text(change))
    with quick_story.database.reading() as session:
        found = [flaw.item for flaw in register_flaws(session, ZONE)]
    assert found[0] == item.number


def test_fields_of_every_kind_are_tried_here() -> None:
    assert FIELDS.keys() == every_kind().keys()
