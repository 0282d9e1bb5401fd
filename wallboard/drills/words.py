"""The words of drills for templates, in the reader's language."""

from collections.abc import Mapping
from types import MappingProxyType

from device_configs.drills.faults import DrillKind
from device_configs.drills.judging import DrillVerdict
from device_configs.drills.running import INTERRUPTED, WINDOW_OVER
from device_configs.drills.settling import KILLED
from device_configs.drills.terms import DrillCause, DrillPlace
from device_configs.site.model.policy import Weekday
from ops_core.kernel.i18n import Language, Message, message, translate

VERDICTS: Mapping[DrillVerdict, Message] = MappingProxyType(
    {
        DrillVerdict.HOLDS: message("达标"),
        DrillVerdict.EXCEEDED: message("超标"),
        DrillVerdict.UNKNOWN: message("未知"),
    }
)
KINDS: Mapping[DrillKind, Message] = MappingProxyType(
    {
        DrillKind.CUT: message("断线"),
        DrillKind.SILENT: message("静默中断"),
        DrillKind.KILL: message("断电"),
        DrillKind.HANG: message("死机"),
    }
)
PLACES: Mapping[DrillPlace, Message] = MappingProxyType(
    {
        DrillPlace.TWIN: message("运行中的孪生网络"),
        DrillPlace.OWN_TWIN: message("专用孪生网络（按设备当时的配置）"),
    }
)
CAUSES: Mapping[DrillCause, Message] = MappingProxyType(
    {DrillCause.REQUEST: message("人工发起"), DrillCause.SCHEDULE: message("定期演练")}
)
TROUBLES: Mapping[str, Message] = MappingProxyType(
    {
        INTERRUPTED: message("中途停止"),
        WINDOW_OVER: message("窗口已结束"),
        KILLED: message("执行进程被终止"),
    }
)
DAYS: Mapping[Weekday, Message] = MappingProxyType(
    {
        Weekday.MONDAY: message("周一"),
        Weekday.TUESDAY: message("周二"),
        Weekday.WEDNESDAY: message("周三"),
        Weekday.THURSDAY: message("周四"),
        Weekday.FRIDAY: message("周五"),
        Weekday.SATURDAY: message("周六"),
        Weekday.SUNDAY: message("周日"),
    }
)


def vocabulary(language: Language) -> dict[str, object]:
    """What the templates call things by."""

    def fault_word(name: str) -> str:
        kind, _, target = name.partition(" ")
        return f"{target}　{translate(KINDS[DrillKind(kind)], language)}"

    return {
        "verdict_word": lambda verdict: translate(VERDICTS[DrillVerdict(verdict)], language),
        "place_word": lambda place: translate(PLACES[DrillPlace(place)], language),
        "cause_word": lambda cause: translate(CAUSES[DrillCause(cause)], language),
        "trouble_word": lambda trouble: translate(TROUBLES.get(trouble, trouble), language),
        "day_word": lambda day: translate(DAYS[Weekday(day)], language),
        "fault_word": fault_word,
    }
