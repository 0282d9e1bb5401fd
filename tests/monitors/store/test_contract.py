"""What a metric store promises, held against SQLite and a real InfluxDB alike."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitors.samples import FieldValue, Sample, Tags, tags_of
from monitors.store.protocol import MetricStore, Point, StoreRefused, Written

START = datetime(2026, 3, 1, tzinfo=UTC)
END = START + timedelta(days=1)
UPLINK = tags_of(agent_host="rt-a", ifName="egov")


def load(seconds: float, value: FieldValue, tags: Tags = UPLINK, field: str = "load") -> Sample:
    return Sample("interface", tags, {field: value}, START + timedelta(seconds=seconds))


def test_an_empty_store_knows_nothing(store: MetricStore) -> None:
    assert store.last("interface", UPLINK, "load") is None
    assert store.series("interface", UPLINK, "load", START, END) == []
    assert store.last_of_each("interface", "load") == {}


@pytest.mark.parametrize(
    "value",
    [0, -7, 2**63 - 1, 0.5, 1e300, "up", '带"引号"的 \\ 文字', "two\nlines", "", True, False],
    ids=repr,
)
def test_a_value_comes_back_as_it_went_in(store: MetricStore, value: FieldValue) -> None:
    store.write([load(0, value)])
    found = store.last("interface", UPLINK, "load")
    assert found == Point(START, value)
    assert type(found.value) is type(value)


def test_the_newest_value_is_the_last_even_if_it_was_written_first(store: MetricStore) -> None:
    store.write([load(10, 2.0)])
    store.write([load(5, 1.0)])
    assert store.last("interface", UPLINK, "load") == Point(START + timedelta(seconds=10), 2.0)


def test_microseconds_are_kept(store: MetricStore) -> None:
    store.write([load(0.000001, 1.0), load(0.000002, 2.0)])
    assert [p.value for p in store.series("interface", UPLINK, "load", START, END)] == [1.0, 2.0]


def test_writing_again_changes_nothing(store: MetricStore) -> None:
    samples = [load(second, float(second)) for second in range(10)]
    assert store.write(samples) == Written(10, 0)
    assert store.write(samples) == Written(10, 0)
    assert len(store.series("interface", UPLINK, "load", START, END)) == 10


def test_another_value_for_the_same_instant_replaces(store: MetricStore) -> None:
    store.write([load(0, 1.0)])
    store.write([load(0, 2.0)])
    assert store.series("interface", UPLINK, "load", START, END) == [Point(START, 2.0)]


def test_a_range_holds_its_start_and_not_its_end(store: MetricStore) -> None:
    store.write([load(second, float(second)) for second in (0, 1, 2)])
    found = store.series("interface", UPLINK, "load", START, START + timedelta(seconds=2))
    assert [point.value for point in found] == [0.0, 1.0]


def test_a_step_gives_the_mean_of_each_bucket_and_leaves_gaps_open(store: MetricStore) -> None:
    store.write([load(0, 1.0), load(30, 3.0), load(59, 5.0), load(180, 7.0)])
    found = store.series("interface", UPLINK, "load", START, END, timedelta(minutes=1))
    assert found == [Point(START, 3.0), Point(START + timedelta(minutes=3), 7.0)]


def test_the_mean_of_integers_is_a_fraction(store: MetricStore) -> None:
    store.write([load(0, 1), load(1, 2)])
    found = store.series("interface", UPLINK, "load", START, END, timedelta(minutes=1))
    assert found == [Point(START, 1.5)]


def test_buckets_are_aligned_to_the_epoch_and_not_to_the_question(store: MetricStore) -> None:
    store.write([load(70, 1.0), load(130, 2.0)])
    since = START + timedelta(seconds=65)
    found = store.series("interface", UPLINK, "load", since, END, timedelta(minutes=1))
    assert [p.at for p in found] == [START + timedelta(minutes=1), START + timedelta(minutes=2)]


def test_text_has_no_mean(store: MetricStore) -> None:
    store.write([load(0, "up")])
    with pytest.raises(StoreRefused):
        store.series("interface", UPLINK, "load", START, END, timedelta(minutes=1))


def test_series_are_told_apart_by_every_tag(store: MetricStore) -> None:
    other = tags_of(agent_host="rt-b", ifName="egov")
    store.write([load(0, 1.0), load(0, 2.0, other), load(0, 3.0, ())])
    assert store.last("interface", other, "load") == Point(START, 2.0)
    expected = {UPLINK: Point(START, 1.0), other: Point(START, 2.0), (): Point(START, 3.0)}
    assert store.last_of_each("interface", "load") == expected


def test_the_last_of_each_series_is_its_newest(store: MetricStore) -> None:
    store.write([load(0, 1.0), load(9, 2.0)])
    newest = Point(START + timedelta(seconds=9), 2.0)
    assert store.last_of_each("interface", "load") == {UPLINK: newest}


@pytest.mark.parametrize(
    "poison",
    [
        load(1, float("nan")),
        load(1, 2**63),
        load(1, 1.0, tags_of(ifName="")),
        load(1, 1.0, tags_of(ifName="C:\\")),
        load(1, 1.0, tags_of(ifName="a\nb")),
        load(1, "text where numbers were"),
    ],
    ids=["not a number", "beyond 63 bits", "empty tag", "backslash", "line break", "other type"],
)
def test_a_poison_sample_is_refused_alone(store: MetricStore, poison: Sample) -> None:
    store.write([load(0, 1.0)])
    good = [load(second, 1.0) for second in range(2, 8)]
    assert store.write([*good[:3], poison, *good[3:]]) == Written(6, 1)
    assert len(store.series("interface", UPLINK, "load", START, END)) == 7


def test_a_series_with_more_tags_is_another_series(store: MetricStore) -> None:
    """A condition on tags holds in InfluxQL for whoever has more of them, too."""
    fewer, more = tags_of(agent_host="rt-a"), UPLINK
    store.write([load(0, 1.0, fewer), load(5, 9.0, more), load(7, 5.0, ())])
    assert store.last("interface", fewer, "load") == Point(START, 1.0)
    assert store.last("interface", (), "load") == Point(START + timedelta(seconds=7), 5.0)
    assert [p.value for p in store.series("interface", fewer, "load", START, END)] == [1.0]
    minute = timedelta(minutes=1)
    assert store.series("interface", fewer, "load", START, END, minute) == [Point(START, 1.0)]
    assert store.series("interface", (), "load", START, END, minute) == [Point(START, 5.0)]
    assert store.last("interface", tags_of(ifName="egov"), "load") is None
    assert set(store.last_of_each("interface", "load")) == {fewer, more, ()}


def test_a_field_has_one_type_in_all_series(store: MetricStore) -> None:
    other = tags_of(agent_host="rt-b")
    assert store.write([load(0, 1)]) == Written(1, 0)
    assert store.write([load(0, 1.5, other)]) == Written(0, 1)
    assert store.write([load(0, 2, other)]) == Written(1, 0)
    assert store.last("interface", other, "load") == Point(START, 2)


def test_the_type_of_a_refused_sample_binds_nobody(store: MetricStore) -> None:
    store.write([load(0, "text", field="other")])
    mixed = Sample("interface", UPLINK, {"load": 1, "other": 2.0}, START)
    assert store.write([mixed]) == Written(0, 1)
    assert store.write([load(0, "text")]) == Written(1, 0)


@pytest.mark.parametrize(
    "odd",
    [
        Sample("#interface", UPLINK, {"load": 1.0}, START),
        Sample("interface", tags_of(time="x"), {"load": 1.0}, START),
        Sample("interface", UPLINK, {"time": 1.0}, START),
        Sample("interface", UPLINK, {"ifName": 1.0}, START),
        Sample("interface", (("a", "1"), ("a", "2")), {"load": 1.0}, START),
        Sample("interface", UPLINK, {"load": "\ud800"}, START),
        Sample("interface", tags_of(a="\udfff"), {"load": 1.0}, START),
        Sample("interface", UPLINK, {"load": 1.0}, datetime(1600, 1, 1, tzinfo=UTC)),
        Sample("interface", UPLINK, {"load": 1.0}, datetime(2400, 1, 1, tzinfo=UTC)),
    ],
    ids=["comment", "tag time", "field time", "tag and field of one name", "a tag twice",
         "half a character", "half a character in a tag", "too early", "too late"],
)  # fmt: skip
def test_what_one_store_cannot_keep_no_store_takes(store: MetricStore, odd: Sample) -> None:
    assert store.write([odd, load(0, 1.0)]) == Written(1, 1)


def test_a_measurement_or_field_that_nobody_wrote_is_empty(store: MetricStore) -> None:
    store.write([load(0, 1.0)])
    minute = timedelta(minutes=1)
    for measurement, field in (("nothing", "load"), ("interface", "nothing")):
        assert store.last(measurement, UPLINK, field) is None
        assert store.last_of_each(measurement, field) == {}
        assert store.series(measurement, UPLINK, field, START, END) == []
        assert store.series(measurement, UPLINK, field, START, END, minute) == []


def test_an_empty_range_holds_nothing(store: MetricStore) -> None:
    store.write([load(0, 1.0)])
    for end in (START, START - timedelta(seconds=1)):
        assert store.series("interface", UPLINK, "load", START, end) == []
        assert store.series("interface", UPLINK, "load", START, end, timedelta(minutes=1)) == []


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    moments=st.sets(st.integers(-200_000_000, 200_000_000), min_size=1, max_size=12),
    step=st.integers(1, 100_000_000),
    low=st.integers(-200_000_000, 200_000_000),
    long=st.integers(0, 400_000_000),
)
def test_buckets_are_the_means_of_what_lies_in_them_at_every_edge(
    store: MetricStore, moments: set[int], step: int, low: int, long: int
) -> None:
    """Microseconds about the epoch: before it a division rounds the other way."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    tags = tags_of(run=uuid.uuid4().hex)

    def at(moment: int) -> datetime:
        return epoch + timedelta(microseconds=moment)

    store.write([Sample("edges", tags, {"x": float(m)}, at(m)) for m in moments])
    found = store.series("edges", tags, "x", at(low), at(low + long), timedelta(microseconds=step))
    buckets: dict[int, list[int]] = {}
    for moment in sorted(moments):
        if low <= moment < low + long:
            buckets.setdefault(moment // step * step, []).append(moment)
    assert [point.at for point in found] == [at(start) for start in sorted(buckets)]
    for point, start in zip(found, sorted(buckets), strict=True):
        inside = buckets[start]
        assert point.value == pytest.approx(sum(inside) / len(inside), rel=1e-9, abs=1e-6)


def test_what_is_older_than_is_kept_goes(store: MetricStore) -> None:
    """Neither store is asked to be exact to the second: InfluxDB drops whole shards in its time."""
    now = datetime.now(UTC)
    old, fresh = now - timedelta(days=30), now - timedelta(minutes=1)
    store.write([Sample("interface", UPLINK, {"load": 1.0}, old)])
    store.retain(timedelta(days=3), now)
    store.retain(timedelta(days=3), now)
    store.write([Sample("interface", UPLINK, {"load": 2.0}, fresh)])
    found = store.last("interface", UPLINK, "load")
    assert found is not None
    assert found.value == 2.0


def test_retention_in_an_empty_store_is_no_fault(store: MetricStore) -> None:
    store.retain(timedelta(days=3), START)


plain_text = st.text(
    st.characters(codec="utf-8", exclude_categories=("C",), exclude_characters="\\\n\r"),
    min_size=1,
    max_size=12,
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    measurement=plain_text.filter(lambda text: not text.startswith("#")),
    tag=plain_text,
    field=plain_text,
    text=st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=20),
)
def test_names_and_texts_of_any_script_survive(
    store: MetricStore, measurement: str, tag: str, field: str, text: str
) -> None:
    tags = (("name", tag),)
    store.write([Sample(measurement, tags, {f"f{field}": text}, START)])
    assert store.last(measurement, tags, f"f{field}") == Point(START, text)
