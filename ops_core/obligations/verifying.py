"""Reports held against their chains, their frozen data, and the audit log."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from itertools import groupby

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ops_core.kernel.audit import Break
from ops_core.kernel.recorded_ends import end_breaks, recorded_ends
from ops_core.obligations.model import (
    REPORT,
    OwedReport,
    ReportEvent,
    ReportStep,
    first_report_break,
    replay_report,
)
from ops_core.obligations.store import report_event_of, report_of
from ops_core.obligations.tables import ReportEventRow, ReportRow, ReportSnapshotRow


@dataclass(frozen=True, slots=True)
class ReportFlaw:
    """Where a report is not what its chain, its data or the audit log says."""

    report: str
    field: str
    stored: str
    recorded: str


def report_flaws(session: Session) -> Iterator[ReportFlaw]:
    """Every report whose chain is broken or cut, whose row its chain does not give, or whose data
    are not those that were frozen."""
    audited = {key: end.hash for key, end in recorded_ends(session, REPORT, "hash").items()}
    stored = {row.key: report_of(row) for row in session.scalars(select(ReportRow))}
    snapshots = _snapshots(session)
    rows = session.scalars(
        select(ReportEventRow)
        .order_by(ReportEventRow.report, ReportEventRow.sequence)
        .execution_options(yield_per=1000)
    )
    for key, links in groupby((report_event_of(row) for row in rows), key=lambda one: one.report):
        yield from _flaws_of(key, list(links), stored.pop(key, None), audited, snapshots)
    for key in stored:
        yield ReportFlaw(key, "chain", "none", "there")
    for key, revision in snapshots:
        yield ReportFlaw(key, f"snapshot {revision}", "there", "none")


def report_breaks(session: Session) -> Iterator[Break]:
    """Reports whose last link, in the chain or in the row, is not the last one recorded."""
    recorded = recorded_ends(session, REPORT, "hash")
    link = ReportEventRow
    last = (
        select(link.report, func.max(link.sequence).label("sequence"))
        .group_by(link.report)
        .subquery()
    )
    ends = select(link.report, link.hash).join(
        last, (last.c.report == link.report) & (last.c.sequence == link.sequence)
    )
    for query in (ends, select(ReportRow.key, ReportRow.last_hash)):
        present = {row[0]: row[1] for row in session.execute(query)}
        yield from end_breaks(REPORT, recorded, present)


Snapshots = dict[tuple[str, int], str]


def _snapshots(session: Session) -> Snapshots:
    """What each stored snapshot really hashes to."""
    rows = session.scalars(select(ReportSnapshotRow).execution_options(yield_per=100))
    return {
        (row.report, row.revision): hashlib.sha256(row.content.encode()).hexdigest() for row in rows
    }


def _flaws_of(
    key: str,
    events: list[ReportEvent],
    row: OwedReport | None,
    audited: Mapping[str, str],
    snapshots: Snapshots,
) -> Iterator[ReportFlaw]:
    yield from _snapshot_flaws(key, events, snapshots)
    broken_at = first_report_break(events)
    if broken_at is not None:
        yield ReportFlaw(key, f"link {broken_at}", "broken", "whole")
        return
    if audited.get(key, "none") != events[-1].hash:
        yield ReportFlaw(key, "last link", events[-1].hash, audited.get(key, "none"))
    replayed = replay_report(events)
    if row is None or replayed is None:
        yield ReportFlaw(key, "report", "none", "there")
        return
    for field in fields(OwedReport):
        is_so, ought = getattr(row, field.name), getattr(replayed, field.name)
        if is_so != ought:
            yield ReportFlaw(key, field.name, str(is_so), str(ought))


def _snapshot_flaws(
    key: str, events: list[ReportEvent], snapshots: Snapshots
) -> Iterator[ReportFlaw]:
    drafts = (event for event in events if event.step is ReportStep.DRAFT)
    for revision, event in enumerate(drafts, start=1):
        ought = str(event.detail.get("snapshot"))
        is_so = snapshots.pop((key, revision), "none")
        if is_so != ought:
            yield ReportFlaw(key, f"snapshot {revision}", is_so, ought)
