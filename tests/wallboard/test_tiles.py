"""The tiles' figures and order."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from device_configs.site.model import Indicator, Site
from ops_core.kernel.i18n import Language
from ops_core.kpi.figures import Figure
from ops_core.kpi.judgements import GOOD, Counts, Judgement, RecordVerdict
from ops_core.kpi.periods import instant_of
from tests.wallboard.conftest import NOW
from tests.wallboard.sample import both, open_incidents, state
from wallboard.pages import Pages
from wallboard.static_files import StaticFiles
from wallboard.wall.curve import BASE, QUARTERS, TOP, WIDTH, curve
from wallboard.wall.seat_map import seat_map
from wallboard.wall.state import Condition, Disturbance, SeatCondition, Uptime
from wallboard.wall.strip import STRIP_WIDTH, strip_marks
from wallboard.wall.tiles import (
    BAR_WIDTH,
    TILES,
    TileRenderer,
    bar,
    seat_key,
    sources,
    urgency,
)
from wallboard.wall.uptime_bar import LEAST, uptime_bar
from wallboard.wall.uptime_bar import WIDTH as UPTIME_WIDTH


def figure(good: int, missed: int, target: Decimal) -> Figure:
    indicator = Indicator(
        number=12, name="x", title=both("指标", "Indicator"), target=target,
        comparison=">=", period="month", cohort="at",
    )  # fmt: skip
    counts = Counts.of([(GOOD, good), (Judgement(RecordVerdict.MISSED), missed)])
    return Figure(indicator, instant_of(NOW), counts, NOW)


@given(
    st.integers(0, 500),
    st.integers(0, 500),
    st.sampled_from([Decimal(1), Decimal("0.9"), Decimal("0.96")]),
)
def test_a_bar_passes_its_tick_exactly_when_the_target_is_met(
    good: int, missed: int, target: Decimal
) -> None:
    view = figure(good, missed, target)
    drawn = bar(view)
    assert 0 <= drawn.fill <= BAR_WIDTH
    assert view.value is None or (drawn.fill >= drawn.tick) is view.is_met


def test_false_alarms_stand_last_whatever_their_class() -> None:
    first, *others = open_incidents(NOW)
    listed = sorted((replace(first, false_alarm=True), *others), key=urgency)
    assert listed[-1].number == first.number


def test_the_most_severe_and_then_the_most_pressing_incident_stands_first() -> None:
    shuffled = reversed(open_incidents(NOW))
    numbers = [incident.number for incident in sorted(shuffled, key=urgency)]
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


COUNTS = st.lists(st.integers(0, 400), max_size=QUARTERS)


@given(COUNTS, st.lists(st.integers(0, 400), min_size=QUARTERS, max_size=QUARTERS))
def test_a_curve_stays_in_its_box_and_higher_counts_stand_higher(
    today: list[int], yesterday: list[int]
) -> None:
    drawn = curve(today, yesterday)
    points = [tuple(map(int, pair.split(","))) for pair in drawn.today.split()]
    assert len(points) == (len(today) if len(today) > 1 else 0)
    assert all(0 <= x <= WIDTH and TOP <= y <= BASE for x, y in points)
    for ((_, one), (_, other)), (more, less) in zip(
        pairwise(points), pairwise(today), strict=False
    ):
        assert one <= other or more <= less
    assert drawn.last == (today[-1] if today else None)
    assert drawn.then == (yesterday[len(today) - 1] if today else None)


def test_a_seat_talks_or_is_free_only_where_the_telephone_system_is_heard(site: Site) -> None:
    def same(text: str) -> str:
        return text

    seats = state(site, NOW).seats
    assert seat_key(seats, same)[:2] == [("talking", "通话", 42), ("ok", "空闲", 28)]
    unheard = replace(seats, telephony=False)
    assert seat_key(unheard, same)[0] == ("ok", "正常", 70)
    assert sum(count for *_, count in seat_key(unheard, same)) == 72
    cut = tuple(replace(seat, condition=SeatCondition.UNREACHABLE) for seat in seats.seats)
    assert seat_key(replace(seats, seats=cut), same) == [
        ("talking", "通话", 0), ("ok", "空闲", 0), ("fault", "有故障", 0),
        ("unreachable", "不可达", 72), ("unknown", "未知", 0),
    ]  # fmt: skip


def test_the_calls_tile_is_stamped_by_its_own_source(site: Site) -> None:
    view = state(site, NOW)
    older = replace(view, calls=replace(view.calls, as_of=NOW - timedelta(seconds=9)))
    assert sources(older)["calls"] == NOW - timedelta(seconds=9)
    assert sources(older)["verdict"] == NOW


DAYS = st.timedeltas(timedelta(0), timedelta(days=31))


@given(DAYS, DAYS, DAYS)
def test_a_bar_shows_every_share_that_is_not_nothing(
    up: timedelta, unknown: timedelta, down: timedelta
) -> None:
    uptime = Uptime(up, up + unknown + down, unknown)
    drawn = uptime_bar(uptime)
    widths = (drawn.up, drawn.unknown, drawn.down)
    if not uptime.observed:
        assert widths == (0, 0, 0)
        return
    assert abs(sum(widths) - UPTIME_WIDTH) < 1e-6
    for width, share in zip(widths, (up, unknown, down), strict=True):
        assert width >= LEAST if share else width == 0


def test_a_tile_is_rendered_again_when_what_it_shows_has_changed_and_not_for_its_stamp(
    site: Site,
) -> None:
    renderer = TileRenderer(site, Pages(StaticFiles()), Language.CHINESE)
    first = renderer.render(state(site, NOW, calm=True))
    later = NOW + timedelta(seconds=2)
    same = state(site, NOW, calm=True)
    stamped = replace(
        same,
        **{
            part: replace(getattr(same, part), as_of=later)
            for part in ("network", "seats", "incidents", "availability", "indicators", "calls")
        },
    )
    again = renderer.render(stamped)
    assert all(again[name] is first[name] for name in TILES)
    hurt = replace(stamped, incidents=replace(stamped.incidents, open=open_incidents(NOW)))
    changed = {name for name, html in renderer.render(hurt).items() if html != first[name]}
    assert changed == {"incidents", "verdict"}
    assert renderer.render(stamped) == first


def test_the_wall_says_how_much_of_the_demonstration_is_there_until_all_of_it_is(
    site: Site,
) -> None:
    renderer = TileRenderer(site, Pages(StaticFiles()), Language.CHINESE)
    whole = state(site, NOW, calm=True)
    begun = renderer.render(replace(whole, prepared_percent=43))["verdict"]
    assert "演示数据补录中，已完成43%" in begun
    assert "补录" not in renderer.render(whole)["verdict"]


def test_what_is_overdue_is_not_known_while_the_demonstration_is_being_recorded(
    site: Site,
) -> None:
    renderer = TileRenderer(site, Pages(StaticFiles()), Language.CHINESE)
    whole = state(site, NOW, calm=True)
    late = replace(whole.calls, orders_overdue=310, orders_due_soon=1, callbacks_overdue=2)
    begun = renderer.render(replace(whole, calls=late, prepared_percent=31))["calls"]
    assert begun.count("<strong>—</strong>") == 3
    assert "310" not in begun
    assert "▲超期<strong>310</strong>" in renderer.render(replace(whole, calls=late))["calls"]
