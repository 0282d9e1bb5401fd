"""The one mechanism of all figures: invariant 7 of the operations rules."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_configs.site.model import Indicator, Title
from ops_core.kernel.errors import Invalid
from ops_core.kpi.cursor import Cursor
from ops_core.kpi.figures import Figure
from ops_core.kpi.judgements import GOOD, Counts, Judgement, RecordVerdict, tally
from ops_core.kpi.pages import page_from
from ops_core.kpi.periods import Period, PeriodKind
from ops_core.kpi.ratios import meets, show_percent
from ops_core.kpi.reasons import Reason
from ops_core.kpi.records import Record, RecordKind
from ops_core.kpi.words import goal
from wallboard.formats import percent

AT = datetime(2026, 11, 3, 2, tzinfo=UTC)
MONTH = Period(PeriodKind.MONTH, "2026-11", AT, AT)
MISSED = Judgement(RecordVerdict.MISSED, Reason.ABANDONED)
LEFT_OUT = Judgement(RecordVerdict.LEFT_OUT, Reason.STILL_WAITING)

judgements = st.lists(
    st.builds(Judgement, st.sampled_from(RecordVerdict), st.none() | st.sampled_from(Reason)),
    max_size=60,
)
targets = st.sampled_from(["1", "0.96", "0.9", "0.955", "0.0001", "0"])


def figure(counts: Counts, target: str = "0.96", comparison: str = ">=") -> Figure:
    indicator = Indicator.model_validate(
        {"number": 1, "name": "x", "title": Title(zh="指标", en="Indicator"),
         "target": Decimal(target), "comparison": comparison, "period": "month", "cohort": "at"}
    )  # fmt: skip
    return Figure(indicator, MONTH, counts, AT)


def counted(good: int, missed: int, left_out: int = 0) -> Counts:
    return Counts.of([(GOOD, good), (MISSED, missed), (LEFT_OUT, left_out)])


@given(judgements, targets)
def test_a_figure_counts_each_record_once(found: list[Judgement], target: str) -> None:
    seen = figure(tally(found), target)
    assert 0 <= seen.numerator <= seen.denominator
    assert seen.numerator + seen.misses + seen.pending == seen.denominator
    assert seen.denominator + seen.left_out == len(found)
    assert (seen.value is None) is (seen.denominator == 0)
    assert seen.pending or (seen.is_met is None) is (seen.value is None)


@given(st.data(), judgements)
def test_the_order_of_records_changes_nothing(data: st.DataObject, found: list[Judgement]) -> None:
    assert tally(data.draw(st.permutations(found))) == tally(found)


@given(judgements)
def test_a_good_record_never_lowers_a_bad_one_never_raises(found: list[Judgement]) -> None:
    now = figure(tally(found)).value
    better, worse = (figure(tally([*found, one])).value for one in (GOOD, MISSED))
    assert better is not None
    assert worse is not None
    assert now is None or worse <= now <= better
    assert figure(tally([*found, LEFT_OUT])).value == now


@given(st.lists(judgements, max_size=12))
def test_months_add_up_to_their_year(months: list[list[Judgement]]) -> None:
    """The roll-up is the ratio of sums: the same as over all records at once."""
    summed = sum((tally(month) for month in months), Counts())
    assert summed == tally(one for month in months for one in month)


@given(st.integers(0, 10**9), st.integers(0, 10**9), targets, st.integers(0, 4))
def test_what_is_shown_never_exceeds_the_value_and_passes_only_with_it(
    good: int, missed: int, target: str, digits: int
) -> None:
    seen = figure(counted(good, missed), target)
    if seen.value is None:
        assert seen.display == "N/A"
        return
    for shown in (seen.display, percent(seen.value, digits)):
        share = Fraction(shown.rstrip("%")) / 100
        assert share <= seen.value
        assert seen.is_met or not meets(share, ">=", seen.target)


@given(st.integers(0, 10**9), st.integers(0, 10**9), targets)
def test_misses_are_left_exactly_while_the_target_is_met(
    good: int, missed: int, target: str
) -> None:
    seen = figure(counted(good, missed), target)
    if seen.misses_left is None:
        assert seen.denominator == 0
        return
    assert (seen.misses_left >= 0) is seen.is_met
    # Turning so many more of the same calls into misses keeps the target; one more breaks it.
    spare = max(seen.misses_left, 0)
    if spare < good:
        assert seen.misses_left < 0 or figure(counted(good - spare, missed + spare), target).is_met
        assert not figure(counted(good - spare - 1, missed + spare + 1), target).is_met


def test_an_empty_denominator_is_neither_good_nor_bad() -> None:
    seen = figure(counted(0, 0, left_out=7))
    assert (seen.value, seen.is_met, seen.display, seen.misses_left) == (None, None, "N/A", None)


def test_of_a_thousand_calls_forty_may_be_missed() -> None:
    assert figure(counted(970, 30)).misses_left == 10
    assert figure(counted(960, 40)).misses_left == 0
    assert figure(counted(959, 41)).misses_left == -1


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Fraction(95996, 100_000), "95.99%"),
        (Fraction(71, 72), "98.61%"),
        (Fraction(899_999, 1_000_000), "89.99%"),
        (Fraction(1), "100.00%"),
        (Fraction(0), "0.00%"),
    ],
)
def test_shown_values_are_cut_off_never_rounded_up(value: Fraction, shown: str) -> None:
    assert show_percent(value) == shown


def test_95_996_per_cent_misses_96_and_says_so() -> None:
    seen = figure(counted(95_996, 4_004))
    assert (seen.display, seen.is_met, seen.misses_left) == ("95.99%", False, -4)


@pytest.mark.parametrize(
    ("value", "comparison", "met"),
    [("0.96", ">=", True), ("0.01", "<=", True), ("0.02", "<=", False), ("0.99", "==", False)],
)
def test_targets_are_compared_as_the_contract_words_them(
    value: str, comparison: str, met: bool
) -> None:
    target = {">=": "0.96", "<=": "0.01", "==": "1"}[comparison]
    assert meets(Fraction(value), comparison, Fraction(target)) is met


@pytest.mark.parametrize(
    ("target", "comparison", "worded"),
    [("0.96", ">=", "≥96%"), ("1", ">=", "100%"), ("0.01", "<=", "≤1%"), ("0.5", "==", "=50%")],
)
def test_a_target_reads_as_in_the_contract(target: str, comparison: str, worded: str) -> None:
    assert goal(figure(Counts(), target, comparison)) == worded


keys = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=12)


@given(st.timedeltas(timedelta(0), timedelta(days=3650)), keys)
def test_a_cursor_survives_its_address(since: timedelta, key: str) -> None:
    cursor = Cursor(AT + since, key)
    assert Cursor.read(str(cursor)) == cursor


@pytest.mark.parametrize("text", ["x", "~k", "20261103T020000.000000~", "20261399T020000.0~k",
                                  "20261103T020000.000000~a\x00b"])  # fmt: skip
def test_a_cursor_that_somebody_made_up_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        Cursor.read(text)


@given(st.integers(0, 30), st.integers(1, 7))
def test_pages_give_every_record_once_and_end(count: int, size: int) -> None:
    at = [AT.replace(minute=n // 3) for n in range(count)]  # several of one instant
    records = [Record(RecordKind.CALL, f"c-{n:02d}", at[n], GOOD) for n in reversed(range(count))]
    seen: list[Record] = []
    after: Cursor | None = None
    while True:
        page = page_from(records, after, size)
        seen += page.records
        if page.following is None:
            break
        after = page.following
    assert seen == records
