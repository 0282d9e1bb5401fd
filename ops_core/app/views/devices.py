"""The devices page: what each device of ours is and how it fares."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from device_configs.site.model import Site
from monitors.alerts.engine import EngineView
from monitors.evidence import Element, Source
from monitors.samples import tags_of
from monitors.store.protocol import MetricStore, StoreUnavailable
from ops_core.app.views.availability import read_month
from ops_core.app.views.conditions import device_condition, standings, starts_of
from ops_core.kernel.clock import Clock
from ops_core.kernel.database import Database
from wallboard.records import DeviceRecord
from wallboard.wall.state import Condition, Standing

CENTISECOND = timedelta(milliseconds=10)


class Devices:
    """Joins the verdict, the recorded availability and the newest samples."""

    def __init__(
        self,
        site: Site,
        database: Database,
        clock: Clock,
        store: MetricStore,
        view: Callable[[], EngineView | None],
    ) -> None:
        self._site, self._database, self._clock = site, database, clock
        self._store, self._view = store, view

    def devices(self) -> Sequence[DeviceRecord]:
        view = self._view()
        month = read_month(self._database, self._site, self._clock.now())
        standing = standings(self._site, view.verdict, view.register) if view else {}
        starts = starts_of(view.verdict) if view else {}
        records = []
        for device in self._site.devices.values():
            if not device.is_ours:
                continue
            element = Element.device(device.name)
            records.append(
                DeviceRecord(
                    name=device.name,
                    condition=(
                        device_condition(self._site, view.verdict, device)
                        if view
                        else Condition.UNKNOWN
                    ),
                    standing=standing.get(device.name, Standing.NONE),
                    since=starts.get(element),
                    last_poll=_last_poll(view, element),
                    running_for=self._running_for(device.name),
                    month=month.month_of(element),
                )
            )
        return records

    def _running_for(self, device: str) -> timedelta | None:
        try:
            point = self._store.last("system", tags_of(agent_host=device), "sysUpTime")
        except StoreUnavailable:
            return None
        if point is None or not isinstance(point.value, int | float):
            return None
        return point.value * CENTISECOND + (self._clock.now() - point.at)


def _last_poll(view: EngineView | None, element: Element) -> datetime | None:
    entry = view.register.get(element, Source.SNMP) if view else None
    return entry.observed_at if entry is not None and entry.ok else None
