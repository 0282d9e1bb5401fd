"""The one place where exemptions leave figures: around every source of records, none knows of them.

A source counts and lists any part of a period by itself, so what a window holds is asked of the
source over that part, and taken out whole: good, missed and pending alike. What is counted by
aggregates is subtracted by aggregates; a record that is exempted by itself is judged by itself.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from heapq import merge

from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.kpi.assessment.exemption_store import approved_for
from ops_core.kpi.assessment.exemptions import Exemption, ExemptionRequest
from ops_core.kpi.cursor import Cursor
from ops_core.kpi.judgements import Counts, Judgement, RecordVerdict
from ops_core.kpi.pages import Page, page_of
from ops_core.kpi.periods import Period, PeriodKind
from ops_core.kpi.reasons import Reason
from ops_core.kpi.records import Cohort, Exclusion, IndicatorReading, Record, Show
from ops_core.kpi.secondary import CountedPart, without_parts
from ops_core.kpi.sources import SOURCES, RecordSource
from ops_core.kpi.spans import Span, holds, rest_of, united

EXEMPTED = Judgement(RecordVerdict.LEFT_OUT, Reason.EXEMPTED)
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class AdjustedReading:
    """What a source counted, and the same without what is exempted; both alike if nothing is."""

    raw: IndicatorReading
    adjusted: IndicatorReading
    is_adjusted: bool = False


@dataclass(frozen=True, slots=True)
class AdjustedSource:
    """A source over one cohort, with what is exempted there."""

    source: RecordSource
    session: Session
    cohort: Cohort
    exemptions: Sequence[Exemption]

    def read(self) -> AdjustedReading:
        """The raw counts, and the adjusted ones, each with its ratios beside it."""
        raw = self.source.read(self.session, self.cohort)
        if not self.exemptions:
            return AdjustedReading(raw, raw)
        moved: list[tuple[Judgement, int]] = []
        base, parts = raw.base, list[CountedPart]()
        for span in self._windows():
            part = self.source.read(self.session, self._part(span))
            for judgement, count in part.counts.by_judgement:
                moved += _moved(judgement, count)
            parts.append(_counted(part))
            base = None if base is None else base - (part.base or 0)
        for record in self._single_records():
            moved += _moved(record.judgement, 1)
            good = int(record.judgement.verdict is RecordVerdict.GOOD)
            parts.append(CountedPart(good, 1, record.ratios))
        secondary = without_parts(raw.secondary, parts)
        counts = Counts.of([*raw.counts.by_judgement, *moved])
        return AdjustedReading(
            raw, replace(raw, counts=counts, base=base, secondary=secondary), True
        )

    def page(self, show: Show, after: Cursor | None) -> Page:
        """Records as they are to the adjusted figure: what is exempted is left out, with who."""
        if not self.exemptions:
            return self.source.page(self.session, self.cohort, show, after)
        period = self.cohort.period
        if show is Show.LEFT_OUT:
            whole = [(period.start, period.end)]
            streams = (self._walk(whole, show, after), self._exempted(after))
            return page_of(merge(*streams, key=_place, reverse=True))
        single = {(one.kind, one.identifier, one.at) for one in self._single_records()}
        rest = rest_of(self._windows(), period.start, period.end)
        found = self._walk(rest, show, after)
        return page_of(r for r in found if (r.kind, r.identifier, r.at) not in single)

    def records(self) -> Iterator[Record]:
        """Every record of the cohort, as it is to the adjusted figure, the counted ones first."""
        for show in (Show.COUNTED, Show.LEFT_OUT):
            page = self.page(show, None)
            yield from page.records
            while page.following is not None:
                page = self.page(show, page.following)
                yield from page.records

    def _windows(self) -> Sequence[Span]:
        period = self.cohort.period
        spans = ((e.request.start, e.request.end) for e in self.exemptions if e.is_window)
        return united(spans, period.start, period.end)

    def _single_records(self) -> Sequence[Record]:
        """Counted records that are exempted by themselves, outside of every window."""
        windows, found = self._windows(), {}
        for one in self.exemptions:
            asked = one.request
            if one.is_window or holds(windows, asked.start):
                continue
            if not self.cohort.period.holds(asked.start):
                continue
            record = record_at(self.source, self.session, self.cohort, asked)
            if record is not None:
                found[record.kind, record.identifier] = record
        return list(found.values())

    def _exempted(self, after: Cursor | None) -> Iterator[Record]:
        within = self._walk(self._windows(), Show.COUNTED, after)
        single = sorted(self._single_records(), key=_place, reverse=True)
        seen = None if after is None else (after.at, after.key)
        behind = (r for r in single if seen is None or _place(r) < seen)
        for record in merge(within, behind, key=_place, reverse=True):
            yield replace(record, judgement=EXEMPTED, exclusion=self._exclusion(record))

    def _exclusion(self, record: Record) -> Exclusion | None:
        for one in self.exemptions:
            asked = one.request
            named = one.is_window or asked.record == record_name(record)
            if named and asked.start <= record.at < asked.end:
                return Exclusion("", asked.reason, one.requested_by, one.decided_by, one.number)
        return None

    def _walk(self, spans: Sequence[Span], show: Show, after: Cursor | None) -> Iterator[Record]:
        """The records of the spans, the latest first, a page of the source at a time."""
        for span in reversed(spans):
            if after is not None and span[0] > after.at:
                continue
            cursor, cohort = after, self._part(span)
            while True:
                page = self.source.page(self.session, cohort, show, cursor)
                yield from page.records
                if page.following is None:
                    break
                cursor = page.following

    def _part(self, span: Span) -> Cohort:
        return replace(self.cohort, period=_cut(self.cohort.period, span))


def adjusted_source(session: Session, site: Site, number: int, cohort: Cohort) -> AdjustedSource:
    """The indicator's source with what is exempted of it; of a value at an instant nothing is."""
    period = cohort.period
    found: Sequence[Exemption] = ()
    if period.kind is not PeriodKind.NOW:
        found = approved_for(session, number, period.start, period.end)
    return AdjustedSource(SOURCES[number](site), session, cohort, found)


