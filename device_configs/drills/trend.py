"""How what a fault costs goes on from drill to drill; pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from device_configs.drills.history import DrillOutcome, DrillRecord
from device_configs.drills.judging import DrillVerdict, Worsening
from device_configs.site.model import Site


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """What a fault cost in one drill; ``gap_ms`` None where it was not measured."""

    number: str
    at: datetime
    gap_ms: float | None
    verdict: DrillVerdict
    worsening: Worsening | None


@dataclass(frozen=True, slots=True)
class FaultTrend:
    """A fault over the drills in which it was done, the oldest first."""

    fault: str
    bound_ms: int
    points: tuple[TrendPoint, ...]

    @property
    def newest(self) -> TrendPoint:
        return self.points[-1]

    @property
    def usual_ms(self) -> float | None:
        """Median of the drills before the newest; None where none of them measured it."""
        known = [point.gap_ms for point in self.points[:-1] if point.gap_ms is not None]
        return median(known) if known else None


def trends_of(drills: Iterable[DrillRecord]) -> tuple[FaultTrend, ...]:
    """The trend of each fault; those that call for somebody first, then by name."""
    found: dict[str, list[tuple[DrillRecord, DrillOutcome]]] = {}
    for drill in drills:
        for outcome in drill.outcomes:
            found.setdefault(outcome.figure.fault.name, []).append((drill, outcome))
    trends = [_trend(name, done) for name, done in found.items()]
    return tuple(sorted(trends, key=lambda trend: (-_urgency(trend.newest), trend.fault)))


def _trend(name: str, done: Sequence[tuple[DrillRecord, DrillOutcome]]) -> FaultTrend:
    ordered = sorted(done, key=lambda pair: (pair[1].at, pair[0].number))
    points = tuple(
        TrendPoint(
            number=drill.number,
            at=outcome.at,
            gap_ms=outcome.figure.worst_ms if outcome.figure.gaps_ms else None,
            verdict=outcome.verdict,
            worsening=outcome.worsening,
        )
        for drill, outcome in ordered
    )
    return FaultTrend(name, ordered[-1][1].figure.fault.bound_ms, points)


def _urgency(point: TrendPoint) -> int:
    if point.verdict is DrillVerdict.EXCEEDED:
        return 3
    if point.worsening is not None:
        return 2
    return 1 if point.verdict is DrillVerdict.UNKNOWN else 0


@dataclass(frozen=True, slots=True)
class DrilledDevice:
    """What the newest drill of each of its faults says of a device."""

    at: datetime
    exceeded: int
    worsened: int


def drilled_devices(site: Site, drills: Iterable[DrillRecord]) -> Mapping[str, DrilledDevice]:
    """By device: how many of its faults exceed their bound, and how many have grown. A cable counts
    at its first end that is ours. What could not be measured says neither good nor bad."""
    found: dict[str, DrilledDevice] = {}
    for trend in trends_of(drills):
        known = [p for p in trend.points if p.verdict is not DrillVerdict.UNKNOWN]
        device = _device_of(site, trend.fault)
        if device is None or not known:
            continue
        newest = known[-1]
        before = found.get(device, DrilledDevice(newest.at, 0, 0))
        found[device] = DrilledDevice(
            at=max(before.at, newest.at),
            exceeded=before.exceeded + (newest.verdict is DrillVerdict.EXCEEDED),
            worsened=before.worsened + (newest.worsening is not None),
        )
    return found


def _device_of(site: Site, fault: str) -> str | None:
    target = fault.partition(" ")[2]
    link = site.links.get(target)
    ends = (target,) if link is None else (link.a.device, link.b.device)
    ours = (name for name in ends if name in site.devices and site.devices[name].is_ours)
    return next(ours, None)
