# ruff: noqa: ARG002 - the ports give more than a made-up centre needs
"""A made-up centre that fills every view model: what tests and the browser look at."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from math import exp

from pydantic import JsonValue

from device_configs.site.model import ClockKind, FaultClassName, LinkKind, Site, Title
from incident.bulk import Answer, Item, Outcome
from incident.false_alarm import Mark, MarkState, Step, Words, decide
from incident.model import IncidentState
from ops_core.kernel.clock import Clock
from ops_core.kernel.errors import Conflict, NotFound
from ops_core.kernel.masking import mask_text
from ops_core.kernel.permissions import Actor
from ops_core.kpi.cursor import Cursor
from ops_core.kpi.figures import Figure
from ops_core.kpi.judgements import GOOD, Counts, Judgement, RecordVerdict
from ops_core.kpi.pages import Page
from ops_core.kpi.periods import (
    Period,
    PeriodKind,
    instant_of,
    month_named,
    month_of,
    year_to_date,
)
from ops_core.kpi.read import find_indicator
from ops_core.kpi.reasons import Reason
from ops_core.kpi.records import Record, RecordKind, Show
from ops_core.kpi.secondary import SecondaryKind, SecondaryRatio
from wallboard.calls.views import (
    ABNORMAL,
    CallDetail,
    CallEventView,
    CallFilter,
    CallOutcome,
    CallPage,
    CallsNow,
    CallSummary,
    CaseReference,
    ClearContact,
    EventsTaken,
    IncidentReference,
    SeatsTraffic,
    SeatTraffic,
    TerminalView,
    TouchedCalls,
)
from wallboard.incidents.views import (
    Action,
    ActionOffer,
    ChangeRecord,
    ClockRecord,
    ClockVerdict,
    Confidence,
    Evidence,
    IncidentDetail,
    IncidentSummary,
    NotificationRecord,
    Redundancy,
    Suppressed,
    TimelineEntry,
)
from wallboard.indicators.views import (
    ChosenMonth,
    IndicatorDetail,
    IndicatorOverview,
    IndicatorRow,
    PeriodChoice,
)
from wallboard.records import (
    Deployment,
    DeploymentState,
    DeploymentStep,
    DeviceRecord,
    ElementKind,
    OutageRecord,
    UptimeRecord,
)
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
    SeatCondition,
    SeatPart,
    SeatsView,
    SeatView,
    Standing,
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
        CircuitView("egov-a", Condition.OK, Standing.STANDBY, None, 1.2e6, 7.0)
        if calm
        else CircuitView("egov-a", Condition.DOWN, Standing.STANDBY, cut),
        CircuitView("egov-b", Condition.OK, Standing.ACTIVE, None, 312e6, 6.0),
        CircuitView("internet", Condition.OK, Standing.NONE, None, 246e6, 11.2),
        CircuitView("voice", Condition.OK, Standing.NONE, None, 2.4e6, 9.0)
        if calm
        else CircuitView("voice", Condition.UNKNOWN, Standing.NONE, at - timedelta(minutes=3)),
    )
    standing = dict.fromkeys((*A_HALF, "gap-b"), Standing.STANDBY)
    standing |= dict.fromkeys((*B_HALF, "gap-a"), Standing.ACTIVE)
    nodes = tuple(
        NodeView(name, Condition.OK, standing.get(name, Standing.NONE))
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
    devices = sum(device.managed for device in site.devices.values())
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


RECORDS = {
    1: RecordKind.CALL,
    4: RecordKind.CALLBACK,
    10: RecordKind.CALL,
    12: RecordKind.INCIDENT,
    13: RecordKind.TERMINAL,
}
IDENTIFIERS = {
    RecordKind.CALL: "1763879528.4711",
    RecordKind.CALLBACK: "W-20261120-00017/1",
    RecordKind.INCIDENT: "F-20261123-004",
    RecordKind.TERMINAL: "37",
}


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


def summary(incident: OpenIncident) -> IncidentSummary:
    return IncidentSummary(
        incident.number,
        incident.headline,
        incident.fault_class,
        incident.phase,
        incident.started_at,
        None,
        incident.clock,
        incident.seats_affected,
        incident.services_affected,
        incident.handler,
    )


def _answer(found: IncidentSummary | None, item: Item) -> Answer:
    """What the sample says of one of many; the product's own rule has its tests beside it."""
    if found is None:
        return Answer(item.number, Outcome.NOT_FOUND, reason="没有这起故障")
    phase, version = found.phase, found.version
    if phase is not IncidentPhase.OPEN:
        return Answer(item.number, Outcome.ALREADY, IncidentState.ACKNOWLEDGED, version)
    stale = item.version not in (None, version)
    outcome = Outcome.STALE if stale else Outcome.ACKNOWLEDGED
    return Answer(item.number, outcome, IncidentState.DETECTED, version)


