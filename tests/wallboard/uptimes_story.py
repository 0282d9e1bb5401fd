"""What was recorded of circuits and devices: in order since the first of the month, but for two."""

from datetime import datetime, timedelta

from monitors.alerts.model import State
from monitors.availability.tables import StateIntervalRow
from monitors.availability.watched import watched_elements
from monitors.evidence import Element
from tests.wallboard.serve import Served

CUT = "egov-a"


def tell_uptimes(served: Served, *, calm: bool = False) -> None:
    """Circuit A was cut for twenty minutes and is cut again, unless it is calm."""
    given = served.dependencies
    with given.database.transaction() as session:
        for element in watched_elements(given.site):
            session.add_all(_intervals(served, element, calm))


def _intervals(served: Served, element: Element, calm: bool) -> list[StateIntervalRow]:
    now = served.dependencies.clock.now()
    begun, cut = now - timedelta(days=40), now - timedelta(minutes=8)
    if element.name != CUT or calm:
        return [_row(element, State.UP, begun, None)]
    earlier = cut - timedelta(hours=6)
    back = earlier + timedelta(minutes=20)
    return [
        _row(element, State.UP, begun, earlier),
        _row(element, State.CUT, earlier, back),
        _row(element, State.UP, back, cut),
        _row(element, State.CUT, cut, None),
    ]


def _row(element: Element, state: State, start: datetime, end: datetime | None) -> StateIntervalRow:
    return StateIntervalRow(
        kind=element.kind, name=element.name, state=state, started_at=start, ended_at=end
    )
