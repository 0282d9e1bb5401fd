"""The words for states, in the reader's language."""

from device_configs.site.model import ClockKind, FaultClassName
from ops_core.kernel.i18n import Translate
from wallboard.wall.state import Condition, IncidentPhase, RedundancyRole, SeatCondition, SeatPart


def condition_word(condition: Condition, translate: Translate) -> str:
    _ = translate
    return {
        Condition.OK: _("正常"),
        Condition.SUSPECTED: _("待复核"),
        Condition.AGENT_SILENT: _("管理代理无应答"),
        Condition.DOWN: _("中断"),
        Condition.UNREACHABLE: _("不可达"),
        Condition.UNKNOWN: _("未知"),
        Condition.MAINTENANCE: _("维护"),
        Condition.UNWATCHED: _("未监控"),
    }[condition]


def redundancy_word(role: RedundancyRole, translate: Translate) -> str:
    """The short mark on the wall; empty for what has no partner."""
    _ = translate
    return {
        RedundancyRole.NONE: "",
        RedundancyRole.ACTIVE: _("主"),
        RedundancyRole.STANDBY: _("备"),
    }[role]


def redundancy_name(role: RedundancyRole, translate: Translate) -> str:
    _ = translate
    return {
        RedundancyRole.NONE: "",
        RedundancyRole.ACTIVE: _("主用"),
        RedundancyRole.STANDBY: _("备用"),
    }[role]


def seat_word(condition: SeatCondition, translate: Translate) -> str:
    _ = translate
    return {
        SeatCondition.OK: _("正常"),
        SeatCondition.FAULT: _("有故障"),
        SeatCondition.UNREACHABLE: _("不可达"),
        SeatCondition.UNKNOWN: _("未知"),
    }[condition]


def part_word(part: SeatPart, translate: Translate) -> str:
    _ = translate
    return {
        SeatPart.HOST: _("主机"),
        SeatPart.DISPLAY: _("显示器"),
        SeatPart.BOTH: _("主机和显示器"),
    }[part]


def class_word(fault_class: FaultClassName, translate: Translate) -> str:
    _ = translate
    return {
        FaultClassName.MAJOR: _("重大"),
        FaultClassName.SEVERE: _("严重"),
        FaultClassName.GENERAL: _("一般"),
        FaultClassName.DEVICE: _("设备故障"),
    }[fault_class]


def phase_word(phase: IncidentPhase, translate: Translate) -> str:
    _ = translate
    return {
        IncidentPhase.OPEN: _("待确认"),
        IncidentPhase.ACKNOWLEDGED: _("已确认，待响应"),
        IncidentPhase.RESPONDING: _("处置中"),
        IncidentPhase.RESTORED: _("已恢复"),
        IncidentPhase.CLOSED: _("已关闭"),
    }[phase]


def clock_word(kind: ClockKind, translate: Translate) -> str:
    _ = translate
    return {ClockKind.RESPONSE: _("响应时限"), ClockKind.RESTORATION: _("恢复时限")}[kind]