class SampleCentre:
    """Every port of the web face over one made-up centre that tests may change.

    Each source proves that it is alive by the clock, until it is named in ``stopped``.
    """

    def __init__(self, site: Site, clock: Clock, *, calm: bool = False) -> None:
        self.site, self.clock = site, clock
        self.start = clock.now()
        self.calm = calm
        self._state = state(site, self.start, calm=calm)
        self._stopped: dict[str, datetime] = {}
        self._callbacks: list[Callable[[], None]] = []
        self.versions: dict[str, int] = {}
        self.marks: dict[str, Mark] = {}
        self.notes: list[tuple[datetime, str, str]] = []
        self.phases: dict[str, IncidentPhase] = {}
        self.deployed: list[Deployment] = []

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

    # Incidents

    def open_numbers(self) -> Sequence[str]:
        return [incident.number for incident in self.open()]

    def open(self, limit: int | None = None, offset: int = 0) -> Sequence[IncidentSummary]:
        return self._open()[offset : None if limit is None else offset + limit]

    def _open(self) -> list[IncidentSummary]:
        shown = [summary(i) for i in self._state.incidents.open]
        return [
            self._as_marked(replace(s, phase=self.phases.get(s.number, s.phase)))
            for s in shown
            if self.phases.get(s.number) is not IncidentPhase.CLOSED
        ]

    def recent(self, limit: int) -> Sequence[IncidentSummary]:
        first = open_incidents(self.start)[1]
        done = replace(
            summary(first),
            number="F-20261123-004",
            phase=IncidentPhase.RESTORED,
            restored_at=self.start - timedelta(hours=1),
            clock=None,
            in_time=True,
        )
        return [self._as_marked(done)][:limit]

    def detail(self, number: str) -> IncidentDetail:
        found = [s for s in (*self.open(), *self.recent(9)) if s.number == number]
        if not found:
            raise NotFound("没有这起故障", number)
        return self._detail_of(found[0])

    def _detail_of(self, found: IncidentSummary) -> IncidentDetail:
        begun = found.detected_at
        clocks = ()
        if found.clock is not None:
            answered = found.phase is IncidentPhase.RESPONDING
            clocks = (
                ClockRecord(
                    found.clock.kind,
                    found.clock.started_at,
                    found.clock.due_at,
                    strict=True,
                    scored=True,
                    met_at=self.start if answered else None,
                    verdict=ClockVerdict.MET if answered else ClockVerdict.RUNNING,
                ),
            )
        order = [IncidentPhase.OPEN, IncidentPhase.ACKNOWLEDGED, IncidentPhase.RESPONDING]
        step = order.index(found.phase) if found.phase in order else 3
        offers = (
            ActionOffer(Action.ACKNOWLEDGE, step == 0, both("已经确认过", "Already acknowledged")),
            ActionOffer(Action.RESPOND, step < 2, both("处置已经开始", "Response has begun")),
            ActionOffer(Action.RESTORE, False, both("链路仍中断", "The link is still cut")),
            ActionOffer(Action.CLOSE, step == 3, both("尚未恢复", "Not restored yet")),
            ActionOffer(Action.NOTE, True),
        )
        written = tuple(TimelineEntry(at, both(t, t), who) for at, who, t in self.notes)
        return IncidentDetail(
            summary=found,
            version=self.versions.get(found.number, 1),
            cause=both("rt-a 上联口 egov 链路中断", "rt-a: uplink port egov is down"),
            confidence=Confidence.HIGH,
            evidence=(
                Evidence(
                    begun + timedelta(milliseconds=400),
                    "trap",
                    both("rt-a 发来 linkDown：egov", "rt-a sent linkDown: egov"),
                ),
                Evidence(
                    begun + timedelta(milliseconds=900),
                    "snmp",
                    both("ifOperStatus = down", "ifOperStatus = down"),
                ),
                Evidence(
                    begun + timedelta(seconds=2),
                    "snmp",
                    both("BGP 邻居 10.253.1.1 失效", "BGP neighbour 10.253.1.1 lost"),
                ),
            ),
            suppressed=(
                Suppressed("egov-a", both("政务外网A不可达", "E-government A unreachable")),
                Suppressed("rt-a>egov", both("rt-a 的 BGP 邻居失效", "BGP neighbour of rt-a lost")),
            ),
            redundancy=Redundancy(
                both("政务外网B", "E-government B"), timedelta(milliseconds=210), False
            ),
            seats=(37,) if found.seats_affected else (),
            services=(),
            devices=("rt-a",),
            clocks=clocks,
            timeline=(
                TimelineEntry(
                    begun, both("rt-a 发来 linkDown：egov", "rt-a sent linkDown: egov"), None, True
                ),
                TimelineEntry(
                    begun + timedelta(milliseconds=210),
                    both(
                        "rt-b、fwi-b 承载业务，中断 0.21 秒",
                        "rt-b and fwi-b carry the traffic after 0.21 s",
                    ),
                ),
                TimelineEntry(
                    begun + timedelta(milliseconds=500),
                    both(
                        "定为重大故障，30分钟响应时钟开始",
                        "Classed major, the 30 minute clock starts",
                    ),
                ),
                *written,
            ),
            changes=(
                ChangeRecord(
                    "C-20261123-002",
                    begun - timedelta(hours=5),
                    "王强",
                    "rt-a",
                    "egov 接口描述与带宽",
                    "@@ rt-a egov @@\n description egov-a\n-bandwidth 500\n+bandwidth 1000",
                ),
            ),
            notifications=(
                NotificationRecord(
                    begun + timedelta(seconds=2), "李工", "企业微信", both("送达", "Delivered")
                ),
            ),
            offers=offers,
        )

    def _step(self, number: str, version: int, phase: IncidentPhase) -> None:
        if self.detail(number).version != version:
            raise Conflict(
                "故障已被他人更新",
                "在您操作之前，这起故障已有新的进展。",
                "请查看最新状态后再操作。",
            )
        self.versions[number] = version + 1
        self.phases[number] = phase
        changed = tuple(
            replace(i, phase=phase) if i.number == number else i for i in self._state.incidents.open
        )
        self.change(incidents=replace(self._state.incidents, open=changed))

    def acknowledge(self, number: str, version: int, actor: Actor) -> None:
        self._step(number, version, IncidentPhase.ACKNOWLEDGED)

    def respond(self, number: str, version: int, actor: Actor, comment: str) -> None:
        self._step(number, version, IncidentPhase.RESPONDING)

    def restore(self, number: str, version: int, actor: Actor, comment: str) -> None:
        raise Conflict("不能恢复", "链路仍中断。")

    def close(self, number: str, version: int, actor: Actor, comment: str) -> None:
        self._step(number, version, IncidentPhase.CLOSED)

    def note(self, number: str, actor: Actor, text: str) -> None:
        self.detail(number)
        self.notes.append((self.clock.now(), actor.name, text))

    def waiting(self, fault_class: FaultClassName | None) -> Sequence[Item]:
        return [
            Item(s.number, s.version)
            for s in self.open()
            if s.phase is IncidentPhase.OPEN and fault_class in (None, s.fault_class)
        ]

    def foresee(self, items: Sequence[Item]) -> Sequence[Answer]:
        listed = {s.number: s for s in self.open()}
        return [_answer(listed.get(item.number), item) for item in items]

    def acknowledge_many(self, items: Sequence[Item], actor: Actor) -> Sequence[Answer]:
        answers = self.foresee(items)
        for answer in answers:
            if answer.outcome is Outcome.ACKNOWLEDGED:
                self._step(answer.number, answer.version or 0, IncidentPhase.ACKNOWLEDGED)
        return answers

    def marked(self, state: MarkState) -> Sequence[IncidentSummary]:
        everything = (*self.open(), *self.recent(9))
        return [s for s in everything if s.false_alarm is not None and s.false_alarm.state is state]

    def pending_false_alarms(self) -> int:
        return len(self.marked(MarkState.PENDING))

    def take_step(self, number: str, version: int, actor: Actor, step: Step, words: Words) -> None:
        found = self.detail(number)
        if found.version != version:
            raise Conflict("故障已被他人更新", "", "请查看最新状态后再操作。")
        now = self.clock.now()
        words = replace(words, text=mask_text(words.text))
        mark = decide(self.marks.get(number), False, step, actor, words, now)
        self.marks[number] = mark
        self.versions[number] = version + 1
        changed = tuple(
            replace(i, false_alarm=mark.is_confirmed) if i.number == number else i
            for i in self._state.incidents.open
        )
        self.change(incidents=replace(self._state.incidents, open=changed))

    def _as_marked(self, found: IncidentSummary) -> IncidentSummary:
        version, mark = self.versions.get(found.number, 1), self.marks.get(found.number)
        return replace(found, version=version, false_alarm=mark)


