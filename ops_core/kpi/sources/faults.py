"""Indicator 12's records: incidents."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session, aliased

from device_configs.site.model import Site
from incident.false_alarm import MARK
from incident.false_alarm_terms import MarkState
from incident.model import TimeStamps
from incident.store import CLASSES
from incident.tables import IncidentRow
from ops_core.kpi.cursor import Cursor
from ops_core.kpi.judgements import Counts, RecordVerdict, tally
from ops_core.kpi.judging.faults import FALSE_ALARM, FaultRecord, judge_fault, missed_due
from ops_core.kpi.pages import Page, page_from
from ops_core.kpi.periods import Period
from ops_core.kpi.records import Cohort, Exclusion, IndicatorReading, Record, RecordKind, Show
from ops_core.kpi.secondary import SecondaryKind, SecondaryRatio

NUMBER = 12


@dataclass(frozen=True)
class FaultSource:
    """Incidents by the instant of their detection; a centre has few, each is judged anew."""

    site: Site

    def read(self, session: Session, cohort: Cohort) -> IndicatorReading:
        """Every incident of the period, judged; beside it the figure without exclusions."""
        faults = read_faults(session, cohort.period)
        counts = self._tally(faults, cohort)
        if not any(judgement == FALSE_ALARM for judgement, _ in counts.by_judgement):
            return IndicatorReading(counts)
        return IndicatorReading(counts, (self._unadjusted(faults, cohort),))

    def _unadjusted(self, faults: Iterable[FaultRecord], cohort: Cohort) -> SecondaryRatio:
        """What they are with the false alarms in them."""
        raw = self._tally(map(_unmarked, faults), cohort)
        return SecondaryRatio(
            SecondaryKind.UNADJUSTED, raw.count(RecordVerdict.GOOD), raw.denominator
        )

    def _tally(self, faults: Iterable[FaultRecord], cohort: Cohort) -> Counts:
        contract, period, now = self.site.contract, cohort.period, cohort.as_of
        return tally(judge_fault(contract, fault, period, now) for fault in faults)

    def page(self, session: Session, cohort: Cohort, show: Show, after: Cursor | None) -> Page:
        """Incidents of the period, the latest first."""
        records = [self._record(fault, cohort) for fault in read_faults(session, cohort.period)]
        records.sort(key=lambda record: (record.at, record.identifier), reverse=True)
        return page_from((r for r in records if show.accepts(r.judgement.verdict)), after)

    def _record(self, fault: FaultRecord, cohort: Cohort) -> Record:
        contract = self.site.contract
        return Record(
            RecordKind.INCIDENT,
            fault.number,
            fault.stamps.detected_at,
            judge_fault(contract, fault, cohort.period, cohort.as_of),
            due_at=missed_due(contract, fault, cohort.as_of),
            exclusion=exclusion_of(fault),
            ratios=(self._unadjusted([fault], cohort),),
        )


SOURCE = FaultSource


def _unmarked(fault: FaultRecord) -> FaultRecord:
    """As if nobody had said a word."""
    return replace(fault, mark=None, is_survivor_left_out=False)


def exclusion_of(fault: FaultRecord) -> Exclusion | None:
    """Who left a fault out and why, None for one that counts."""
    mark = fault.mark
    if mark is None or not fault.is_false_alarm:
        return None
    return Exclusion(mark.cause.value, mark.text, mark.proposed_by, mark.confirmed_by)


def read_faults(session: Session, period: Period) -> Sequence[FaultRecord]:
    """What the indicator needs of the incidents detected in a period."""
    row, survivor = IncidentRow, aliased(IncidentRow)
    is_left_out = survivor.false_alarm_state == MarkState.CONFIRMED.value
    found = session.execute(
        select(row.number, row.classes, row.merged_into, row.detected_at, row.acknowledged_at,
               row.responded_at, row.restored_at, row.closed_at, row.false_alarm, row.missed_at,
               row.carried_miss_at, is_left_out)
        .outerjoin(survivor, survivor.number == row.merged_into)
        .where(row.detected_at >= period.start, row.detected_at < period.end)
    )  # fmt: skip
    return [_fault(row) for row in found]


def _fault(stored: Row[*tuple[Any, ...]]) -> FaultRecord:
    number, classes, merged_into, detected, *stamps, mark, missed_at, carried_at, left_out = stored
    return FaultRecord(
        number,
        TimeStamps(detected, *stamps),
        CLASSES.validate_python(classes),
        merged_into,
        None if mark is None else MARK.validate_python(mark),
        missed_at,
        carried_at,
        bool(left_out),
    )
