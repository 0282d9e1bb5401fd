"""Periods and their seals out of and into their tables."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from ops_core.kernel.hash_chain import GENESIS
from ops_core.kernel.json_values import canonical_json, parse_json_object
from ops_core.kpi.assessment.exemption_store import instant_text
from ops_core.kpi.assessment.period_terms import PeriodState
from ops_core.kpi.assessment.periods import AssessedPeriod
from ops_core.kpi.assessment.seals import (
    Seal,
    SealContent,
    content_json,
    content_of,
    seal_hash,
)
from ops_core.kpi.assessment.tables import AssessedPeriodRow, SealRow
from ops_core.kpi.periods import Period

ASSESSMENT = "assessment"
"""Aggregate type of periods' events; one is named ``2026-11/4``."""
_FIELDS = tuple(field.name for field in fields(AssessedPeriod))


def read_period(session: Session, month: Period, indicator: int) -> AssessedPeriod:
    """As stored; open where nobody has done anything yet."""
    row = session.get(AssessedPeriodRow, (month.label, indicator))
    if row is not None:
        return period_of(row)
    return AssessedPeriod(month.label, indicator, month.start, month.end, PeriodState.OPEN)


def period_of(row: AssessedPeriodRow) -> AssessedPeriod:
    held = {name: getattr(row, name) for name in _FIELDS}
    return AssessedPeriod(**{**held, "state": PeriodState(row.state)})


def store_period(session: Session, period: AssessedPeriod) -> None:
    held = {name: getattr(period, name) for name in _FIELDS}
    session.merge(AssessedPeriodRow(**{**held, "state": period.state.value}))
    session.flush()


def period_detail(period: AssessedPeriod) -> dict[str, JsonValue]:
    """All of it, as its event and its audit entry have it."""
    detail: dict[str, JsonValue] = {}
    for name in _FIELDS:
        value = getattr(period, name)
        is_instant = isinstance(value, datetime) or name.endswith("_at")
        detail[name] = instant_text(value) if is_instant else value
    return {**detail, "state": period.state.value}


def read_seals(session: Session, month: str, indicator: int) -> Sequence[Seal]:
    """Every value that was sealed of a month, the first one first."""
    rows = session.scalars(
        select(SealRow)
        .where(SealRow.month == month, SealRow.indicator == indicator)
        .order_by(SealRow.revision)
    )
    return [seal_of(row) for row in rows]


def add_seal(session: Session, content: SealContent, packed: bytes) -> Seal:
    """The next link of the chain."""
    last = session.execute(
        select(SealRow.sequence, SealRow.hash).order_by(SealRow.sequence.desc()).limit(1)
    ).first()
    sequence, previous = (1, GENESIS) if last is None else (last.sequence + 1, last.hash)
    held = content_json(content)
    seal = Seal(sequence, content, previous, seal_hash(previous, held))
    session.add(
        SealRow(
            sequence=sequence,
            month=content.month,
            indicator=content.indicator,
            revision=content.revision,
            content=canonical_json(held),
            packed=packed,
            previous_hash=previous,
            hash=seal.hash,
        )
    )
    session.flush()
    return seal


def seal_of(row: SealRow) -> Seal:
    """Raises ValueError for a row whose content is none."""
    content = content_of(parse_json_object(row.content))
    return Seal(row.sequence, content, row.previous_hash, row.hash)


def packed_records(session: Session, seal: Seal) -> bytes:
    """The records that a seal was made of, as they were packed."""
    return session.scalars(select(SealRow.packed).where(SealRow.sequence == seal.sequence)).one()


def sealed_within(
    session: Session, indicators: Sequence[int], start: datetime, end: datetime
) -> Sequence[str]:
    """Names of sealed periods of these indicators that touch [start, end)."""
    row = AssessedPeriodRow
    found = session.execute(
        select(row.month, row.indicator)
        .where(row.starts_at < end, row.ends_at > start, row.revision.is_not(None))
        .order_by(row.month, row.indicator)
    )
    return [f"{month}/{number}" for month, number in found if number in indicators]
