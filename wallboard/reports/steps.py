"""The steps of a report by page and by program: one table, the same commands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ops_core.kernel.errors import NotFound
from ops_core.kernel.evidence_files import evidence_store
from ops_core.kernel.i18n import message
from ops_core.obligations.model import REPORT, REPORT_STEP_WORDS, ReportStep
from ops_core.obligations.service import (
    DeliveryMeans,
    hand_back_report,
    receive_report,
    return_report,
    review_report,
    waive_report,
    write_report,
)
from ops_core.reports.service import draft_report, prepare_draft, prepare_submission, submit_report
from wallboard.web import Reader
from wallboard.work import Commands, Reads


@dataclass(frozen=True, slots=True)
class ReportAct:
    """What goes with a step; what a step has no use for is not looked at."""

    version: int | None = None
    texts: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    whole: bool = False
    recipients: Sequence[str] = ()
    via: DeliveryMeans = DeliveryMeans.NETWORK
    with_pdf: bool = False


async def take_step(
    reader: Reader, read: Reads, command: Commands, key: str, step: ReportStep, act: ReportAct
) -> None:
    """Take a step in the reader's name. Raises what the domain's command raises."""
    reader.about(REPORT, key)
    site, actor, version = reader.web.dependencies.site, reader.actor, act.version
    match step:
        case ReportStep.DRAFT:
            drafted = await read(
                lambda seen: prepare_draft(seen.session, site, key, actor, seen.now)
            )
            await command((REPORT, key), lambda uow: draft_report(uow, drafted))
        case ReportStep.SUBMIT:
            store = evidence_store(reader.web.dependencies.settings)
            prepared = await read(
                lambda seen: prepare_submission(seen.session, store, key, actor, act.with_pdf)
            )
            await command(
                (REPORT, key),
                lambda uow: submit_report(uow, site, prepared, act.recipients, act.via),
            )
        case ReportStep.WRITE:
            await command((REPORT, key), lambda uow: write_report(uow, key, act.texts, version))
        case ReportStep.REVIEW:
            await command((REPORT, key), lambda uow: review_report(uow, key, version))
        case ReportStep.HAND_BACK:
            await command(
                (REPORT, key), lambda uow: hand_back_report(uow, key, act.reason, version)
            )
        case ReportStep.RECEIVE:
            await command((REPORT, key), lambda uow: receive_report(uow, key, version))
        case ReportStep.RETURN:
            await command(
                (REPORT, key),
                lambda uow: return_report(uow, key, act.reason, act.whole, version),
            )
        case ReportStep.WAIVE:
            await command(
                (REPORT, key), lambda uow: waive_report(uow, site, key, act.reason, version)
            )
        case ReportStep.OWE:
            raise NotFound(
                "没有这个步骤", message("{step} 由日历产生。", step=REPORT_STEP_WORDS[step])
            )
