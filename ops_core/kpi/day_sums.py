"""The day sums that indicators 2, 3, 4, 5 and 10 are read from, held against their records."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops_core.hotline.day_sums.recount import recount
from ops_core.hotline.day_sums.tables import DaySumRow


@dataclass(frozen=True, slots=True)
class DaySumDifference:
    """A day sum that is not what the records themselves give."""

    series: str
    day: str
    kind: str
    stored: int
    counted: int


def day_sum_differences(session: Session) -> Iterator[DaySumDifference]:
    """Every sum held against every record. Those of calls: :mod:`ops_core.kpi.call_tallies`."""
    counted = {(key.series.value, key.day, key.kind): n for key, n in recount(session).items()}
    row = DaySumRow
    found = session.execute(select(row.series, row.day, row.kind, row.count))
    stored = {(series, day, kind): count for series, day, kind, count in found}
    for key in sorted(stored.keys() | counted.keys()):
        if stored.get(key, 0) != counted.get(key, 0):
            yield DaySumDifference(*key, stored.get(key, 0), counted.get(key, 0))
