"""What is put before the purchaser on a day, and when he decides (pure)."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from device_configs.site.model import Site
from ops_core.hotline.adjudications.kinds import AdjudicationKind, EventLevel
from ops_core.hotline.adjudications.model import Submission
from ops_core.hotline.demonstration import cast, figures
from ops_core.hotline.demonstration.dice import Dice, dice_for
from ops_core.hotline.demonstration.happening import Decided, Filed
from ops_core.hotline.demonstration.hours import is_worked

_SIGNED_AT, _DECIDED_AT = time(9, 30), time(16)
_COMPLAINTS = (
    ("attitude", "群众反映话务员通话中打断其陈述，语气生硬。"),
    ("attitude", "群众反映回访时被挂断，未作说明。"),
    ("mistake", "群众反映登记的地址有误，工单派往其他区域。"),
    ("mistake", "群众反映答复的办理材料与窗口要求不一致。"),
)
_EVENTS = (
    ("delay", "本地论坛有帖文称多次拨打热线未接通，跟帖三十余条。"),
    ("mistake", "短视频评论区有用户称热线答复与部门公告不一致。"),
)
_MONITORED = "已查阅舆情监测日报及主要平台检索记录，当月未发现涉及热线的严重舆论事件。"
_LOOKS_BACK = timedelta(minutes=40)


def matters_of_day(
    seed: int, day: date, site: Site, volume: float = 1.0
) -> Iterator[Filed | Decided]:
    """The nil return of the month before while nobody has signed it, a complaint or an event now
    and then, and on working days the purchaser's decisions. ``volume`` 0: nothing new."""
    zone = ZoneInfo(site.contract.timezone)
    dice = dice_for(seed, "matters", day)
    morning = datetime.combine(day, _SIGNED_AT, zone)
    yield Filed(morning, _nil_return(day, zone), cast.reviewer(dice))
    if dice.happens(figures.COMPLAINTS_A_DAY * volume):
        at = datetime.combine(day, time(10), zone) + dice.seconds(0, 25_000)
        yield Filed(at, _complaint(dice, at), cast.caller_back(dice))
    if dice.happens(figures.OPINION_EVENTS_A_DAY * volume):
        at = datetime.combine(day, time(11), zone) + dice.seconds(0, 15_000)
        yield Filed(at, _event(dice, at), cast.dispatcher(dice))
    if is_worked(day, site.calendar):
        yield Decided(datetime.combine(day, _DECIDED_AT, zone), cast.PURCHASER)


def _nil_return(day: date, zone: ZoneInfo) -> Submission:
    last = day.replace(day=1) - timedelta(days=1)
    start = datetime(last.year, last.month, 1, tzinfo=zone)
    return Submission(AdjudicationKind.NIL_RETURN, f"{last:%Y-%m}", start, _MONITORED)


def _complaint(dice: Dice, at: datetime) -> Submission:
    nature, text = dice.pick(_COMPLAINTS)
    person = f"demo.agent-{1 + int(dice.random() * 20):02d}"
    kind = AdjudicationKind.COMPLAINT
    return Submission(kind, person, at - _LOOKS_BACK, text, nature, person=person)


def _event(dice: Dice, at: datetime) -> Submission:
    nature, text = dice.pick(_EVENTS)
    kind = AdjudicationKind.OPINION_EVENT
    return Submission(kind, text[:12], at - _LOOKS_BACK, text, nature, EventLevel.GENERAL)
