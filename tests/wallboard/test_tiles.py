"""The tiles' figures and order."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from device_configs.site.model import Site
from tests.wallboard.conftest import NOW
from tests.wallboard.sample import both, open_incidents, state
from wallboard.wall.seat_map import seat_map
from wallboard.wall.state import Condition, Disturbance, IndicatorView, Uptime
from wallboard.wall.strip import STRIP_WIDTH, strip_marks
from wallboard.wall.tiles import BAR_WIDTH, bar, ranked, sources


def indicator(numerator: int, denominator: int, target: Fraction) -> IndicatorView:
    title = both("指标", "Indicator")
    return IndicatorView(12, "x", title, title, numerator, denominator, target)


def test_no_sample_is_neither_met_nor_missed() -> None:
    empty = indicator(0, 0, Fraction(1))
    assert empty.value is None
    assert empty.met is None


@given(st.integers(0, 500), st.integers(1, 500), st.sampled_from([Fraction(1), Fraction(9, 10)]))
def test_a_bar_passes_its_tick_exactly_when_the_target_is_met(
    good: int, more: int, target: Fraction
) -> None:
    view = indicator(good, good + more - 1 or 1, target)
    drawn = bar(view)
    assert 0 <= drawn.fill <= BAR_WIDTH
    assert (drawn.fill >= drawn.tick) is view.met


def test_the_most_severe_and_then_the_most_pressing_incident_stands_first() -> None:
    numbers = [incident.number for incident in ranked(tuple(reversed(open_incidents(NOW))))]
    assert numbers[0] == "F-20261123-007"


def test_a_stretch_that_began_yesterday_is_cut_at_midnight_of_the_site() -> None:
    now = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # noon in Shanghai
    begun = now - timedelta(hours=20)
    (mark,) = strip_marks((Disturbance(Condition.DOWN, begun, None),), now)
    assert mark.x == 0
    assert mark.width == STRIP_WIDTH / 2


def test_a_short_stretch_stays_visible() -> None:
    start = NOW - timedelta(hours=1)
    (mark,) = strip_marks((Disturbance(Condition.DOWN, start, start + timedelta(seconds=1)),), NOW)
    assert mark.width >= 6


def test_what_ended_before_today_is_not_drawn() -> None:
    old = Disturbance(Condition.DOWN, NOW - timedelta(days=2), NOW - timedelta(days=1, hours=20))
    assert strip_marks((old,), NOW) == ()


@given(
    st.timedeltas(timedelta(0), timedelta(days=31)), st.timedeltas(timedelta(0), timedelta(days=31))
)
def test_uptime_is_a_share_of_what_was_observed(up: timedelta, down: timedelta) -> None:
    ratio = Uptime(up, up + down).ratio
    assert ratio is None if up + down == timedelta(0) else 0 <= (ratio or 0) <= 1


def test_the_verdict_is_as_old_as_the_oldest_source_it_rests_on(site: Site) -> None:
    view = state(site, NOW)
    older = NOW - timedelta(seconds=9)
    seats = view.seats.__class__(older, view.seats.seats)
    changed = view.__class__(
        view.network, seats, view.incidents, view.availability, view.indicators
    )
    assert sources(changed)["verdict"] == older
    assert sources(changed)["network"] == NOW


def test_all_declared_seats_are_drawn_without_overlap(site: Site) -> None:
    drawn = seat_map(site, state(site, NOW).seats)
    assert len(drawn.boxes) == 72
    assert len({(box.x, box.y) for box in drawn.boxes}) == 72
    assert all(
        0 <= box.x <= drawn.width - 86 and 0 <= box.y <= drawn.height - 66 for box in drawn.boxes
    )
