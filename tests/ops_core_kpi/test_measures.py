"""Shares and rates of misses, counts, and what is pending."""

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_configs.site.model import Indicator, IndicatorMeasure, Title
from ops_core.kernel.i18n import Language, translations
from ops_core.kpi.figures import Figure
from ops_core.kpi.judgements import GOOD, Counts, Judgement, RecordVerdict
from ops_core.kpi.periods import Period, PeriodKind
from ops_core.kpi.words import goal, share_words, value_words

AT = datetime(2026, 11, 3, 2, tzinfo=UTC)
YEAR = Period(PeriodKind.CONTRACT_YEAR, "2026-01-01/2026-11", AT, AT)
MISSED = Judgement(RecordVerdict.MISSED)
PENDING = Judgement(RecordVerdict.PENDING)
TARGETS = {
    IndicatorMeasure.GOOD_SHARE: ("0.96", ">="),
    IndicatorMeasure.MISSED_SHARE: ("0.01", "<="),
    IndicatorMeasure.MISSED_PER_BASE: ("0.0001", "<="),
    IndicatorMeasure.MISSED_COUNT: ("0", "<="),
}

counts_of = st.tuples(st.integers(0, 400), st.integers(0, 30), st.integers(0, 30))
measures = st.sampled_from(IndicatorMeasure)


def figure(
    measure: IndicatorMeasure,
    good: int = 0,
    missed: int = 0,
    pending: int = 0,
    base: int | None = None,
    unproven: tuple[str, ...] = (),
) -> Figure:
    target, comparison = TARGETS[measure]
    row = Indicator(number=5, name="x", title=Title(zh="指标", en="Indicator"),
                    target=Decimal(target), comparison=comparison,  # type: ignore[arg-type]
                    period="contract_year", cohort="at", measure=measure)  # fmt: skip
    counts = Counts.of([(GOOD, good), (MISSED, missed), (PENDING, pending)])
    has_base = measure is IndicatorMeasure.MISSED_PER_BASE
    return Figure(row, YEAR, counts, AT, (), base if has_base else None, unproven)


@pytest.mark.parametrize(
    ("requests", "complaints", "met", "shown", "left"),
    [
        (9_999, 0, True, "0.0000%", 0),
        (9_999, 1, False, "0.0101%", -1),
        (10_000, 1, True, "0.0100%", 0),
        (10_001, 1, True, "0.0100%", 0),
        (10_001, 2, False, "0.0200%", -1),
        (19_999, 2, False, "0.0101%", -1),
        (20_000, 2, True, "0.0100%", 0),
        (0, 0, None, "N/A", None),
        (0, 1, False, "N/A", None),
    ],
)
def test_one_complaint_in_ten_thousand_requests_is_compared_in_whole_numbers(
    requests: int, complaints: int, met: bool | None, shown: str, left: int | None
) -> None:
    seen = figure(IndicatorMeasure.MISSED_PER_BASE, missed=complaints, base=requests)
    assert (seen.is_met, seen.display, seen.misses_left) == (met, shown, left)
    if requests:
        assert met is (10_000 * complaints <= requests)


@given(measures, counts_of, st.integers(1, 10**6))
def test_what_is_pending_lies_between_its_bounds(
    measure: IndicatorMeasure, counts: tuple[int, int, int], base: int
) -> None:
    good, missed, pending = counts
    seen = figure(measure, good, missed, pending, base)
    all_good = figure(measure, good + pending, missed, 0, base)
    all_missed = figure(measure, good, missed + pending, 0, base)
    assert (seen.value, seen.best_value) == (all_missed.value, all_good.value)
    agreed = all_good.is_met if all_good.is_met is all_missed.is_met else None
    assert seen.is_met is agreed
    assert seen.misses_left == all_missed.misses_left


@given(measures, counts_of, st.integers(1, 10**6))
def test_good_never_worsens_and_a_miss_never_improves_a_figure(
    measure: IndicatorMeasure, counts: tuple[int, int, int], base: int
) -> None:
    good, missed, pending = counts
    now = figure(measure, good, missed, pending, base).value
    better = figure(measure, good + 1, missed, pending, base).value
    worse = figure(measure, good, missed + 1, pending, base).value
    if now is None or better is None or worse is None:
        return
    sign = 1 if measure is IndicatorMeasure.GOOD_SHARE else -1
    assert sign * worse <= sign * now <= sign * better


@given(measures, counts_of, st.integers(1, 10**6))
def test_what_is_shown_is_never_better_than_the_value(
    measure: IndicatorMeasure, counts: tuple[int, int, int], base: int
) -> None:
    seen = figure(measure, counts[0], counts[1], 0, base)
    if seen.value is None:
        return
    is_count = measure is IndicatorMeasure.MISSED_COUNT
    shown = Fraction(seen.display) if is_count else Fraction(seen.display.rstrip("%")) / 100
    assert shown <= seen.value if measure is IndicatorMeasure.GOOD_SHARE else shown >= seen.value


def test_a_count_of_none_is_unproven_until_every_month_is_signed_for() -> None:
    seen = figure(IndicatorMeasure.MISSED_COUNT, unproven=("2026-10",))
    assert (seen.is_met, seen.display) == (None, "unproven")
    assert value_words(seen, translations(Language.CHINESE).gettext) == "未证明"
    signed = figure(IndicatorMeasure.MISSED_COUNT)
    assert (signed.is_met, signed.display, goal(signed), share_words(signed)) == (
        True,
        "0",
        "0",
        "",
    )


def test_an_event_under_examination_is_neither_none_nor_one() -> None:
    pending = figure(IndicatorMeasure.MISSED_COUNT, pending=2, unproven=("2026-10",))
    assert (pending.is_met, pending.display) == (None, "0—2")
    confirmed = figure(IndicatorMeasure.MISSED_COUNT, missed=1, pending=1, unproven=("2026-10",))
    assert (confirmed.is_met, confirmed.display) == (False, "1—2")


def test_returns_under_examination_are_shown_by_their_bounds() -> None:
    seen = figure(IndicatorMeasure.MISSED_SHARE, good=995, missed=3, pending=2)
    assert (seen.display, seen.is_met, seen.misses_left) == ("0.30%—0.50%", True, 5)
    assert figure(IndicatorMeasure.MISSED_SHARE, good=980, missed=9, pending=11).is_met is None
    assert figure(IndicatorMeasure.MISSED_SHARE, good=989, missed=11).is_met is False
