"""The page of all reports by what is to be done, the page of each, its steps and its files."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ops_core.kernel.evidence_links import EvidenceFile, evidence_of
from ops_core.kernel.i18n import translate
from ops_core.kernel.permissions import Permission
from ops_core.obligations.deadlines import ReportTiming
from ops_core.obligations.model import (
    REPORT,
    REPORT_STATE_WORDS,
    REPORT_STEP_WORDS,
    ReportState,
    ReportStep,
)
from ops_core.obligations.read import (
    PAGE,
    ReportRecord,
    ReportTab,
    count_reports,
    list_reports,
    read_report,
)
from ops_core.obligations.service import TEXT_NAMES, DeliveryMeans, trigger_flash_report
from ops_core.reports.document import ReportDocument
from ops_core.reports.pdf import can_make_pdf
from ops_core.reports.service import ReportFile, document_of, file_of_report
from ops_core.reports.words import (
    MEANS_WORDS,
    REPORT_EMPTY_WORDS,
    REPORT_TAB_WORDS,
    TEXT_WORDS,
    TIMING_WORDS,
)
from wallboard.reports.offers import report_offers
from wallboard.reports.steps import ReportAct, take_step
from wallboard.snapshot import Snapshot
from wallboard.web import Reader, SignedInReader
from wallboard.work import Commanding, Reading

router = APIRouter(include_in_schema=False)

MEDIA_TYPES = {
    ReportFile.WORD: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ReportFile.EXCEL: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ReportFile.PDF: "application/pdf",
}


@dataclass(frozen=True, slots=True)
class ShownReport:
    """A report with its document, if it was drafted, and the files that went out."""

    record: ReportRecord
    document: ReportDocument | None
    files: tuple[EvidenceFile, ...]


@router.get("/reports")
async def list_owed(
    reader: SignedInReader, read: Reading, tab: ReportTab = ReportTab.OPEN
) -> HTMLResponse:
    await reader.require(Permission.SEE_REPORTS, "page", "reports")
    listed, counts = await read(
        lambda seen: (
            list_reports(seen.session, seen.site, seen.now, tab),
            count_reports(seen.session, seen.site, seen.now),
        )
    )
    return reader.page(
        "console/reports.html",
        tab=tab,
        tabs=[(one, REPORT_TAB_WORDS[one], counts[one]) for one in ReportTab],
        reports=listed,
        most=PAGE,
        oldest=tab is not ReportTab.ALL,
        empty=REPORT_EMPTY_WORDS[tab],
        duties=reader.web.dependencies.site.report_duties,
        **_vocabulary(reader),
    )


@router.post("/reports/flash")
async def begin_flash(
    reader: SignedInReader,
    command: Commanding,
    duty: Annotated[str, Form()] = "",
    subject: Annotated[str, Form()] = "",
    minutes_ago: Annotated[int, Form(ge=0, le=10_080)] = 0,
) -> RedirectResponse:
    site = reader.web.dependencies.site
    begun = await command(
        (REPORT, duty),
        lambda uow: trigger_flash_report(
            uow, site, duty, subject, uow.clock.now() - timedelta(minutes=minutes_ago)
        ),
    )
    return RedirectResponse(f"/reports/{quote(begun.key, safe='')}", 303)


@router.get("/reports/{key}")
async def show_report(reader: SignedInReader, read: Reading, key: str) -> HTMLResponse:
    await reader.require(Permission.SEE_REPORTS, REPORT, key)
    shown = await read(lambda seen: _shown(seen, key))
    report = shown.record.listed.report
    duty = reader.web.dependencies.site.report_duties.get(report.duty)
    return reader.page(
        "console/report.html",
        shown=shown,
        report=report,
        duty=duty,
        deadline=shown.record.listed.deadline,
        offers=report_offers(report, str(reader.actor), reader.may),
        text_names=TEXT_NAMES,
        text_words=TEXT_WORDS,
        means=list(DeliveryMeans),
        makes_pdf=can_make_pdf(),
        **_vocabulary(reader),
    )


@router.get("/reports/{key}/files/{kind}")
async def take_report_file(
    reader: SignedInReader, read: Reading, key: str, kind: ReportFile
) -> Response:
    """A file as it would go out now; what went out is evidence."""
    await reader.require(Permission.SEE_REPORTS, REPORT, key)

    def work(seen: Snapshot) -> bytes:
        report = read_report(seen.session, seen.site, key, seen.now).listed.report
        return file_of_report(seen.session, report, kind)

    called = quote(f"{key}.{kind}", safe="")
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{called}"}
    return Response(await read(work), media_type=MEDIA_TYPES[kind], headers=headers)


@router.post("/reports/{key}/{step}")
async def step_report(
    reader: SignedInReader,
    read: Reading,
    command: Commanding,
    key: str,
    step: ReportStep,
    version: Annotated[int | None, Form()] = None,
    summary: Annotated[str, Form()] = "",
    cases: Annotated[str, Form()] = "",
    suggestions: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
    whole: Annotated[bool, Form()] = False,
    recipients: Annotated[str, Form()] = "",
    via: Annotated[DeliveryMeans, Form()] = DeliveryMeans.NETWORK,
    with_pdf: Annotated[bool, Form()] = False,
) -> RedirectResponse:
    texts = {"summary": summary, "cases": cases, "suggestions": suggestions}
    whom = recipients.replace("；", "、").split("、")
    act = ReportAct(version, texts, reason, whole, whom, via, with_pdf)
    await take_step(reader, read, command, key, step, act)
    return RedirectResponse(f"/reports/{quote(key, safe='')}", 303)


def _shown(seen: Snapshot, key: str) -> ShownReport:
    record = read_report(seen.session, seen.site, key, seen.now)
    report = record.listed.report
    document = document_of(seen.session, report) if report.revision else None
    return ShownReport(record, document, tuple(evidence_of(seen.session, REPORT, key)))


def _vocabulary(reader: Reader) -> dict[str, object]:
    language = reader.language
    return {
        "state_word": lambda state: translate(REPORT_STATE_WORDS[ReportState(state)], language),
        "step_word": lambda step: translate(REPORT_STEP_WORDS[ReportStep(step)], language),
        "timing_word": lambda one: translate(TIMING_WORDS[ReportTiming(one)], language),
        "means_word": lambda one: translate(MEANS_WORDS[DeliveryMeans(one)], language),
        "block_kind": lambda block: type(block).__name__,
    }
