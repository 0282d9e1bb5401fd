"""What a database holds already: a year is loaded into one without records, or resumed."""

from collections.abc import Iterator

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from incident.tables import IncidentRow
from ops_core.app.demonstration_year.scope import PREFIX, YearScope
from ops_core.hotline.adjudications.tables import AdjudicationRow
from ops_core.hotline.calls.tables import CallRow
from ops_core.hotline.cases.tables import CaseRow
from ops_core.hotline.orders.tables import WorkOrderRow
from ops_core.kernel.database import Base
from ops_core.kernel.errors import Conflict
from ops_core.kernel.i18n import message
from ops_core.kernel.tables import ConsumerPositionRow
from ops_core.knowledge.tables import HotTopicRow, KnowledgeArticleRow, KnowledgeNoticeRow
from ops_core.kpi.assessment.tables import AssessedPeriodRow, ExemptionRow
from ops_core.obligations.tables import ReportRow
from ops_core.registers.tables import RegisterItemRow
from seat_assets.tables import SeatChangeRow

RECORDS: tuple[type[Base], ...] = (
    CallRow, CaseRow, WorkOrderRow, AdjudicationRow, IncidentRow, SeatChangeRow,
    KnowledgeArticleRow, KnowledgeNoticeRow, HotTopicRow, ReportRow, RegisterItemRow,
    ExemptionRow, AssessedPeriodRow,
)  # fmt: skip
"""Whoever has a row in one of these has records of an operation, real or demonstrated."""


def loaded_years(session: Session) -> dict[str, int]:
    """Which loads there were, by the name of their consumer, and the ordinal of their last day."""
    row = ConsumerPositionRow
    rows = session.execute(
        select(row.consumer, row.position).where(row.consumer.startswith(PREFIX))
    )
    return {found.consumer: found.position for found in rows}


def records_there(session: Session) -> Iterator[tuple[str, int]]:
    """Every table that has records, with how many."""
    for table in RECORDS:
        if session.scalar(select(exists().select_from(table))):
            count = session.scalar(select(func.count()).select_from(table)) or 0
            yield table.__tablename__, count


def position_of(session: Session, scope: YearScope) -> int:
    """The ordinal of the last day that this load stored, 0 when it has not begun.

    Raises :class:`Conflict` for a database that holds other records, or another load.
    """
    loaded = loaded_years(session)
    if scope.consumer in loaded:
        return loaded[scope.consumer]
    if loaded:
        raise Conflict(
            "库中已有另一次装入的演示数据",
            "、".join(name.removeprefix(PREFIX) for name in loaded),
            "续装请用相同的年份、规模和种子；否则请换一个空库（另设 ZHISHOU_STATE_DIRECTORY）。",
        )
    found = dict(records_there(session))
    if found:
        listed = "、".join(f"{name} {count}" for name, count in found.items())
        raise Conflict(
            "库中已有业务数据，不装入演示数据",
            message("{listed}", listed=listed),
            "请换一个空库：另设 ZHISHOU_STATE_DIRECTORY 或 ZHISHOU_DATABASE_URL。",
        )
    return 0
