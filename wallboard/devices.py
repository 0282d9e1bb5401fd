"""What each device of ours is and how it fares: verdict, recorded uptime, newest samples."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from device_configs.site.model import Device
from monitors.alerts.engine import EngineView
from monitors.evidence import Element, Source
from monitors.samples import tags_of
from monitors.store.protocol import MetricStore, StoreUnavailable
from wallboard.snapshot import Snapshot
from wallboard.uptimes import read_month
from wallboard.wall.conditions import device_condition, redundancy_roles, starts_of
from wallboard.wall.state import Condition, RedundancyRole, Uptime

CENTISECOND = timedelta(milliseconds=10)


@dataclass(frozen=True, slots=True)
class DeviceRecord:
    """One device of the list; ``running_for`` is its own uptime, None when it did not say."""

    name: str
    condition: Condition
    redundancy: RedundancyRole
    since: datetime | None
    last_poll: datetime | None
    running_for: timedelta | None
    month: Uptime


def list_devices(
    seen: Snapshot, view: EngineView | None, metrics: MetricStore
) -> Sequence[DeviceRecord]:
    """Every device of ours; without a verdict nobody knows how they fare."""
    month = read_month(seen)
    redundancy = redundancy_roles(seen.site, view.verdict, view.register) if view else {}
    starts = starts_of(view.verdict) if view else {}
    return [
        DeviceRecord(
            name=device.name,
            condition=_condition(seen, view, device),
            redundancy=redundancy.get(device.name, RedundancyRole.NONE),
            since=starts.get(Element.device(device.name)),
            last_poll=_last_poll(view, Element.device(device.name)),
            running_for=_running_for(metrics, device.name, seen.now),
            month=month.month_of(Element.device(device.name)),
        )
        for device in seen.site.devices.values()
        if device.is_ours
    ]


def _condition(seen: Snapshot, view: EngineView | None, device: Device) -> Condition:
    if view is None:
        return Condition.UNKNOWN
    return device_condition(seen.site, view.verdict, device)


def _running_for(metrics: MetricStore, device: str, now: datetime) -> timedelta | None:
    try:
        point = metrics.last("system", tags_of(agent_host=device), "sysUpTime")
    except StoreUnavailable:
        return None
    if point is None or not isinstance(point.value, int | float):
        return None
    return point.value * CENTISECOND + (now - point.at)


def _last_poll(view: EngineView | None, element: Element) -> datetime | None:
    entry = view.register.get(element, Source.SNMP) if view else None
    return entry.observed_at if entry is not None and entry.ok else None
