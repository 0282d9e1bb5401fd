"""Where the next page of records begins: after a time stamp and the keys that break its ties."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_

CYCLE_DIGITS = 6


def older_than(
    at_column: Any, at: datetime, keys: Sequence[tuple[Any, str | int]]
) -> tuple[ColumnElement[bool], ...]:
    """Conditions for the records after one of this instant and these keys, newest first.

    The first of them is what an index on the time stamp can follow.
    """
    tied: ColumnElement[bool] = false()
    for column, value in reversed(keys):
        tied = or_(column < value, and_(column == value, tied))
    return at_column <= at, or_(at_column < at, and_(at_column == at, tied))


def order_and_cycle(identifier: str) -> tuple[str, int]:
    """``<order>/<cycle>`` of a callback; cycle 0, before all others, where there is none."""
    order, _, cycle = identifier.rpartition("/")
    return order, int(cycle) if cycle.isdecimal() and len(cycle) <= CYCLE_DIGITS else 0
