"""The tiles of the wall as HTML fragments; each names the source whose life it depends on."""

import heapq
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction

from device_configs.documents.lettering import text_width
from device_configs.site.model import FaultClassName, IndicatorMeasure, Site
from ops_core.kernel.i18n import Language, Translate, translate, translations
from ops_core.kernel.times import SITE_ZONE
from ops_core.kpi.figures import Figure
from ops_core.kpi.words import short_period_word
from wallboard.formats import percent
from wallboard.pages import Pages
from wallboard.wall.curve import curve
from wallboard.wall.drawing import NetworkRenderer
from wallboard.wall.seat_map import seat_map
from wallboard.wall.state import (
    Condition,
    OpenIncident,
    SeatCondition,
    SeatsView,
    Uptime,
    WallState,
)
from wallboard.wall.topology import FONT, title_in
from wallboard.wall.uptime_bar import uptime_bar
from wallboard.wall.verdict import URGENT_CLASSES, verdict
from wallboard.wall.words import (
    class_word,
    clock_word,
    phase_word,
    seat_word,
)

EVER = datetime.min.replace(tzinfo=UTC)
"""Stands for any stamp: that there is one matters, not which."""
TILES = ("verdict", "network", "incidents", "availability", "seats", "calls", "indicators")
SHORT_CARDS = 2
SEVERITY = {name: rank for rank, name in enumerate(FaultClassName)}
FAR = datetime.max.replace(tzinfo=SITE_ZONE)
BAR_WIDTH = 1000.0
UPTIME_TITLE_WIDTH = 300.0


def sources(state: WallState) -> dict[str, datetime | None]:
    """When each tile's source was last alive; the verdict is as old as the oldest it rests on."""
    rests_on = (state.network.as_of, state.seats.as_of, state.incidents.as_of)
    known = [at for at in rests_on if at is not None]
    return {
        "verdict": min(known) if len(known) == len(rests_on) else None,
        "network": state.network.as_of,
        "incidents": state.incidents.as_of,
        "seats": state.seats.as_of,
        "availability": state.availability.as_of,
        "indicators": state.indicators.as_of,
        "calls": state.calls.as_of,
    }


def _shown_in(tile: str, state: WallState) -> object:
    """The parts of the state that a tile shows, without the time of their stamps."""
    network = replace(state.network, as_of=state.network.as_of and EVER)
    seats = replace(state.seats, as_of=state.seats.as_of and EVER)
    incidents = replace(state.incidents, as_of=None)
    match tile:
        case "verdict":
            calls = (state.calls.waiting_too_long, state.calls.is_silent)
            return (
                network, seats, incidents.open, calls, state.impairment, state.health,
                state.prepared_percent,
            )  # fmt: skip
        case "network":
            return network
        case "incidents":
            return incidents
        case "seats":
            return seats
        case "availability":
            return (network.circuits, replace(state.availability, as_of=None))
        case "indicators":
            return state.indicators.figures
        case _:
            return replace(state.calls, as_of=None), state.prepared_percent is not None


@dataclass(frozen=True, slots=True)
class Bar:
    """An indicator's bar, from ``origin`` to 100 %, so that the target's tick is not at the end."""

    fill: float
    tick: float


def bar(figure: Figure) -> Bar:
    """The scale ends at 100 % and starts where value and target both show (80 % for 90 %).

    Where less is better it starts at nothing and ends at twice the target.
    """
    if figure.indicator.measure is not IndicatorMeasure.GOOD_SHARE:
        return _bar_of_misses(figure)
    origin = max(Fraction(0), 2 * figure.target - 1) if figure.target < 1 else Fraction(0)
    width = 1 - origin
    value = figure.value or Fraction(0)
    fill = (value - origin) / width
    tick = (figure.target - origin) / width
    return Bar(BAR_WIDTH * min(1.0, max(0.0, float(fill))), BAR_WIDTH * min(1.0, float(tick)))


def _bar_of_misses(figure: Figure) -> Bar:
    value = figure.value or Fraction(0)
    if not figure.target:
        return Bar(BAR_WIDTH if value else 0.0, 0.0)
    return Bar(min(BAR_WIDTH, float(BAR_WIDTH * value / (2 * figure.target))), BAR_WIDTH / 2)


def seat_key(seats: SeatsView, translate: Translate) -> list[tuple[str, str, int]]:
    """Style, word and count of what the seat map shows, in its order.

    Where the telephone system is heard, seats in order talk or are free.
    """
    _ = translate
    usable, talking = seats.count(SeatCondition.OK), seats.talking
    key = [(SeatCondition.OK.value, seat_word(SeatCondition.OK, _), usable)]
    if seats.telephony:
        key = [
            ("talking", _("通话"), talking),
            (SeatCondition.OK.value, _("空闲"), usable - talking),
        ]
    key += [
        (condition.value, seat_word(condition, _), seats.count(condition))
        for condition in (SeatCondition.FAULT, SeatCondition.UNREACHABLE, SeatCondition.UNKNOWN)
        if condition is not SeatCondition.UNREACHABLE or seats.count(condition)
    ]
    return key


def urgency(incident: OpenIncident) -> tuple[bool, int, datetime, datetime]:
    """Most severe class first, then whose limit comes first, then the older; false alarms last."""
    due = incident.clock.due_at if incident.clock else FAR
    return incident.false_alarm, SEVERITY[incident.fault_class], due, incident.started_at