class SampleRecords:
    """Devices, availability and indicators of the made-up centre."""

    def __init__(self, centre: SampleCentre) -> None:
        self._centre = centre

    def devices(self) -> Sequence[DeviceRecord]:
        view = self._centre.state().network
        return [
            DeviceRecord(
                node.name,
                node.condition,
                node.standing,
                node.since,
                view.as_of,
                timedelta(days=41, hours=3),
                uptime(22.6, 0),
            )
            for node in view.nodes
        ]

    def uptimes(self) -> Sequence[UptimeRecord]:
        view = self._centre.state().availability
        circuits = [
            UptimeRecord(ElementKind.CIRCUIT, c.name, c.today, c.month) for c in view.circuits
        ]
        devices = [
            UptimeRecord(ElementKind.DEVICE, d.name, uptime(0.6, 0), d.month)
            for d in self.devices()
        ]
        return circuits + devices

    def outages(
        self, kind: ElementKind | None = None, name: str | None = None
    ) -> Sequence[OutageRecord]:
        start = self._centre.start
        everything = [
            OutageRecord(
                ElementKind.CIRCUIT,
                "egov-a",
                Condition.DOWN,
                start - timedelta(minutes=8),
                None,
                "F-20261123-007",
            ),
            OutageRecord(
                ElementKind.CIRCUIT,
                "voice",
                Condition.UNKNOWN,
                start - timedelta(minutes=3),
                None,
                None,
            ),
            OutageRecord(
                ElementKind.DEVICE,
                "sw-3",
                Condition.DOWN,
                start - timedelta(days=3),
                start - timedelta(days=2, hours=22),
                "F-20261120-001",
            ),
        ]
        return [o for o in everything if kind in (None, o.kind) and name in (None, o.name)]

    def indicators(self) -> Sequence[Figure]:
        return self._centre.state().indicators.figures

    def overview(self, month: str = "") -> IndicatorOverview:
        site, now = self._centre.site, self._centre.start
        both = (PeriodKind.MONTH, PeriodKind.CONTRACT_YEAR)
        rows = [
            IndicatorRow(
                *(figure_of(site, number, period_of(site, kind, now), now) for kind in both),
                figure_of(site, 13, instant_of(now), now) if number == 13 else None,
            )
            for number in COUNTED
        ]
        return IndicatorOverview(now, self._chosen(month), tuple(rows))

    def detail(
        self, number: int, period: PeriodChoice, show: Show | None = None, after: str = ""
    ) -> IndicatorDetail:
        if number not in COUNTED:
            raise NotFound("没有这项指标", str(number))
        site, now = self._centre.site, self._centre.start
        Cursor.read(after)
        kind = period.kind or SHOWN.get(number, PeriodKind.MONTH)
        figure = figure_of(site, number, period_of(site, kind, now), now)
        shown = show or Show.MISSED
        records = tuple(
            Record(
                RECORDS[number],
                IDENTIFIERS[RECORDS[number]],
                now - timedelta(days=3),
                judgement,
                due_at=now if number == 12 else None,
                score=2 if number == 10 else None,
                seat=37 if number in (1, 13) else None,
                agent="lin.yi",
            )
            for judgement, _ in figure.counts.by_judgement
            if shown.accepts(judgement.verdict)
        )
        more = Cursor(now - timedelta(days=3), "1763879528.4711") if number == 1 else None
        kinds = (PeriodKind.MONTH, PeriodKind.CONTRACT_YEAR)
        if number == 13:
            kinds = (*kinds, PeriodKind.NOW)
        return IndicatorDetail(
            figure, self._chosen(period.month), kinds, shown, Page(records, more)
        )

    def _chosen(self, label: str) -> ChosenMonth:
        contract = self._centre.site.contract
        month = month_named(label, contract) if label else month_of(self._centre.start, contract)
        return ChosenMonth(month, "2026-10", "2026-12" if label else None)


