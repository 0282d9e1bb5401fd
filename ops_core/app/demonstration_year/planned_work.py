"""The year's planned work: standards, assessment tasks and activities, a few each month (pure).

All of it is made known on one day of each month, with what was done of it up to then.
"""

from collections.abc import Iterator
from datetime import date

from ops_core.app.demonstration.planned_work import (
    EDITOR,
    LEADER,
    PURCHASER,
    WRITER,
    PlannedStory,
)
from ops_core.app.demonstration_year.scope import YearScope
from ops_core.hotline.demonstration.dice import dice_for
from ops_core.kernel.permissions import Actor

MADE_ON = 21
"""The day of the month; days of the stories count from it."""
LATE = 0.03
_STANDARDS = (
    ("诉求分类应用规范", "基础"), ("话务服务用语规范", "服务"), ("工单回访工作规程", "管理"),
    ("座席设备保障要求", "保障"), ("知识库维护规范", "管理"), ("派单目录编制规则", "基础"),
    ("回访满意度调查规范", "服务"), ("质检评分规则", "管理"), ("应急值守保障要求", "保障"),
    ("企业专席服务规范", "服务"), ("数据分析报告编制规范", "管理"), ("通信线路巡检要求", "保障"),
)  # fmt: skip
_ASSESSED = ("地市热线", "省直部门", "分中心")
_ACTIVITIES = (
    ("走进社区听民声", "走基层"), ("惠企政策进园区", "进企业"), ("服务用语规范月", "作风建设"),
    ("惠民政策宣讲", "政策宣贯"), ("热线案例分享会", "经验分享"), ("城际热线经验交流", "交流培训"),
)  # fmt: skip
Steps = tuple[tuple[int, str, Actor], ...]
_DRAFTED: Steps = ((-18, "start", WRITER), (-14, "comment", EDITOR), (-8, "submit", WRITER))
_ACCEPTED: Steps = ((-6, "accept", PURCHASER), (-5, "publish", WRITER))


def planned_of_day(scope: YearScope, day: date) -> Iterator[PlannedStory]:
    """What is made known on a day: nothing but on the 21st."""
    if day.day != MADE_ON or day > scope.last:
        return
    month = day.month
    dice = dice_for(scope.seed, "planned", day)
    name, branch = _STANDARDS[month - 1]
    given = {"publish": {"standard_number": f"DB41/T {1900 + month}", "review_on": "2029-12-31"}}
    steps: Steps = _DRAFTED if dice.happens(LATE) else (*_DRAFTED, *_ACCEPTED)
    yield PlannedStory("standards", name, -19, -2, {"branch": branch}, steps, given)
    assessed = _ASSESSED[month % len(_ASSESSED)]
    for place, word in enumerate(("拨测评分", "办理质效抽查")):
        fields = {"assessed": assessed, "deliverable": "考核报告"}
        title = f"{month} 月{assessed}{word}"
        yield PlannedStory("assessments", title, -19, -1 - place, fields, _done(-9 - place))
    for place in range(2):
        title, theme = _ACTIVITIES[(month * 2 + place) % len(_ACTIVITIES)]
        taken: Steps = () if dice.happens(LATE) else _done(-12 + place)
        fields = {"theme": theme, "people": "30"}
        given = {"submit": {"attended": str(dice.randint(22, 30))}}
        yield PlannedStory("activities", title, -19, -3 - place, fields, taken, given)


def _done(day: int) -> Steps:
    return ((day, "start", WRITER), (day + 2, "submit", LEADER), (day + 4, "accept", PURCHASER))
