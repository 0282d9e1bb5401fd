"""Drafting and submitting: the data are read and the files made before the command begins.

A command holds everybody else up; to count a year and to write documents is no work for one. What
changed meanwhile is noticed by the report's version.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.evidence_files import EvidenceStore, StoredFile
from ops_core.kernel.evidence_links import link_evidence
from ops_core.kernel.json_values import parse_json_object
from ops_core.kernel.permissions import Actor, require
from ops_core.obligations.model import REPORT, OwedReport, ReportStep, check_report_step
from ops_core.obligations.service import (
    REPORT_PERMISSION,
    DeliveryMeans,
    draft_report_on,
    submit_report_with,
)
from ops_core.obligations.store import find_report, snapshot_text
from ops_core.reports.document import ReportDocument, build_document
from ops_core.reports.gathering import take_snapshot
from ops_core.reports.pdf import pdf_of
from ops_core.reports.sheets import report_workbook
from ops_core.reports.snapshot import ReportSnapshot
from ops_core.reports.word import word_document


class ReportFile(StrEnum):
    """The files of a report, by their endings."""

    WORD = "docx"
    EXCEL = "xlsx"
    PDF = "pdf"


@dataclass(frozen=True, slots=True)
class PreparedDraft:
    """Data for the next version of a report that was at ``version`` when they were read."""

    key: str
    version: int
    snapshot: ReportSnapshot


@dataclass(frozen=True, slots=True)
class PreparedFiles:
    """The files of a report that was at ``version`` when they were made, in the evidence store."""

    key: str
    version: int
    files: tuple[StoredFile, ...]


def prepare_draft(
    session: Session, site: Site, key: str, actor: Actor, now: datetime
) -> PreparedDraft:
    """Read the data of a report. Raises NotFound, Forbidden and Conflict as the command would."""
    report = _allowed(session, key, actor, ReportStep.DRAFT)
    return PreparedDraft(key, report.version, take_snapshot(session, site, report, now))


def draft_report(uow: UnitOfWork, prepared: PreparedDraft) -> OwedReport:
    """Freeze the data that were read. Raises NotFound, Forbidden, Conflict."""
    content = prepared.snapshot.model_dump(mode="json")
    return draft_report_on(uow, prepared.key, content, prepared.version)


def prepare_submission(
    session: Session, store: EvidenceStore, key: str, actor: Actor, with_pdf: bool = False
) -> PreparedFiles:
    """Make the files of a reviewed report and keep them; a PDF takes seconds and is for who asks.

    Raises NotFound, Forbidden, Conflict, EvidenceStoreFull, PdfUnavailable.
    """
    report = _allowed(session, key, actor, ReportStep.SUBMIT)
    made = files_of(session, report, with_pdf)
    files = tuple(store.take_in(name, io.BytesIO(content)) for name, content in made.items())
    return PreparedFiles(key, report.version, files)


def submit_report(
    uow: UnitOfWork,
    site: Site,
    prepared: PreparedFiles,
    recipients: Sequence[str],
    via: DeliveryMeans,
) -> OwedReport:
    """Record that a report went out, with its files. Raises NotFound, Forbidden, Conflict."""
    sums = {file.name: file.sha256 for file in prepared.files}
    after = submit_report_with(uow, prepared.key, sums, recipients, via, prepared.version)
    for file in prepared.files:
        link_evidence(uow, REPORT, prepared.key, file, ZoneInfo(site.contract.timezone))
    return after


def read_snapshot(session: Session, report: OwedReport) -> ReportSnapshot:
    """The frozen data of the last version. Raises NotFound before it was drafted."""
    text = snapshot_text(session, report.key, report.revision)
    return ReportSnapshot.model_validate(parse_json_object(text))


def document_of(session: Session, report: OwedReport) -> ReportDocument:
    """The document as it would go out now. Raises NotFound before it was drafted."""
    return build_document(read_snapshot(session, report), report.texts)


def files_of(session: Session, report: OwedReport, with_pdf: bool) -> Mapping[str, bytes]:
    """The files of a report by their names."""
    kinds = [ReportFile.WORD, ReportFile.EXCEL, *([ReportFile.PDF] if with_pdf else [])]
    return {f"{report.key}.{kind}": file_of_report(session, report, kind) for kind in kinds}


def file_of_report(session: Session, report: OwedReport, kind: ReportFile) -> bytes:
    """One file of a report. Raises NotFound before it was drafted, and PdfUnavailable."""
    snapshot = read_snapshot(session, report)
    if kind is ReportFile.EXCEL:
        return report_workbook(snapshot)
    word = word_document(build_document(snapshot, report.texts), snapshot.taken_at)
    return pdf_of(word) if kind is ReportFile.PDF else word


def _allowed(session: Session, key: str, actor: Actor, step: ReportStep) -> OwedReport:
    require(actor, REPORT_PERMISSION[step])
    report = find_report(session, key)
    check_report_step(report, step)
    return report
