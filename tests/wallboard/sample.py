"""A made-up centre that fills every view model: what tests and the browser look at."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from math import exp

from device_configs.changes.background import BackgroundChanges, BackgroundStep, StepUnderWay
from device_configs.changes.carrying import ChangeWork
from device_configs.changes.rehearsal_progress import RehearsalCancellation
from device_configs.plays.recording import PlayWork
from device_configs.plays.service import start_play
from device_configs.site.model import ClockKind, FaultClassName, LinkKind, Site, Title
from ops_core.kernel.clock import Clock
from ops_core.kernel.permissions import Actor
from ops_core.kpi.figures import Figure
from ops_core.kpi.judgements import GOOD, Counts, Judgement, RecordVerdict
from ops_core.kpi.periods import (
    Period,
    PeriodKind,
    instant_of,
    month_of,
    year_to_date,
)
from ops_core.kpi.read import find_indicator
from ops_core.kpi.reasons import Reason
from ops_core.kpi.secondary import SecondaryKind, SecondaryRatio
from wallboard.wall.state import (
    AvailabilityView,
    CallsView,
    CircuitAvailability,
    CircuitView,
    Condition,
    Disturbance,
    IncidentClock,
    IncidentPhase,
    IncidentsView,
    IndicatorsView,
    LinkView,
    NetworkView,
    NodeView,
    OpenIncident,
    RedundancyRole,
    SeatCondition,
    SeatPart,
    SeatsView,
    SeatView,
    Uptime,
    WallState,
)

A_HALF = ("rt-a", "fwi-a", "ips-a", "core-a")
B_HALF = ("rt-b", "fwi-b", "ips-b", "core-b")
ACTIVE_LINKS = (
    "rt-b--egov",
    "rt-b--fwi-b",
    "fwi-b--ips-b-core-b",
    "core-b--ips-b-fwi-b",
    *(f"core-b--sw-{n}" for n in range(1, 7)),
    "core-b--sw-ops",
    "fwx--inet",
    "fwx--gap-a",
    "core-a--gap-a",
    "core-a--core-b-svc",
    "vg-a--pstn",
    "core-a--vg-a",
)


def both(zh: str, en: str) -> Title:
    return Title(zh=zh, en=en)


def network(site: Site, at: datetime, *, calm: bool = False) -> NetworkView:
    """Half B carries the traffic; unless ``calm``, circuit A is cut and the voice trunk unknown."""
    cut = at - timedelta(minutes=7, seconds=57)
    circuits = (
        CircuitView("egov-a", Condition.OK, RedundancyRole.STANDBY, None, 1.2e6, 7.0)
        if calm
        else CircuitView("egov-a", Condition.DOWN, RedundancyRole.STANDBY, cut),
        CircuitView("egov-b", Condition.OK, RedundancyRole.ACTIVE, None, 312e6, 6.0),
        CircuitView("internet", Condition.OK, RedundancyRole.NONE, None, 246e6, 11.2),
        CircuitView("voice", Condition.OK, RedundancyRole.NONE, None, 2.4e6, 9.0)
        if calm
        else CircuitView(
            "voice", Condition.UNKNOWN, RedundancyRole.NONE, at - timedelta(minutes=3)
        ),
    )
    redundancy = dict.fromkeys((*A_HALF, "gap-b"), RedundancyRole.STANDBY)
    redundancy |= dict.fromkeys((*B_HALF, "gap-a"), RedundancyRole.ACTIVE)
    nodes = tuple(
        NodeView(name, Condition.OK, redundancy.get(name, RedundancyRole.NONE))
        for name, device in site.devices.items()
        if device.wall is not None
    )
    links = tuple(
        LinkView(
            name,
            Condition.DOWN if name == "rt-a--egov" and not calm else Condition.OK,
            active=name in ACTIVE_LINKS,
        )
        for name, link in site.links.items()
        if link.kind is not LinkKind.SEAT
    )
    return NetworkView(at, circuits, nodes, links, services_total=5)


def with_nodes(view: NetworkView, **conditions: Condition) -> NetworkView:
    """The network with some devices (``rt_a`` for ``rt-a``) in another condition."""
    wanted = {name.replace("_", "-"): condition for name, condition in conditions.items()}
    nodes = tuple(
        replace(node, condition=wanted.get(node.name, node.condition)) for node in view.nodes
    )
    return replace(view, nodes=nodes)


def seats(site: Site, at: datetime, *, calm: bool = False) -> SeatsView:
    """Seat 37 has no display and 58 is not heard of, unless ``calm``."""
    odd = {} if calm else {37: SeatCondition.FAULT, 58: SeatCondition.UNKNOWN}
    return SeatsView(
        at,
        tuple(
            SeatView(
                seat.number,
                odd.get(seat.number, SeatCondition.OK),
                SeatPart.DISPLAY if odd.get(seat.number) is SeatCondition.FAULT else None,
                talking=seat.number * 7 % 12 < 7 and seat.number not in odd,
            )
            for seat in site.seats.values()
        ),
        telephony=True,
    )


def open_incidents(at: datetime) -> tuple[OpenIncident, ...]:
    cut = at - timedelta(minutes=7, seconds=57)
    morning = at - timedelta(hours=2, minutes=46)
    return (
        OpenIncident(
            "F-20261123-007",
            both("政务外网A链路中断", "E-government A is cut"),
            FaultClassName.MAJOR,
            IncidentPhase.OPEN,
            cut,
            IncidentClock(ClockKind.RESPONSE, cut, cut + timedelta(minutes=30)),
            handler="李工",
            interruption=timedelta(milliseconds=210),
        ),
        OpenIncident(
            "F-20261123-006",
            both("37号席显示器无信号", "Seat 37: display has no signal"),
            FaultClassName.DEVICE,
            IncidentPhase.RESPONDING,
            morning,
            IncidentClock(ClockKind.RESTORATION, morning, morning + timedelta(hours=24)),
            seats_affected=1,
            handler="王工",
        ),
        OpenIncident(
            "F-20261123-005",
            both("语音中继数据中断", "Voice trunk: no data"),
            FaultClassName.GENERAL,
            IncidentPhase.ACKNOWLEDGED,
            morning,
            IncidentClock(ClockKind.RESTORATION, morning, morning + timedelta(hours=24)),
            handler="赵工",
        ),
    )


def uptime(days: float, down_minutes: float, unknown_minutes: float = 0) -> Uptime:
    observed, unknown = timedelta(days=days), timedelta(minutes=unknown_minutes)
    return Uptime(observed - timedelta(minutes=down_minutes) - unknown, observed, unknown)


def availability(site: Site, at: datetime, *, calm: bool = False) -> AvailabilityView:
    cut = at - timedelta(minutes=7, seconds=57)
    lost = at - timedelta(minutes=3)
    troubles = (
        {}
        if calm
        else {
            "egov-a": (
                Disturbance(
                    Condition.DOWN, cut - timedelta(hours=6), cut - timedelta(hours=5, minutes=40)
                ),
                Disturbance(Condition.DOWN, cut, None),
            ),
            "voice": (Disturbance(Condition.UNKNOWN, lost, None),),
        }
    )
    down, unknown = {"egov-a": 28.0}, {} if calm else {"voice": 3.0}
    circuits = tuple(
        CircuitAvailability(
            name,
            uptime(0.6, 0 if calm else down.get(name, 0), unknown.get(name, 0)),
            uptime(22.6, down.get(name, 0), unknown.get(name, 0)),
            troubles.get(name, ()),
        )
        for name in site.circuits
    )
    devices = len(site.watched)
    return AvailabilityView(
        at, circuits, devices, devices, 0, uptime(15, 0, 12), uptime(560, 131, 96)
    )


def counted(good: int, missed: tuple[Reason, int], left_out: tuple[Reason, int]) -> Counts:
    return Counts.of(
        [
            (GOOD, good),
            (Judgement(RecordVerdict.MISSED, missed[0]), missed[1]),
            (Judgement(RecordVerdict.LEFT_OUT, left_out[0]), left_out[1]),
        ]
    )


COUNTED = {
    1: counted(301_224, (Reason.ABANDONED, 6_774), (Reason.STILL_WAITING, 3)),
    4: counted(2_104, (Reason.NOT_CALLED_BACK, 2), (Reason.WITHIN_LIMIT, 41)),
    10: counted(5_310, (Reason.NOT_SATISFIED, 198), (Reason.NOT_RATED, 96)),
    12: counted(41, (Reason.CLOCK_MISSED, 1), (Reason.MERGED, 1)),
    13: counted(71, (Reason.DISPLAY_BAD, 1), (Reason.OUTSIDE_PERIOD, 0)),
}
SHOWN = {1: PeriodKind.CONTRACT_YEAR, 13: PeriodKind.NOW}


def figure_of(site: Site, number: int, period: Period, at: datetime) -> Figure:
    indicator = find_indicator(site, number)
    secondary = (SecondaryRatio(SecondaryKind.OFFERED, 301_224, 303_001),) if number == 1 else ()
    return Figure(indicator, period, COUNTED[number], at, secondary)


def period_of(site: Site, kind: PeriodKind, at: datetime) -> Period:
    month = month_of(at, site.contract)
    choices = {
        PeriodKind.MONTH: month,
        PeriodKind.CONTRACT_YEAR: year_to_date(month, site.contract),
        PeriodKind.NOW: instant_of(at),
    }
    return choices[kind]


def indicators(site: Site, at: datetime) -> IndicatorsView:
    shown = {number: SHOWN.get(number, PeriodKind.MONTH) for number in COUNTED}
    return IndicatorsView(
        at, tuple(figure_of(site, n, period_of(site, k, at), at) for n, k in shown.items())
    )


def calls(at: datetime, *, calm: bool = False) -> CallsView:
    """A weekday with a peak in the morning; three wait, one of them too long, unless ``calm``."""
    day = [
        round(4 + 90 * exp(-(((hour - 9.6) / 2.1) ** 2)) + 68 * exp(-(((hour - 15.2) / 2.4) ** 2)))
        for hour in (quarter / 4 for quarter in range(96))
    ]
    passed = 58
    return CallsView(
        at,
        heard_at=at - timedelta(seconds=2),
        is_silent=False,
        today=2846,
        waiting=1 if calm else 3,
        longest_since=at - timedelta(seconds=6 if calm else 18),
        waiting_too_long=0 if calm else 1,
        talking=41,
        abandoned=64,
        abnormal=0 if calm else 1,
        web_today=412,
        orders_open=1318,
        orders_overdue=0 if calm else 2,
        orders_due_soon=0 if calm else 12,
        callbacks_open=96,
        callbacks_overdue=0 if calm else 1,
        quarters_today=tuple(round(count * 1.08) for count in day[:passed]),
        quarters_yesterday=tuple(day),
    )


def state(site: Site, at: datetime, *, calm: bool = False) -> WallState:
    return WallState(
        network(site, at, calm=calm),
        seats(site, at, calm=calm),
        IncidentsView(at, () if calm else open_incidents(at), 4, 4),
        availability(site, at, calm=calm),
        indicators(site, at),
        calls(at, calm=calm),
    )


class SampleCentre:
    """The wall of a made-up centre that tests may change.

    Each source proves that it is alive by the clock, until it is named in ``stopped``.
    """

    def __init__(self, site: Site, clock: Clock, *, calm: bool = False) -> None:
        self.site, self.clock = site, clock
        self.start = clock.now()
        self.calm = calm
        self._state = state(site, self.start, calm=calm)
        self._stopped: dict[str, datetime] = {}
        self._callbacks: list[Callable[[], None]] = []

    # The wall

    def state(self) -> WallState:
        now = self.clock.now()
        alive = {
            name: replace(getattr(self._state, name), as_of=self._stopped.get(name, now))
            for name in ("network", "seats", "incidents", "availability", "indicators", "calls")
        }
        return replace(self._state, **alive)

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        self._callbacks.append(callback)
        return lambda: self._callbacks.remove(callback)

    def change(self, **parts: object) -> None:
        """Replace parts of the wall's state and say so."""
        self._state = replace(self._state, **parts)
        self.notify()

    def notify(self) -> None:
        for callback in list(self._callbacks):
            callback()

    def stop(self, source: str) -> None:
        self._stopped[source] = self.clock.now()

    def go_on(self, source: str) -> None:
        self._stopped.pop(source, None)


class RecordedChanges(BackgroundChanges):
    """Asks for permission and state as the real one does, and reaches no device; a rehearsal goes
    on until it is cancelled."""

    def _start(
        self,
        number: str,
        step: BackgroundStep,
        actor: Actor,
        do: Callable[[ChangeWork], str],  # noqa: ARG002
        cancellation: RehearsalCancellation | None = None,
    ) -> None:
        now = self._work.clock.now()
        ended = None if cancellation else now
        self._steps[number] = StepUnderWay(step, str(actor), now, ended, cancellation=cancellation)


class RecordedPlays:
    """Puts the beginning of a play on record and runs nothing."""

    def __init__(self, work: PlayWork) -> None:
        self._work = work

    def start(self, name: str, limit: Sequence[str], check: bool, actor: Actor) -> str:
        started = start_play(self._work, actor, name, limit, check)
        started.release()
        return started.number
