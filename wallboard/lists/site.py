"""The lists of the site: incidents, devices, services, availability."""

from collections.abc import Sequence
from dataclasses import dataclass

from device_configs.site.model import Device, Service, Title
from incident.false_alarm_terms import MarkState
from monitors.evidence import ElementKind
from ops_core.kernel.i18n import message
from ops_core.kernel.permissions import Permission
from wallboard.devices import DeviceRecord, list_devices
from wallboard.incidents.router import IncidentTab
from wallboard.incidents.summary import IncidentSummary, list_open, list_recent, list_with_mark
from wallboard.lists.cells import Cell, Named
from wallboard.lists.model import (
    MOST_ROWS,
    Asking,
    ListColumn,
    ListTable,
    seconds,
    share,
)
from wallboard.rooms.read import service_conditions
from wallboard.uptimes import UptimeRecord, list_uptimes
from wallboard.wall.state import Condition
from wallboard.wall.words import (
    class_word,
    condition_word,
    phase_word,
    redundancy_name,
)


@dataclass(frozen=True, slots=True)
class ListedService:
    """One service of the list."""

    declared: Service
    condition: Condition


def _incidents(asking: Asking) -> Sequence[IncidentSummary]:
    show = asking.choice("show", IncidentTab) or IncidentTab.OPEN
    if show is IncidentTab.OPEN:
        return list_open(asking.seen, MOST_ROWS + 1)
    if show is IncidentTab.RESTORED:
        return list_recent(asking.seen, MOST_ROWS + 1)
    mark = MarkState.PENDING if show is IncidentTab.PENDING else MarkState.CONFIRMED
    return list_with_mark(asking.seen, mark, MOST_ROWS + 1)


def _mark_text(incident: IncidentSummary) -> str:
    return "" if incident.false_alarm is None else incident.false_alarm.text


INCIDENTS = ListTable(
    "incidents", "/incidents", (Permission.SEE_INCIDENTS,),
    (
        ListColumn("number", message("编号"), lambda one, _: one.number),
        ListColumn("fault_class", message("等级"),
            lambda one, by: Named(one.fault_class, class_word(one.fault_class, by.gettext))),
        ListColumn("headline", message("故障"),
            lambda one, by: by.title(one.headline.zh, one.headline)),
        ListColumn("phase", message("状态"),
            lambda one, by: Named(one.phase, phase_word(one.phase, by.gettext))),
        ListColumn("detected_at", message("发现"), lambda one, _: one.detected_at),
        ListColumn("restored_at", message("恢复"), lambda one, _: one.restored_at),
        ListColumn("seats", message("席位"), lambda one, _: one.seats_affected),
        ListColumn("services", message("业务"), lambda one, _: one.services_affected),
        ListColumn("handler", message("处置人"),
            lambda one, by: by.person(one.handler)),
        ListColumn("due_at", message("时限"),
            lambda one, _: one.clock and one.clock.due_at),
        ListColumn("false_alarm", message("误报"), lambda one, _: _mark_text(one)),
    ),
    _incidents,
)  # fmt: skip


def _devices(asking: Asking) -> Sequence[DeviceRecord]:
    return list_devices(asking.seen, asking.given.verdicts(), asking.given.metrics)


def _declared(one: DeviceRecord, asking: Asking) -> Device:
    return asking.site.devices[one.name]


DEVICES = ListTable(
    "devices", "/devices", (Permission.SEE_INCIDENTS,),
    (
        ListColumn("condition", message("状态"),
            lambda one, by: Named(one.condition, condition_word(one.condition, by.gettext))),
        ListColumn("device", message("设备"),
            lambda one, by: by.title(one.name, _declared(one, by).title)),
        ListColumn("name", message("名称"), lambda one, _: one.name),
        ListColumn("role", message("角色"),
            lambda one, by: by.title(_declared(one, by).role.name, _declared(one, by).role.title)),
        ListColumn("redundancy", message("主备"),
            lambda one, by: Named(one.redundancy, redundancy_name(one.redundancy, by.gettext))),
        ListColumn("rack", message("机柜"), lambda one, by: _declared(one, by).rack),
        ListColumn("since", message("自"), lambda one, _: one.since),
        ListColumn("running_for_s", message("运行时长（秒）"),
            lambda one, _: seconds(one.running_for)),
        ListColumn("month_ratio", message("本月可用率"),
            lambda one, _: share(one.month.ratio)),
        ListColumn("last_poll", message("最近轮询"), lambda one, _: one.last_poll),
    ),
    _devices,
)  # fmt: skip


def _services(asking: Asking) -> Sequence[ListedService]:
    conditions = service_conditions(asking.seen, asking.given.verdicts())
    return [ListedService(asking.site.services[name], one) for name, one in conditions.items()]


SERVICES = ListTable(
    "services", "/services", (Permission.SEE_INCIDENTS,),
    (
        ListColumn("condition", message("状态"),
            lambda one, by: Named(one.condition, condition_word(one.condition, by.gettext))),
        ListColumn("service", message("业务"),
            lambda one, by: by.title(one.declared.name, one.declared.title)),
        ListColumn("name", message("名称"), lambda one, _: one.declared.name),
        ListColumn("zone", message("区域"), lambda one, _: one.declared.zone),
        ListColumn("hosts", message("承载设备"),
            lambda one, _: " ".join(one.declared.hosts)),
    ),
    _services,
)  # fmt: skip


def _uptimes(asking: Asking) -> Sequence[UptimeRecord]:
    return list_uptimes(asking.seen)


def _element(one: UptimeRecord, asking: Asking) -> Cell:
    known = asking.site.circuits if one.kind is ElementKind.CIRCUIT else asking.site.devices
    declared = known.get(one.name)
    plain = Title.composed(zh=one.name, en=one.name)
    return asking.title(one.name, plain if declared is None else declared.title)


UPTIMES = ListTable(
    "availability", "/availability", (Permission.SEE_INCIDENTS,),
    (
        ListColumn("element", message("对象"), _element),
        ListColumn("name", message("名称"), lambda one, _: one.name),
        ListColumn("today_ratio", message("今日"),
            lambda one, _: share(one.today.ratio)),
        ListColumn("month_ratio", message("本月"),
            lambda one, _: share(one.month.ratio)),
        ListColumn("month_unknown_s", message("本月未知（秒）"),
            lambda one, _: seconds(one.month.unknown)),
        ListColumn("month_observed_s", message("本月已观测（秒）"),
            lambda one, _: seconds(one.month.observed)),
    ),
    _uptimes,
)  # fmt: skip
