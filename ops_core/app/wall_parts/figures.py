"""What the wall reads from the metric store: how much each circuit carries, how soon it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from device_configs.site.model import Site
from monitors.alerts.model import Verdict
from monitors.samples import tags_of
from monitors.store.protocol import MetricStore
from wallboard.wall.conditions import circuit_roles
from wallboard.wall.state import RedundancyRole

FRESH = timedelta(minutes=1)
"""An older value is not shown: nobody knows what the circuit carries now."""
BITS = 8


@dataclass(frozen=True)
class CircuitFigures:
    """By circuit: the greater direction, bit/s, and the answer time, ms; read at ``at``."""

    at: datetime | None = None
    throughput_bps: Mapping[str, float] = field(default_factory=dict)
    latency_ms: Mapping[str, float] = field(default_factory=dict)

    def known_at(self, now: datetime) -> "CircuitFigures":
        """The figures, or none when nobody could read them for too long."""
        known = self.at is not None and timedelta(0) <= now - self.at < FRESH
        return self if known else NO_FIGURES


NO_FIGURES = CircuitFigures()


def read_figures(
    site: Site, store: MetricStore, verdict: Verdict | None, now: datetime
) -> CircuitFigures:
    """Every circuit's figures. Raises StoreUnavailable."""
    latency = {} if verdict is None else _latency_ms(site, store, verdict, now)
    return CircuitFigures(now, _throughput_bps(site, store, now), latency)


def _throughput_bps(site: Site, store: MetricStore, now: datetime) -> dict[str, float]:
    """By our own end's counters."""
    received = store.last_of_each("interface", "ifHCInOctets_rate")
    sent = store.last_of_each("interface", "ifHCOutOctets_rate")
    found: dict[str, float] = {}
    for circuit in site.circuits.values():
        for name in circuit.links:
            end = next((e for e in site.links[name].ends if site.devices[e.device].polled), None)
            if end is None:
                continue
            tags = tags_of(agent_host=end.device, ifName=end.port)
            points = [series[tags] for series in (received, sent) if tags in series]
            fresh = [point for point in points if now - point.at < FRESH]
            rates = [p.value * BITS for p in fresh if isinstance(p.value, int | float)]
            if rates:
                found[circuit.name] = found.get(circuit.name, 0.0) + max(rates)
    return found


def _latency_ms(
    site: Site, store: MetricStore, verdict: Verdict, now: datetime
) -> dict[str, float]:
    """Of the first check beyond each circuit in use (of the same zone)."""
    points = store.last_of_each("service_check", "response_time_ms")
    states_by_name = circuit_roles(site, verdict)
    found: dict[str, float] = {}
    for service in site.services.values():
        for circuit in site.circuits.values():
            waits = states_by_name.get(circuit.name) is RedundancyRole.STANDBY
            if circuit.zone != service.zone or waits or circuit.name in found:
                continue
            point = points.get(tags_of(service=service.name, check=f"0:{service.checks[0].kind}"))
            recent = point and now - point.at < FRESH
            if point and recent and isinstance(point.value, int | float):
                found[circuit.name] = float(point.value)
    return found
