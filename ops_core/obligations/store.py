"""Reports, their links and their frozen data as rows."""

from collections.abc import Sequence
from dataclasses import fields

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops_core.kernel.errors import NotFound
from ops_core.kernel.i18n import message
from ops_core.obligations.model import OwedReport, ReportEvent, ReportState, ReportStep
from ops_core.obligations.tables import ReportEventRow, ReportRow, ReportSnapshotRow

_AS_THEY_ARE = tuple(
    one.name for one in fields(OwedReport) if one.name not in ("state", "writers", "texts", "files")
)


def find_report(session: Session, key: str) -> OwedReport:
    """Raises :class:`NotFound`."""
    row = session.get(ReportRow, key)
    if row is None:
        raise NotFound(
            "没有这份报告", message("找不到报告 {key}。", key=key), "编号形如 monthly-2026-11。"
        )
    return report_of(row)


def report_of(row: ReportRow) -> OwedReport:
    """The stored report as a value: what replaying its events gives."""
    plain = {name: getattr(row, name) for name in _AS_THEY_ARE}
    return OwedReport(
        **plain,
        state=ReportState(row.state),
        writers=tuple(map(str, row.writers)),
        texts={name: str(text) for name, text in row.texts.items()},
        files={name: str(checksum) for name, checksum in row.files.items()},
    )


def store_report_step(session: Session, after: OwedReport, event: ReportEvent) -> None:
    """Add the link to its report's chain and store what the report now is."""
    row = session.get(ReportRow, after.key)
    values = {name: getattr(after, name) for name in _AS_THEY_ARE}
    values |= {
        "state": after.state.value,
        "writers": list(after.writers),
        "texts": dict(after.texts),
        "files": dict(after.files),
    }
    if row is None:
        session.add(ReportRow(**values))
        session.flush()
    else:
        for name, value in values.items():
            setattr(row, name, value)
    session.add(
        ReportEventRow(
            report=event.report,
            sequence=event.sequence,
            step=event.step.value,
            at=event.at,
            recorded_at=event.recorded_at,
            actor=event.actor,
            detail=dict(event.detail),
            previous_hash=event.previous_hash,
            hash=event.hash,
        )
    )


def report_event_of(row: ReportEventRow) -> ReportEvent:
    """The stored link as a value."""
    return ReportEvent(
        row.report, row.sequence, ReportStep(row.step), row.at, row.recorded_at, row.actor,
        row.detail, row.previous_hash, row.hash,
    )  # fmt: skip


def events_of_report(session: Session, key: str) -> Sequence[ReportEvent]:
    """The report's chain from its first link."""
    rows = session.scalars(
        select(ReportEventRow).where(ReportEventRow.report == key).order_by(ReportEventRow.sequence)
    )
    return [report_event_of(row) for row in rows]


def store_snapshot(session: Session, key: str, revision: int, text: str) -> None:
    """Keep the data of a version."""
    session.add(ReportSnapshotRow(report=key, revision=revision, content=text))


def snapshot_text(session: Session, key: str, revision: int) -> str:
    """The canonical JSON of a version's data. Raises :class:`NotFound`."""
    row = session.get(ReportSnapshotRow, (key, revision))
    if row is None:
        raise NotFound(
            "报告尚无数据", message("报告 {key} 还没有拟稿。", key=key), "请先拟稿，冻结数据。"
        )
    return row.content
