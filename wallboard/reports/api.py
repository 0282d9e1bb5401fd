"""Reports as JSON: what is owed by when, one of them, and its steps."""

from datetime import datetime, timedelta

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from ops_core.kernel.permissions import Permission
from ops_core.obligations.model import REPORT, ReportStep
from ops_core.obligations.read import ReportTab, list_reports, read_report
from ops_core.obligations.service import DeliveryMeans, trigger_flash_report
from ops_core.reports.service import ReportFile, file_of_report, read_snapshot
from ops_core.reports.snapshot import ReportSnapshot
from ops_core.reports.words import ReportModel, report_model
from wallboard.reports.router import MEDIA_TYPES
from wallboard.reports.steps import ReportAct, take_step
from wallboard.snapshot import Snapshot
from wallboard.web import ApiReader
from wallboard.work import Commanding, Reading

router = APIRouter(prefix="/api/reports", tags=["reports"])


class ReportLink(BaseModel):
    """One link of a report's chain."""

    sequence: int
    step: ReportStep
    at: datetime
    recorded_at: datetime
    actor: str
    detail: dict[str, object]
    hash: str


class ReportAnswer(BaseModel):
    """A report with its chain; ``chain_broken_at`` names the first link that does not hold."""

    report: ReportModel
    history: list[ReportLink]
    chain_broken_at: int | None


class ReportBody(BaseModel):
    """What goes with a step: the version the caller saw, texts, a reason, whom it went to."""

    model_config = ConfigDict(extra="forbid")

    version: int | None = None
    texts: dict[str, str] = Field(default_factory=dict)
    reason: str = Field(default="", max_length=2000)
    whole: bool = False
    recipients: list[str] = Field(default_factory=list, max_length=50)
    via: DeliveryMeans = DeliveryMeans.NETWORK
    with_pdf: bool = False


class FlashBody(BaseModel):
    """What happened, and how many minutes ago."""

    model_config = ConfigDict(extra="forbid")

    duty: str = "flash"
    subject: str = Field(max_length=200)
    minutes_ago: int = Field(default=0, ge=0, le=10_080)


@router.get("")
async def list_owed(
    reader: ApiReader, read: Reading, tab: ReportTab = ReportTab.OPEN
) -> list[ReportModel]:
    """Reports of a list, what is due first first."""
    await reader.require(Permission.SEE_REPORTS, "api", "reports")
    found = await read(lambda seen: list_reports(seen.session, seen.site, seen.now, tab))
    return [report_model(one) for one in found]


@router.post("/flash", status_code=201)
async def begin_flash(
    reader: ApiReader, read: Reading, command: Commanding, body: FlashBody
) -> ReportAnswer:
    """Begin a flash report; its clock runs from now."""
    site = reader.web.dependencies.site
    ago = timedelta(minutes=body.minutes_ago)
    begun = await command(
        (REPORT, body.duty),
        lambda uow: trigger_flash_report(uow, site, body.duty, body.subject, uow.clock.now() - ago),
    )
    return await read(lambda seen: _answer(seen, begun.key))


@router.get("/{key}")
async def read_one(reader: ApiReader, read: Reading, key: str) -> ReportAnswer:
    """One report with its chain."""
    await reader.require(Permission.SEE_REPORTS, REPORT, key)
    return await read(lambda seen: _answer(seen, key))


@router.get("/{key}/snapshot")
async def read_data(reader: ApiReader, read: Reading, key: str) -> ReportSnapshot:
    """The frozen data of the last version."""
    await reader.require(Permission.SEE_REPORTS, REPORT, key)

    def work(seen: Snapshot) -> ReportSnapshot:
        report = read_report(seen.session, seen.site, key, seen.now).listed.report
        return read_snapshot(seen.session, report)

    return await read(work)


@router.get("/{key}/files/{kind}", response_class=Response)
async def take_file(reader: ApiReader, read: Reading, key: str, kind: ReportFile) -> Response:
    """A file as it would go out now; 501 for PDF on a machine that cannot make it."""
    await reader.require(Permission.SEE_REPORTS, REPORT, key)

    def work(seen: Snapshot) -> bytes:
        report = read_report(seen.session, seen.site, key, seen.now).listed.report
        return file_of_report(seen.session, report, kind)

    return Response(await read(work), media_type=MEDIA_TYPES[kind])


@router.post("/{key}/{step}")
async def act(
    reader: ApiReader,
    read: Reading,
    command: Commanding,
    key: str,
    step: ReportStep,
    body: ReportBody,
) -> ReportAnswer:
    """Take a step.

    403 for a step of the other side or of an own text (audited), 409 with ``state`` and
    ``allowed`` for one that the state does not allow now, or when ``version`` is no longer so.
    """
    given = ReportAct(body.version, body.texts, body.reason, body.whole, body.recipients,
                      body.via, body.with_pdf)  # fmt: skip
    await take_step(reader, read, command, key, step, given)
    return await read(lambda seen: _answer(seen, key))


def _answer(seen: Snapshot, key: str) -> ReportAnswer:
    record = read_report(seen.session, seen.site, key, seen.now)
    history = [
        ReportLink(
            sequence=event.sequence,
            step=event.step,
            at=event.at,
            recorded_at=event.recorded_at,
            actor=event.actor,
            detail=dict(event.detail),
            hash=event.hash,
        )
        for event in record.history
    ]
    return ReportAnswer(
        report=report_model(record.listed), history=history, chain_broken_at=record.broken_at
    )