def _unsure_share(uptime: Uptime) -> str:
    """The share in which nobody knew, per cent without the sign; never shown as nothing."""
    ratio = uptime.unknown_ratio
    if not ratio:
        return "0"
    return f"{math.ceil(10_000 * ratio) / 100:.4g}"


class TileRenderer:
    """Paints every tile of one site in one language."""

    def __init__(self, site: Site, pages: Pages, language: Language) -> None:
        self._site = site
        self._pages = pages
        self._language = language
        self._renderer = NetworkRenderer(site, language)
        self._known: dict[str, tuple[object, str]] = {}
        """The last text of each tile, with what it shows."""

    @property
    def _translate(self) -> Translate:
        return translations(self._language).gettext

    def render(self, state: WallState) -> dict[str, str]:
        """The inner HTML of each tile. Equal states give equal text: clocks run in the browser.

        A tile whose part of the state is as it was is not rendered again. Called from any thread.
        """
        return {name: self._rendered(name, state) for name in TILES}

    def _rendered(self, name: str, state: WallState) -> str:
        shown = _shown_in(name, state)
        known = self._known.get(name)
        if known is not None and known[0] == shown:
            return known[1]
        renderers: Mapping[str, Callable[[WallState], str]] = {
            "verdict": self._verdict,
            "network": self._network,
            "incidents": self._incidents,
            "seats": lambda state: self._seats(state.seats),
            "availability": self._availability,
            "indicators": self._indicators,
            "calls": self._calls,
        }
        html = renderers[name](state)
        self._known[name] = (shown, html)
        return html

    def _render(self, tile: str, **context: object) -> str:
        return self._pages.render(f"wall/{tile}.html", self._language, context)

    def _verdict(self, state: WallState) -> str:
        impairment = state.impairment
        reasons = impairment.reasons if impairment is not None else ()
        comma = self._translate("、")
        return self._render(
            "verdict",
            verdict=verdict(state, self._translate),
            impairment=impairment,
            reasons=comma.join(translate(reason, self._language) for reason in reasons),
            health=state.health,
            prepared_percent=state.prepared_percent,
        )

    def _network(self, state: WallState) -> str:
        drawing = self._renderer.draw(state.network, self._translate)
        nodes = [
            node.condition
            for node in state.network.nodes
            if node.condition is not Condition.UNWATCHED
        ]
        return self._render(
            "network",
            drawing=drawing,
            devices_up=nodes.count(Condition.OK),
            devices_total=len(nodes),
            devices_unknown=nodes.count(Condition.UNKNOWN),
            configuration=state.network.configuration,
        )

    def _incidents(self, state: WallState) -> str:
        every = state.incidents.open
        shown = heapq.nsmallest(1 + SHORT_CARDS, every, key=urgency)
        words: Mapping[str, Mapping[str, str]] = {
            "class": {i.number: class_word(i.fault_class, self._translate) for i in shown},
            "phase": {i.number: phase_word(i.phase, self._translate) for i in shown},
            "clock": {
                i.number: clock_word(i.clock.kind, self._translate) for i in shown if i.clock
            },
        }
        return self._render(
            "incidents",
            view=state.incidents,
            first=shown[:1],
            short=shown[1:],
            more=len(every) - len(shown),
            urgent={
                i.number for i in shown if i.fault_class in URGENT_CLASSES and not i.false_alarm
            },
            words=words,
        )

    def _seats(self, seats: SeatsView) -> str:
        _ = self._translate
        key = seat_key(seats, _)
        plan = seat_map(self._site, seats)
        words = {c.value: seat_word(c, _) for c in SeatCondition}
        return self._render(
            "seats",
            map=plan,
            key=key,
            telephony=seats.telephony,
            usable=seats.count(SeatCondition.OK),
            words=words,
        )

    def _availability(self, state: WallState) -> str:
        conditions = {c.name: c.condition.value for c in state.network.circuits}
        rows = [
            (self._short(row.name), row, conditions.get(row.name, "unknown"))
            for row in state.availability.circuits
        ]
        return self._render(
            "availability",
            view=state.availability,
            rows=rows,
            figure=self._figure,
            unsure=_unsure_share,
            bar=uptime_bar,
        )

    def _short(self, circuit: str) -> str:
        """A circuit's title where there is room for it, else its name."""
        title = title_in(self._site.circuits[circuit].title, self._language)
        return title if text_width(title, FONT) <= UPTIME_TITLE_WIDTH else circuit

    def _figure(self, uptime: Uptime) -> str:
        """A percentage without its sign, which the tile's heading bears."""
        if uptime.ratio is None:
            return self._translate("无记录")
        return percent(uptime.ratio, 2).removesuffix("%")

    def _calls(self, state: WallState) -> str:
        """While the past is being recorded, steps that were taken are missing from it: what is
        overdue is not known yet."""
        view, is_preparing = state.calls, state.prepared_percent is not None
        drawn = curve(view.quarters_today, view.quarters_yesterday)
        return self._render("calls", view=view, curve=drawn, is_preparing=is_preparing)

    def _indicators(self, state: WallState) -> str:
        rows = [
            (figure, short_period_word(figure.period.kind, self._translate), bar(figure))
            for figure in state.indicators.figures
        ]
        return self._render("indicators", rows=rows)
