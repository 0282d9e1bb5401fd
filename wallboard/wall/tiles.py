"""The tiles of the wall as HTML fragments; each names the source whose life it depends on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from device_configs.site.model import FaultClassName, Site
from ops_core.kernel.i18n import Language, translations
from ops_core.kpi.figures import Figure
from wallboard.formats import SITE_ZONE, Translate
from wallboard.indicators.words import short_period_word
from wallboard.pages import Pages
from wallboard.wall.drawing import Draughtsman
from wallboard.wall.seat_map import seat_map
from wallboard.wall.state import (
    Condition,
    Disturbance,
    OpenIncident,
    SeatCondition,
    SeatsView,
    WallState,
)
from wallboard.wall.verdict import URGENT_CLASSES, verdict
from wallboard.wall.words import (
    class_word,
    clock_word,
    condition_word,
    part_word,
    phase_word,
    seat_word,
)

TILES = ("verdict", "network", "incidents", "seats", "availability", "indicators")
SHORT_CARDS = 2
STRIP_WIDTH = 1000.0
BAR_WIDTH = 1000.0


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
    }


@dataclass(frozen=True, slots=True)
class StripMark:
    """A disturbed stretch of today on a strip ``STRIP_WIDTH`` wide."""

    x: float
    width: float
    style: str


@dataclass(frozen=True, slots=True)
class Bar:
    """An indicator's bar, from ``origin`` to 100 %, so that the target's tick is not at the end."""

    fill: float
    tick: float


def strip_marks(disturbances: tuple[Disturbance, ...], now: datetime) -> tuple[StripMark, ...]:
    """Today from midnight to midnight in Asia/Shanghai; a stretch stays at least 6 px wide."""
    midnight = now.astimezone(SITE_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    day = timedelta(days=1)
    marks = []
    for disturbance in disturbances:
        start = max(disturbance.start, midnight)
        end = min(disturbance.end or now, midnight + day)
        if end < start:
            continue
        x = (start - midnight) / day * STRIP_WIDTH
        width = max(6.0, (end - start) / day * STRIP_WIDTH)
        style = "unknown" if disturbance.condition is Condition.UNKNOWN else "down"
        marks.append(StripMark(x, width, style))
    return tuple(marks)


def elapsed_today(now: datetime) -> float:
    """How much of today's strip has passed, 0 to ``STRIP_WIDTH``."""
    midnight = now.astimezone(SITE_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    return (now - midnight) / timedelta(days=1) * STRIP_WIDTH


def bar(figure: Figure) -> Bar:
    """The scale ends at 100 % and starts where value and target both show (80 % for 90 %)."""
    origin = max(Fraction(0), 2 * figure.target - 1) if figure.target < 1 else Fraction(0)
    width = 1 - origin
    value = figure.value or Fraction(0)
    fill = (value - origin) / width
    tick = (figure.target - origin) / width
    return Bar(BAR_WIDTH * min(1.0, max(0.0, float(fill))), BAR_WIDTH * min(1.0, float(tick)))


def ranked(incidents: tuple[OpenIncident, ...]) -> tuple[OpenIncident, ...]:
    """Most severe class first, then the one whose limit comes first."""
    order = list(FaultClassName)
    far = datetime.max.replace(tzinfo=SITE_ZONE)
    return tuple(
        sorted(
            incidents,
            key=lambda i: (order.index(i.fault_class), i.clock.due_at if i.clock else far),
        )
    )


class TilePainter:
    """Paints every tile of one site in one language."""

    def __init__(self, site: Site, pages: Pages, language: Language) -> None:
        self._site = site
        self._pages = pages
        self._language = language
        self._draughtsman = Draughtsman(site, language)

    @property
    def _translate(self) -> Translate:
        return translations(self._language).gettext

    def paint(self, state: WallState, now: datetime) -> dict[str, str]:
        """The inner HTML of each tile. Equal states give equal text, whatever ``now`` is.

        ``now`` (aware) is rounded down to the minute: running clocks run in the browser.
        """
        minute = now.replace(second=0, microsecond=0)
        return {
            "verdict": self._verdict(state),
            "network": self._network(state),
            "incidents": self._incidents(state),
            "seats": self._seats(state.seats),
            "availability": self._availability(state, minute),
            "indicators": self._indicators(state),
        }

    def _render(self, tile: str, **context: object) -> str:
        return self._pages.render(f"wall/{tile}.html", self._language, context)

    def _verdict(self, state: WallState) -> str:
        return self._render("verdict", verdict=verdict(state, self._translate))

    def _network(self, state: WallState) -> str:
        drawing = self._draughtsman.draw(state.network, self._translate)
        return self._render("network", drawing=drawing, known=state.network.as_of is not None)

    def _incidents(self, state: WallState) -> str:
        shown = ranked(state.incidents.open)
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
            short=shown[1 : 1 + SHORT_CARDS],
            more=max(0, len(shown) - 1 - SHORT_CARDS),
            urgent={i.number for i in shown if i.fault_class in URGENT_CLASSES},
            words=words,
        )

    def _seats(self, seats: SeatsView) -> str:
        _ = self._translate
        faults = [
            (seat.number, part_word(seat.part, _))
            for seat in seats.seats
            if seat.condition is SeatCondition.FAULT and seat.part is not None
        ]
        key = [
            (condition.value, seat_word(condition, _), seats.count(condition))
            for condition in SeatCondition
        ]
        plan = seat_map(self._site, seats)
        words = {c.value: seat_word(c, _) for c in SeatCondition}
        return self._render(
            "seats",
            map=plan,
            key=key,
            faults=faults,
            usable=seats.count(SeatCondition.OK),
            words=words,
        )

    def _availability(self, state: WallState, now: datetime) -> str:
        network = {circuit.name: circuit for circuit in state.network.circuits}
        rows = [
            (
                self._site.circuits[row.name].title,
                row,
                strip_marks(row.disturbances, now),
                network[row.name].condition.value if row.name in network else "unknown",
            )
            for row in state.availability.circuits
        ]
        words = {c.value: condition_word(c, self._translate) for c in Condition}
        return self._render(
            "availability",
            view=state.availability,
            rows=rows,
            elapsed=elapsed_today(now),
            words=words,
        )

    def _indicators(self, state: WallState) -> str:
        rows = [
            (figure, short_period_word(figure.period.kind, self._translate), bar(figure))
            for figure in state.indicators.figures
        ]
        return self._render("indicators", rows=rows)