class SampleCalls:
    """A handful of calls; the batches it is given are counted and forgotten."""

    def __init__(self, clock: Clock) -> None:
        self._start = clock.now()
        self.taken: list[tuple[str, int, str]] = []
        self.shown: list[tuple[str, str]] = []

    def _calls(self) -> list[CallSummary]:
        def call(number: int, outcome: CallOutcome, ago_s: int, **more: object) -> CallSummary:
            entered = self._start - timedelta(seconds=ago_s)
            made = CallSummary(
                f"1795415{number}.{number}", entered, "citizen", outcome, outcome in ABNORMAL,
                timedelta(seconds=9), None, None, "", None, 0, 0, "138****5678",
            )  # fmt: skip
            return replace(made, **more)  # type: ignore[arg-type]

        def talk(number: int, ago_s: int, seat: int, *orders: str, over: bool) -> CallSummary:
            entered = self._start - timedelta(seconds=ago_s)
            return call(
                number,
                CallOutcome.ANSWERED if over else CallOutcome.TALKING,
                ago_s,
                answered_at=entered + timedelta(seconds=9),
                left_at=entered + timedelta(seconds=190) if over else None,
                agent=f"agent.{seat}",
                seat=seat,
                orders=orders,
            )

        return [
            call(9, CallOutcome.WAITING, 6, waited=None),
            call(8, CallOutcome.WAITING, 18, waited=None, is_abnormal=True),
            talk(7, 40, 12, over=False),
            talk(6, 95, 37, over=False),
            call(5, CallOutcome.ABANDONED, 300, waited=timedelta(seconds=48)),
            talk(4, 400, 37, "W-20261123-00017", over=True),
            call(3, CallOutcome.TIMED_OUT, 900, waited=timedelta(seconds=60)),
            call(2, CallOutcome.UNKNOWN, 20000, waited=None),
        ]

    def now(self) -> CallsNow:
        found = self._calls()
        return CallsNow(
            self._start,
            self._start - timedelta(seconds=2),
            tuple(c for c in found if c.outcome is CallOutcome.WAITING),
            tuple(c for c in found if c.outcome is CallOutcome.TALKING),
            {CallOutcome.ANSWERED: 2700, CallOutcome.WAITING: 3, CallOutcome.ABANDONED: 64,
             CallOutcome.TIMED_OUT: 11, CallOutcome.OVERFLOWED: 0, CallOutcome.LEFT_BY_KEY: 5},
        )  # fmt: skip

    def page(self, wanted: CallFilter, after: str | None, limit: int) -> CallPage:
        found = [
            c
            for c in self._calls()
            if wanted.outcome in (None, c.outcome)
            and wanted.seat in (None, c.seat)
            and (c.is_abnormal or not wanted.abnormal)
        ]
        return CallPage(tuple(found), None if after else "more")

    def detail(self, call: str) -> CallDetail:
        found = [c for c in self._calls() if c.call == call]
        if not found:
            raise NotFound("没有这通来电", call)
        entered = found[0].entered_at
        steps = [("ENTERQUEUE", 0, None), ("RINGNOANSWER", 5, 12)]
        if found[0].answered_at:
            steps.append(("CONNECT", 9, found[0].seat))
        taken = found[0].seat is not None
        cut = self._start - timedelta(minutes=7, seconds=57)
        return CallDetail(
            summary=found[0],
            events=tuple(
                CallEventView(entered + timedelta(seconds=s), kind, "citizen",
                              f"PJSIP/80{seat}" if seat else "", seat, "pbx", n)
                for n, (kind, s, seat) in enumerate(steps, 40)
            ),
            terminal_then=TerminalView(entered, SeatCondition.FAULT, SeatPart.DISPLAY)
            if taken
            else None,
            terminal_now=TerminalView(self._start, SeatCondition.OK) if taken else None,
            rating=5 if taken else None,
            cases=tuple(
                CaseReference("C-20261123-00020", "小区供暖三天不热", o, "dispatched")
                for o in found[0].orders
            ),
            incidents=(
                IncidentReference(
                    "F-20261123-006",
                    both("37号席显示器无信号", "Seat 37: display has no signal"),
                    IncidentPhase.RESPONDING,
                    cut,
                    None,
                ),
            )
            if found[0].seat == 37
            else (),
            has_contact=True,
        )  # fmt: skip

    def touched_by(self, incident: str) -> TouchedCalls:
        return TouchedCalls(14, 3, 6) if incident.endswith("006") else TouchedCalls(0, 0, 0)

    def seats(self) -> SeatsTraffic:
        return SeatsTraffic(
            {37: SeatTraffic(31, "17954156.6", ("F-20261123-006",)), 12: SeatTraffic(40)}
        )

    def unmask(self, call: str, actor: Actor) -> ClearContact:
        self.shown.append((call, actor.name))
        return ClearContact("13812345678", "张三")

    def take(self, source: str, events: list[JsonValue], actor: Actor) -> EventsTaken:
        self.taken.append((source, len(events), actor.name))
        return EventsTaken(len(events), 0, len(events))


class SampleDeployments:
    """Runs that finish by themselves at the next look."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._runs: dict[str, Deployment] = {}

    def recent(self, limit: int) -> Sequence[Deployment]:
        return list(reversed(self._runs.values()))[:limit]

    def detail(self, number: str) -> Deployment:
        if number not in self._runs:
            raise NotFound("没有这次部署", number)
        return self._runs[number]

    def start(self, devices: Sequence[str], actor: Actor) -> str:
        number = f"D-{len(self._runs) + 1:03d}"
        step = DeploymentStep(self._clock.now(), (*devices, "rt-a")[0], "渲染并比较配置", None)
        self._runs[number] = Deployment(
            number,
            self._clock.now(),
            None,
            actor.name,
            DeploymentState.RUNNING,
            tuple(devices),
            (step,),
        )
        return number