def find_record(
    session: Session, site: Site, number: int, request: ExemptionRequest, now: datetime
) -> Record | None:
    """The counted record that a request names, None where the indicator has none such then."""
    period = Period(PeriodKind.MONTH, "", request.start, request.end)
    return record_at(SOURCES[number](site), session, Cohort(period, now), request)


def record_at(
    source: RecordSource, session: Session, cohort: Cohort, request: ExemptionRequest
) -> Record | None:
    """One record by its name and the instant that puts it into a period."""
    span = (request.start, request.start + _INSTANT)
    cohort, cursor = replace(cohort, period=_cut(cohort.period, span)), None
    while True:
        page = source.page(session, cohort, Show.COUNTED, cursor)
        for record in page.records:
            if record_name(record) == request.record:
                return record
        if page.following is None:
            return None
        cursor = page.following


def record_name(record: Record) -> str:
    """The record's kind and identifier: ``order:W-20261124-00001``."""
    return f"{record.kind}:{record.identifier}"


def _counted(part: IndicatorReading) -> CountedPart:
    counts = part.counts
    return CountedPart(counts.count(RecordVerdict.GOOD), counts.denominator, part.secondary)


def _cut(period: Period, span: Span) -> Period:
    return replace(period, start=span[0], end=span[1])


def _place(record: Record) -> tuple[datetime, str]:
    return record.at, record.cursor.key


def _moved(judgement: Judgement, count: int) -> list[tuple[Judgement, int]]:
    """From what it was judged to what is exempted; what did not count stays where it is."""
    if judgement.verdict is RecordVerdict.LEFT_OUT:
        return []
    return [(judgement, -count), (EXEMPTED, count)]
