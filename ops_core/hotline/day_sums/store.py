"""Day sums as rows: moved by commands, read by figures."""

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import Table, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from ops_core.hotline.day_sums.model import DaySeries, Moves
from ops_core.hotline.day_sums.tables import DaySumRow
from ops_core.kernel.database import connection_of
from ops_core.kernel.pipelining import PIPELINED
from ops_core.kernel.prepared_writes import PreparedWrite

_SUMS = cast(Table, DaySumRow.__table__)
_OF_DAYS = (
    (_SUMS.c.series == bindparam("of_series"))
    & (_SUMS.c.day >= bindparam("of_first"))
    & (_SUMS.c.day < bindparam("of_end"))
    & (_SUMS.c.count != 0)
)
_BY_KIND = (
    select(_SUMS.c.kind, func.sum(_SUMS.c.count)).where(_OF_DAYS).group_by(_SUMS.c.kind)
)  # fmt: skip
_BY_DAY = select(_SUMS.c.day, _SUMS.c.kind, _SUMS.c.count).where(_OF_DAYS)


_OF_KIND = (
    select(_SUMS.c.day, _SUMS.c.count)
    .where(_SUMS.c.series == bindparam("of_series"), _SUMS.c.kind == bindparam("of_kind"))
    .where(_SUMS.c.count != 0)
)  # fmt: skip


def move_day_sums(session: Session, moves: Moves) -> None:
    """Add to the sums; one that is not there yet begins at its move."""
    rows = [
        {"series": key.series.value, "day": key.day, "kind": key.kind, "count": by}
        for key, by in sorted(moves.items())
        if by
    ]
    if rows:
        connection = connection_of(session)
        _MOVE[connection.dialect.name].execute(connection, rows)


def sums_by_kind(session: Session, series: DaySeries, first: str, end: str) -> dict[str, int]:
    """How many records the days [first, end) have of each kind."""
    asked = {"of_series": series.value, "of_first": first, "of_end": end}
    return {kind: int(count) for kind, count in session.execute(_BY_KIND, asked)}


def sums_by_day(
    session: Session, series: DaySeries, first: str, end: str
) -> Sequence[tuple[str, str, int]]:
    """(day, kind, count) of the days [first, end)."""
    asked = {"of_series": series.value, "of_first": first, "of_end": end}
    return [(day, kind, count) for day, kind, count in session.execute(_BY_DAY, asked)]


def sums_of_kind(session: Session, series: DaySeries, kind: str) -> Sequence[tuple[str, int]]:
    """(day, count) of every day that has records of the kind."""
    asked = {"of_series": series.value, "of_kind": kind}
    return [(day, count) for day, count in session.execute(_OF_KIND, asked)]


def _move(dialect: Any) -> PreparedWrite:
    added = dialect.insert(_SUMS)
    move = added.on_conflict_do_update(
        index_elements=[_SUMS.c.series, _SUMS.c.day, _SUMS.c.kind],
        set_={"count": _SUMS.c.count + added.excluded["count"]},
    ).execution_options(**PIPELINED)
    return PreparedWrite(move, _SUMS.c.keys())


_MOVE = {"postgresql": _move(postgresql), "sqlite": _move(sqlite)}
