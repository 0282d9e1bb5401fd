"""What is an instant and what is not, however it is written."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from ops_core.kernel.errors import Invalid
from ops_core.kernel.times import SITE_ZONE, local_instant
from ops_core.kernel.written_instant import WrittenInstant, instant_written

SENT = TypeAdapter(WrittenInstant)
NO_INSTANTS = (
    "20260302", "2026-03-02", "20260302T090000", "1772413200", "-1", "-1772413200", "1e9", "0",
    "46083.4", "2026-W10-1", "2026-02-30T09:00", "2026-03-02T24:00", "26-03-02T09:00",
    "0001-01-01T00:00", "9999-12-31T23:59", "09:00", "2026/03/02 09:00", "", " ",
)  # fmt: skip


@pytest.mark.parametrize("text", NO_INSTANTS)
def test_a_number_or_a_day_is_no_instant(text: str) -> None:
    assert instant_written(text, SITE_ZONE) is None
    with pytest.raises(Invalid, match="时刻格式不正确"):
        local_instant(text)
    for sent in (text, f"{text}:00+08:00", f"{text}Z"):
        with pytest.raises(ValidationError):
            SENT.validate_python(sent)


@pytest.mark.parametrize("number", [20260302, 0, -1, 1.5, 1772413200, True, b"2026-03-02T09:00Z"])
def test_no_bare_value_is_an_instant(number: object) -> None:
    with pytest.raises(ValidationError):
        SENT.validate_python(number)


def test_offsets_of_one_instant_are_one_instant() -> None:
    nine = datetime(2026, 3, 2, 1, tzinfo=UTC)
    for text in ("2026-03-02T09:00+08:00", "2026-03-02 01:00Z", "2026-03-01T20:00-05:00"):
        assert instant_written(text, None) == nine
        assert local_instant(text) == nine
    assert local_instant(" 2026-03-02T09:00 ") == nine
    assert instant_written("2026-03-02T09:00", None) is None, "nobody said where"


@given(st.text(alphabet="0123456789-+:TZ ./", max_size=30) | st.datetimes().map(str))
def test_whatever_is_written_is_an_instant_in_utc_or_none(text: str) -> None:
    at = instant_written(text, SITE_ZONE)
    assert at is None or (at.tzinfo is UTC and 1899 <= at.year <= 2200)
