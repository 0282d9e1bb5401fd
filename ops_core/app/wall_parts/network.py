"""The wall's network and seats, from the judge's last verdict."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from device_configs.site.model import Site
from monitors.alerts.engine import EngineView
from monitors.alerts.model import State
from monitors.evidence import Element, ElementKind
from ops_core.app.wall_parts.figures import CircuitFigures
from wallboard.wall.conditions import (
    circuit_views,
    configuration_view,
    device_state,
    link_views,
    node_views,
    redundancy_roles,
    seat_views,
)
from wallboard.wall.state import MonitoringImpairment, NetworkView, SeatsView

BROKEN = (State.DOWN, State.UNREACHABLE, State.CUT)


@dataclass(frozen=True, slots=True)
class LiveView:
    """What one verdict says. ``states`` are the watched devices'."""

    network: NetworkView
    seats: SeatsView
    impairment: MonitoringImpairment | None
    states: Mapping[Element, State]


class LiveNetwork:
    """Draws the verdict up when it is another one, and stamps it while its sources beat."""

    def __init__(self, site: Site, heartbeat: Callable[[], Mapping[str, datetime]]) -> None:
        self._site, self._heartbeat = site, heartbeat
        self._seats = [seat.number for seat in site.seats.values()]
        self._devices = [d.name for d in site.watched]
        self._drawn: tuple[EngineView, CircuitFigures, LiveView] | None = None

    def look(self, view: EngineView, figures: CircuitFigures) -> LiveView:
        """The network as of the slowest of those it rests on."""
        heartbeats, judged = self._heartbeat(), view.verdict.at
        known = self._drawn
        drawn = (
            known[2]
            if known is not None and known[0] is view and known[1] is figures
            else self._draw(view, figures)
        )
        self._drawn = (view, figures, drawn)
        return replace(
            drawn,
            network=replace(drawn.network, as_of=_oldest(judged, heartbeats, ("icmp", "snmp"))),
            seats=replace(drawn.seats, as_of=_oldest(judged, heartbeats, ("snmp",))),
        )

    def _draw(self, view: EngineView, figures: CircuitFigures) -> LiveView:
        verdict = view.verdict
        states_by_name = redundancy_roles(self._site, verdict, view.register)
        services = [verdict.state(Element(ElementKind.SERVICE, n)) for n in self._site.services]
        network = NetworkView(
            as_of=None,
            circuits=circuit_views(self._site, verdict, figures.throughput_bps, figures.latency_ms),
            nodes=node_views(self._site, verdict, states_by_name),
            links=link_views(self._site, verdict, states_by_name),
            services_total=len(services),
            services_down=sum(state in BROKEN for state in services),
            services_unknown=sum(state not in (*BROKEN, State.UP) for state in services),
            configuration=configuration_view(self._site, verdict),
        )
        states = {
            Element.device(name): device_state(self._site, verdict, name) for name in self._devices
        }
        seats = SeatsView(None, seat_views(verdict, self._seats))
        return LiveView(network, seats, impairment_of(view), states)


def impairment_of(view: EngineView) -> MonitoringImpairment | None:
    """The monitoring's own trouble as the wall says it; None while it is in order."""
    found = view.impairment
    return None if found is None else MonitoringImpairment(found.since, found.reasons)


def _oldest(
    judged: datetime, heartbeats: Mapping[str, datetime], sources: tuple[str, ...]
) -> datetime:
    """A part is as fresh as the slowest of those it stands on; one never heard does not count."""
    return min([judged, *(heartbeats[source] for source in sources if source in heartbeats)])
