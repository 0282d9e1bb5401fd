"""Exemptions out of and into their table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import JsonValue
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from ops_core.kernel.errors import NotFound
from ops_core.kernel.i18n import message
from ops_core.kpi.assessment.exemptions import Exemption, ExemptionRequest, ExemptionState
from ops_core.kpi.assessment.tables import ExemptionRow

EXEMPTION = "exemption"
"""Aggregate type of exemptions' events."""
MOST_LISTED = 500
_TOUCHING = (
    select(ExemptionRow)
    .where(ExemptionRow.state == bindparam("of_state"))
    .where(ExemptionRow.start_at < bindparam("of_end"))
    .where(ExemptionRow.end_at > bindparam("of_start"))
    .order_by(ExemptionRow.start_at, ExemptionRow.number)
)
"""Put together once: every figure asks."""


@dataclass(frozen=True, slots=True)
class ExemptionFilter:
    """Which exemptions: of a state, and such as touch [start, end)."""

    state: ExemptionState | None = None
    start: datetime | None = None
    end: datetime | None = None


def find_exemption(session: Session, number: str) -> Exemption:
    """Raises :class:`NotFound`."""
    row = session.get(ExemptionRow, number)
    if row is None:
        raise NotFound(
            "没有这项剔除申请",
            message("找不到剔除申请 {number}。", number=number),
            "可先列出剔除申请。",
        )
    return exemption_of(row)


def list_exemptions(
    session: Session, chosen: ExemptionFilter, limit: int = MOST_LISTED
) -> Sequence[Exemption]:
    """The latest requested first, at most ``limit``."""
    row = ExemptionRow
    query = select(row).order_by(row.requested_at.desc(), row.number.desc()).limit(limit)
    if chosen.state is not None:
        query = query.where(row.state == chosen.state.value)
    if chosen.start is not None and chosen.end is not None:
        query = query.where(row.start_at < chosen.end, row.end_at > chosen.start)
    return [exemption_of(found) for found in session.scalars(query)]


def approved_for(
    session: Session, indicator: int, start: datetime, end: datetime
) -> Sequence[Exemption]:
    """What is approved of an indicator and touches [start, end), the earliest first."""
    return _in_state(session, ExemptionState.APPROVED, indicator, start, end)


def waiting_for(
    session: Session, indicator: int, start: datetime, end: datetime
) -> Sequence[Exemption]:
    """What nobody has decided yet of an indicator in [start, end)."""
    return _in_state(session, ExemptionState.REQUESTED, indicator, start, end)


def _in_state(
    session: Session, state: ExemptionState, indicator: int, start: datetime, end: datetime
) -> Sequence[Exemption]:
    asked = {"of_state": state.value, "of_start": start, "of_end": end}
    rows = session.scalars(_TOUCHING, asked)
    return [one for one in map(exemption_of, rows) if indicator in one.request.indicators]


def exemption_of(row: ExemptionRow) -> Exemption:
    """The stored exemption as a value."""
    return Exemption(
        row.number,
        ExemptionRequest(
            tuple(row.indicators), row.start_at, row.end_at, row.reason, row.evidence, row.record
        ),
        row.requested_by,
        row.requested_at,
        ExemptionState(row.state),
        row.decided_by,
        row.decided_at,
        row.decided_text,
        row.version,
    )


def store_exemption(session: Session, exemption: Exemption) -> None:
    """Add it, or replace what is stored of it."""
    asked = exemption.request
    session.merge(
        ExemptionRow(
            number=exemption.number,
            indicators=list(asked.indicators),
            start_at=asked.start,
            end_at=asked.end,
            record=asked.record,
            reason=asked.reason,
            evidence=asked.evidence,
            state=exemption.state.value,
            requested_by=exemption.requested_by,
            requested_at=exemption.requested_at,
            decided_by=exemption.decided_by,
            decided_at=exemption.decided_at,
            decided_text=exemption.decided_text,
            version=exemption.version,
        )
    )
    session.flush()


def exemption_detail(exemption: Exemption) -> dict[str, JsonValue]:
    """All of it, as its event and its audit entry have it: the last one is what is stored."""
    asked = exemption.request
    return {
        "indicators": list(asked.indicators),
        "start": instant_text(asked.start),
        "end": instant_text(asked.end),
        "record": asked.record,
        "reason": asked.reason,
        "evidence": asked.evidence,
        "state": exemption.state.value,
        "requested_by": exemption.requested_by,
        "requested_at": instant_text(exemption.requested_at),
        "decided_by": exemption.decided_by,
        "decided_at": instant_text(exemption.decided_at),
        "decided_text": exemption.decided_text,
        "version": exemption.version,
    }


def instant_text(at: datetime | None) -> str:
    """An instant in UTC, empty for none: the same text from either database."""
    return "" if at is None else at.astimezone(UTC).isoformat()
