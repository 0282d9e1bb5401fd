"""What a store promises of roll-ups, held against SQLite and a real InfluxDB alike."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from monitors.samples import FieldValue, Sample, Tags, tags_of
from monitors.store.protocol import Point, Written
from monitors.store.rollup import Rollup, RollupWidth, coarser, rolled_up
from monitors.store.rollup_protocol import SeriesKey, SeriesRollup
from tests.monitors.store.conftest import Stores

START = datetime(2026, 3, 1, tzinfo=UTC)
HOUR_LATER = START + timedelta(hours=1)
UPLINK = tags_of(agent_host="rt-a", ifName="egov")
LOAD = SeriesKey("interface", UPLINK, "load")
FIVE, HOUR = RollupWidth.FIVE_MINUTES, RollupWidth.HOUR

OF_EACH_KIND: list[list[FieldValue]] = [
    [0.5, 5.0, -2.25],
    [1, 1, 2],
    [2**62, 2**62 + 1],
    [True, True, False],
    ["up", '带"引号"的 \\ 文字', ""],
]


def points_of(values: Iterable[FieldValue], spacing_s: float = 5) -> list[Point]:
    return [Point(START + timedelta(seconds=n * spacing_s), v) for n, v in enumerate(values)]


def samples_of(points: Iterable[Point], tags: Tags = UPLINK, field: str = "load") -> list[Sample]:
    return [Sample("interface", tags, {field: point.value}, point.at) for point in points]


@pytest.mark.parametrize("values", OF_EACH_KIND, ids=repr)
def test_raw_values_are_read_as_they_were_written(stores: Stores, values: list[FieldValue]) -> None:
    points = points_of(values)
    stores.raw.write(samples_of(points))
    found = dict(stores.rollups.raw(START, HOUR_LATER))
    assert found == {LOAD: points}
    assert [type(p.value) for p in found[LOAD]] == [type(value) for value in values]


@pytest.mark.parametrize("values", OF_EACH_KIND, ids=repr)
def test_a_rollup_comes_back_as_it_went_in(stores: Stores, values: list[FieldValue]) -> None:
    points = points_of(values)
    stores.raw.write(samples_of(points))
    (rollup,) = rolled_up(points, FIVE)
    assert stores.rollups.write(FIVE, [SeriesRollup(LOAD, rollup)]) == Written(1, 0)
    assert stores.rollups.of_series(FIVE, LOAD, START, HOUR_LATER) == [rollup]
    assert dict(stores.rollups.of_all(FIVE, START, HOUR_LATER)) == {LOAD: [rollup]}


def test_raw_values_are_in_a_span_that_holds_its_start_and_not_its_end(stores: Stores) -> None:
    points = points_of([1.0, 2.0, 3.0], spacing_s=60)
    stores.raw.write(samples_of(points))
    found = dict(stores.rollups.raw(points[1].at, points[2].at))
    assert found == {LOAD: [points[1]]}
    assert dict(stores.rollups.raw(HOUR_LATER, HOUR_LATER + timedelta(hours=1))) == {}


def test_every_series_and_field_is_read_once(stores: Stores) -> None:
    """More series than are read at a time, and one with fewer tags than the others."""
    count = 450
    seats = [tags_of(agent_host=f"seat-{n:03}") for n in range(count)]
    stores.raw.write(
        [Sample("host", tags, {"load": float(n), "up": True}, START)
         for n, tags in enumerate([*seats, ()])]
    )  # fmt: skip
    found = list(stores.rollups.raw(START, HOUR_LATER))
    keys = [series for series, _ in found]
    assert len(keys) == len(set(keys)) == 2 * (count + 1)
    assert dict(found)[SeriesKey("host", (), "load")] == [Point(START, float(count))]


def rollups_of(count: int) -> list[Rollup]:
    """Buckets of five minutes that follow each other."""
    return rolled_up(points_of([float(n) for n in range(count)], spacing_s=300), FIVE)


def test_a_bucket_that_is_written_again_is_replaced(stores: Stores) -> None:
    stores.raw.write(samples_of(points_of([1.0, 2.0])))
    one, both = rolled_up(points_of([1.0]), FIVE), rolled_up(points_of([1.0, 2.0]), FIVE)
    for rollups in (one, both, both):
        stores.rollups.write(FIVE, [SeriesRollup(LOAD, rollup) for rollup in rollups])
    assert stores.rollups.of_series(FIVE, LOAD, START, HOUR_LATER) == both


def test_widths_do_not_mix(stores: Stores) -> None:
    stores.raw.write(samples_of(points_of([1.0])))
    fine = rollups_of(24)
    coarse = coarser(fine, HOUR)
    for width, rollups in ((FIVE, fine), (HOUR, coarse)):
        stores.rollups.write(width, [SeriesRollup(LOAD, rollup) for rollup in rollups])
    until = START + timedelta(hours=2)
    assert stores.rollups.of_series(FIVE, LOAD, START, until) == fine
    assert stores.rollups.of_series(HOUR, LOAD, START, until) == coarse
    assert dict(stores.rollups.of_all(HOUR, START, HOUR_LATER)) == {LOAD: coarse[:1]}


def test_a_range_of_rollups_goes_by_the_start_of_the_bucket(stores: Stores) -> None:
    stores.raw.write(samples_of(points_of([1.0])))
    rollups = rollups_of(4)
    stores.rollups.write(FIVE, [SeriesRollup(LOAD, rollup) for rollup in rollups])
    second = START + timedelta(seconds=1)
    found = stores.rollups.of_series(FIVE, LOAD, second, rollups[2].start)
    assert found == [rollups[1]]
    assert (
        stores.rollups.of_series(FIVE, LOAD, second, rollups[2].start + FIVE.long) == rollups[1:3]
    )


def test_rollups_of_a_series_that_nobody_wrote_are_none(stores: Stores) -> None:
    assert stores.rollups.of_series(FIVE, LOAD, START, HOUR_LATER) == []
    assert dict(stores.rollups.of_all(HOUR, START, HOUR_LATER)) == {}


def test_rollups_that_are_older_than_is_kept_go_and_the_other_width_stays(stores: Stores) -> None:
    """By the server's clock in InfluxDB, which drops whole shards in its time."""
    now = datetime.now(UTC)
    fresh = FIVE.start_of(now - timedelta(minutes=10))
    stores.raw.write(samples_of([Point(fresh, 1.0)]))
    for width in RollupWidth:
        rollups = rolled_up([Point(fresh, 1.0)], width)
        stores.rollups.write(width, [SeriesRollup(LOAD, rollup) for rollup in rollups])
        stores.rollups.retain(width, width.kept, now)
        stores.rollups.retain(width, width.kept, now)
    day = timedelta(days=1)
    for width in RollupWidth:
        assert len(stores.rollups.of_series(width, LOAD, now - day, now)) == 1
