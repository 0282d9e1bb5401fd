"""Planned work of the demonstration: a few items of each register, through the product's commands.

Made once, relative to the day of the first start; people who try the pages out go on from there.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from device_configs.site.model import Site
from ops_core.kernel.clock import Clock, FixedClock
from ops_core.kernel.commands import UnitOfWork, unit_of_work
from ops_core.kernel.consumers import advance_position, read_position
from ops_core.kernel.database import Database
from ops_core.kernel.events import EventBus
from ops_core.kernel.evidence_files import EvidenceStore, StoredFile
from ops_core.kernel.permissions import Actor, Role
from ops_core.registers.service import PlanDraft, StepTaken, plan_item, propose_due_date, take_step

CONSUMER = "demonstration-registers"
WRITER, EDITOR, LEADER, THIRD = (
    Actor.user(f"demo.office-{n}", (Role.DISPATCHER,)) for n in (1, 2, 3, 4)
)
PURCHASER = Actor.user("demo.purchaser-1", (Role.PURCHASER_SUPERVISOR,))
_FIRST_HOUR = time(9)


@dataclass(frozen=True, slots=True)
class PlannedStory:
    """An item with the steps that were taken of it; days count from the day of the first start."""

    kind: str
    title: str
    planned: int
    due: int
    fields: dict[str, str]
    steps: tuple[tuple[int, str, Actor], ...] = ()
    given: dict[str, dict[str, str]] = field(default_factory=dict)
    postponed_to: int | None = None


_USUAL = ((0, "start", WRITER), (1, "submit", WRITER), (2, "accept", PURCHASER))


def _after(day: int, *steps: tuple[int, str, Actor]) -> tuple[tuple[int, str, Actor], ...]:
    return tuple((day + offset, name, actor) for offset, name, actor in steps)


def _activity(title: str, theme: str, due: int, *steps: tuple[int, str, Actor],
              postponed_to: int | None = None) -> PlannedStory:  # fmt: skip
    given = {"submit": {"attended": "26"}}
    return PlannedStory("activities", title, -60, due, {"theme": theme, "people": "30"}, steps,
                        given, postponed_to)  # fmt: skip


def _standard(title: str, branch: str, due: int, *steps: tuple[int, str, Actor]) -> PlannedStory:
    given = {"publish": {"standard_number": "DB41/T 1860", "review_on": "2029-12-31"}}
    return PlannedStory("standards", title, -90, due, {"branch": branch}, steps, given)


def _task(title: str, assessed: str, due: int, *steps: tuple[int, str, Actor]) -> PlannedStory:
    fields = {"assessed": assessed, "deliverable": "考核报告"}
    return PlannedStory("assessments", title, -45, due, fields, steps)


def _document(code: str, title: str, family: str, *steps: tuple[int, str, Actor]) -> PlannedStory:
    fields = {"code": code, "edition": "1.0", "family": family}
    return PlannedStory("documents", title, -60, -20, fields, steps, {"publish": {}})


_DRAFTED = ((0, "start", WRITER), (5, "comment", WRITER))
_PUBLISHED = (*_DRAFTED, (12, "submit", WRITER), (14, "accept", PURCHASER), (15, "publish", WRITER))
_IN_EFFECT = (*_USUAL, (3, "publish", WRITER))
STORIES: tuple[PlannedStory, ...] = (
    _standard("诉求分类与代码应用规范", "基础", -33, *_after(-50, *_PUBLISHED)),
    _standard("热线话务服务质量要求", "服务", -2, *_after(-20, *_PUBLISHED)),
    _standard("工单回访工作规程", "管理", 12, *_after(-8, *_DRAFTED)),
    _standard("座席设备保障要求", "保障", 60),
    _task("三季度地市热线拨测评分", "地市热线", -35, *_after(-40, *_USUAL)),
    _task("省直部门办理质效抽查", "省直部门", -1, *_after(-6, *_USUAL)),
    _task("分中心服务能力核查", "分中心", 9, *_after(-3, *_USUAL[:2])),
    _activity("走进社区听民声", "走基层", -34, *_after(-39, *_USUAL)),
    _activity("惠企政策进园区", "进企业", -2, *_after(-8, *_USUAL)),
    _activity("服务用语规范月", "作风建设", -1, *_after(-5, *_USUAL[:1])),
    _activity("城际热线经验交流", "交流培训", 8, (-4, "start", EDITOR), postponed_to=20),
    PlannedStory(
        "content", "一图读懂供暖投诉怎么办", -20, -3, {"column": "服务提示", "channel": "公众号"},
        _after(-10, (0, "submit", WRITER), (1, "first_proof", EDITOR), (1, "first_review", EDITOR),
               (2, "second_proof", LEADER), (2, "second_review", LEADER),
               (3, "third_proof", THIRD), (4, "accept", PURCHASER), (5, "publish", WRITER)),
        {"publish": {"published_in": "公众号", "address": "https://hotline.example/heating"}},
    ),
    PlannedStory(
        "content", "本月热点诉求回应", -10, 5, {"column": "热点回应", "channel": "网站"},
        _after(-2, (0, "submit", WRITER), (1, "first_proof", EDITOR)),
    ),
    _document("GF-01", "话务服务规范", "服务规范", *_after(-40, *_IN_EFFECT)),
    _document("YA-01", "话务突增应急预案", "应急预案", *_after(-35, *_IN_EFFECT)),
)  # fmt: skip
"""Of the present month and the one before: done in time, late, waiting, and yet to come."""


def ensure_planned_work(
    site: Site, database: Database, bus: EventBus, clock: Clock, store: EvidenceStore
) -> int:
    """Make the items that were not made yet, each in a transaction of its own; says how many.

    Where it has come is stored with each, so a kill neither doubles nor loses one.
    """
    with database.reading() as session:
        made = read_position(session, CONSUMER)
    if made >= len(STORIES):
        return 0
    zone = ZoneInfo(site.contract.timezone)
    paper = store.take_in("演示材料.txt", io.BytesIO("演示数据：成果材料\n".encode()))
    for position, story in enumerate(STORIES[made:], start=made + 1):
        with unit_of_work(database, bus, clock, Actor.system("demonstration")) as uow:
            today = clock.now().astimezone(zone).date()
            carry_out_story(uow, site, story, today, zone, [paper])
            advance_position(uow, CONSUMER, position)
    return len(STORIES) - made


def carry_out_story(
    uow: UnitOfWork,
    site: Site,
    story: PlannedStory,
    today: date,
    zone: ZoneInfo,
    files: Sequence[StoredFile],
) -> None:
    """Plan an item and take its steps, each at its hour of its day, seen from ``today``."""
    draft = PlanDraft(story.title, today + timedelta(days=story.due), story.fields)
    planner = PURCHASER if story.kind == "assessments" else WRITER
    made = plan_item(_as(uow, planner, today, story.planned, 0, zone), site, story.kind, draft)
    for hour, (day, name, actor) in enumerate(story.steps, start=1):
        fields = story.given.get(name, {})
        if story.kind == "documents" and name == "publish":
            fields = {"effective_on": (today + timedelta(days=day)).isoformat()}
        needs_files = name in ("submit", "comment")
        taken = StepTaken("演示数据", fields, files if needs_files else ())
        take_step(_as(uow, actor, today, day, hour, zone), site, made.number, name, taken)
    if story.postponed_to is not None:
        later = today + timedelta(days=story.postponed_to)
        propose_due_date(_as(uow, WRITER, today, 0, 0, zone), site, made.number, later, "场地冲突")


def _as(
    uow: UnitOfWork, actor: Actor, today: date, day: int, hour: int, zone: ZoneInfo
) -> UnitOfWork:
    """The unit in somebody's name, at an hour of a day of the story that is not ahead of now."""
    at = datetime.combine(today + timedelta(days=day), _FIRST_HOUR, zone) + timedelta(hours=hour)
    return uow.acting_as(actor, FixedClock(min(at, uow.clock.now())))
