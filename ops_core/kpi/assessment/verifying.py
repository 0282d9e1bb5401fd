"""Sealed periods held against their events, their chain, and the records as they are now."""

from collections.abc import Callable, Iterator, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from device_configs.site.model import IndicatorMeasure, Site
from ops_core.kernel.hash_chain import GENESIS
from ops_core.kernel.json_values import readable_json_object
from ops_core.kernel.tables import EventRow
from ops_core.kpi.adjusting import adjusted_source
from ops_core.kpi.assessment.derived import fields_of, last_states
from ops_core.kpi.assessment.period_store import (
    ASSESSMENT,
    packed_records,
    period_detail,
    period_of,
    seal_of,
)
from ops_core.kpi.assessment.seals import (
    RecordDifference,
    Seal,
    counted_again,
    line_of,
    record_differences,
    records_digest,
    seal_hash,
    unpacked,
)
from ops_core.kpi.assessment.tables import AssessedPeriodRow, SealRow
from ops_core.kpi.differences import DerivedDifference, DerivedKind, all_differing
from ops_core.kpi.judgements import RecordVerdict
from ops_core.kpi.periods import month_named
from ops_core.kpi.read import indicators_of
from ops_core.kpi.records import Cohort


def assessment_differences(session: Session) -> Iterator[DerivedDifference]:
    """Periods that are not what their events say, and seals that are not as they were sealed."""
    rows = session.scalars(select(AssessedPeriodRow))
    stored = {f"{row.month}/{row.indicator}": fields_of(period_detail(period_of(row)))
              for row in rows}  # fmt: skip
    yield from all_differing(DerivedKind.PERIOD, stored, last_states(session, ASSESSMENT))
    yield from _chain_differences(session)


def seal_count(session: Session) -> int:
    """How many values are sealed, restated ones included."""
    return session.scalar(select(func.count()).select_from(SealRow)) or 0


def sealed_differences(
    session: Session,
    site: Site,
    months: Sequence[str] = (),
    begins: Callable[[str], None] = lambda _: None,
) -> Iterator[RecordDifference]:
    """Recompute every sealed value from its records, and the last one of every month from those of
    today; name each record that differs.

    The records are judged as of the instant of the seal, so that only what came later, or was
    changed, differs. ``months`` empty: all of them. ``begins`` is given the name of each
    sealed value before it is recomputed: a year's take minutes.
    """
    known = {indicator.number: indicator for indicator in indicators_of(site)}
    for row in _seals(session):
        if row.indicator not in known or (months and row.month not in months):
            continue
        begins(f"{row.month}/{row.indicator}")
        seal = _whole(row)
        if seal is None:
            continue
        yield from seal_flaws(seal, row.packed, known[row.indicator].measure)
        if not _is_superseded(session, row):
            yield from differences_of(session, site, seal)


def differences_of(session: Session, site: Site, seal: Seal) -> Sequence[RecordDifference]:
    """The records of a sealed month that are not what they were."""
    content = seal.content
    period = month_named(content.month, site.contract)
    cohort = Cohort(period, content.as_of)
    source = adjusted_source(session, site, content.indicator, cohort)
    sealed = unpacked(packed_records(session, seal))
    return record_differences(content, sealed, [line_of(one) for one in source.records()])


def seal_flaws(seal: Seal, packed: bytes, measure: IndicatorMeasure) -> Iterator[RecordDifference]:
    """The figure counted anew from the records that were sealed with it: recomputed as of its
    watermark it is the same, so nothing of a seal that is whole."""
    content, counted = seal.content, counted_again(unpacked(packed))
    good, missed = counted[RecordVerdict.GOOD], counted[RecordVerdict.MISSED]
    is_share = measure is IndicatorMeasure.GOOD_SHARE
    again = {"numerator": good if is_share else missed}
    if measure is not IndicatorMeasure.MISSED_PER_BASE:
        again["denominator"] = good + missed + counted[RecordVerdict.PENDING]
    for field, count in again.items():
        sealed = getattr(content.figure, field)
        if sealed != count:
            yield RecordDifference(content.month, content.indicator, field, str(sealed), str(count))


def _chain_differences(session: Session) -> Iterator[DerivedDifference]:
    previous, sequence, kind = GENESIS, 0, DerivedKind.SEAL
    recorded = _recorded_hashes(session)
    for row in _seals(session):
        name, sequence = f"{row.month}/{row.indicator}/{row.revision}", sequence + 1
        held = readable_json_object(row.content)
        computed = {
            "sequence": (str(row.sequence), str(sequence)),
            "previous_hash": (row.previous_hash, previous),
            "hash": (row.hash, seal_hash(previous, held)),
            "recorded": (row.hash, recorded.pop(row.sequence, "none")),
            "month": (row.month, str(held.get("month"))),
            "indicator": (str(row.indicator), str(held.get("indicator"))),
            "revision": (str(row.revision), str(held.get("revision"))),
            "records": (_digest(row), str(held.get("records"))),
        }
        for field, (stored, ought) in computed.items():
            if stored != ought:
                yield DerivedDifference(kind, name, field, stored, ought)
        previous = row.hash
    for sequence in recorded:
        yield DerivedDifference(kind, str(sequence), "record", "none", "there")


def _seals(session: Session) -> Iterator[SealRow]:
    """One at a time: each has the records of a month."""
    query = select(SealRow).order_by(SealRow.sequence).execution_options(yield_per=1)
    yield from session.scalars(query)


def _recorded_hashes(session: Session) -> dict[int, str]:
    rows = session.scalars(select(EventRow.payload).where(EventRow.aggregate_type == ASSESSMENT))
    return {int(str(p["sequence"])): str(p["hash"]) for p in rows if "sequence" in p}


def _digest(row: SealRow) -> str:
    try:
        return records_digest(row.packed)
    except ValueError:
        return "unreadable"


def _whole(row: SealRow) -> Seal | None:
    """None for a seal that cannot be read: its chain says so."""
    try:
        unpacked(row.packed)
        return seal_of(row)
    except ValueError:
        return None


def _is_superseded(session: Session, row: SealRow) -> bool:
    later = select(SealRow.sequence).where(
        SealRow.month == row.month,
        SealRow.indicator == row.indicator,
        SealRow.revision > row.revision,
    )
    return session.scalar(later.limit(1)) is not None
