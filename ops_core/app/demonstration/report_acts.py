"""Lets simulated people write, review, submit and receive the reports that the demonstration owes.

They act at the story's instants through the services; the data are those of the moment of acting.
The newest daily report is left to do and the newest weekly one to be received, for whoever tries.
A report that somebody else touched is left to people.
"""

import logging
import threading
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from device_configs.site.model import Site
from ops_core.kernel.clock import Clock, FixedClock
from ops_core.kernel.commands import UnitOfWork, unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.errors import DatabaseBusy, DomainError
from ops_core.kernel.events import EventBus
from ops_core.kernel.evidence_files import EvidenceStore
from ops_core.kernel.permissions import Actor, Role
from ops_core.kernel.workers import Worker
from ops_core.obligations.model import OwedReport, ReportState, ReportStep
from ops_core.obligations.read import ListedReport, ReportTab, list_reports
from ops_core.obligations.service import (
    DeliveryMeans,
    receive_report,
    return_report,
    review_report,
    write_report,
)
from ops_core.obligations.store import find_report
from ops_core.reports.service import draft_report, prepare_draft, prepare_submission, submit_report

log = logging.getLogger(__name__)

WRITER = Actor.user("demo.writer", (Role.DISPATCHER,))
REVIEWER = Actor.user("demo.reviewer", (Role.SUPERVISOR,))
RECIPIENT = Actor.user("demo.recipient", (Role.PURCHASER_SUPERVISOR,))
LEFT_AT = {"daily": ReportState.OWED, "weekly": ReportState.SUBMITTED}
"""Where the newest report of a duty waits for whoever tries the product."""
DAYS_BEFORE = timedelta(days=40)
"""Reports that became owed earlier are left as they are."""
RETURNED_SHARE = 0.1
LOOK_EVERY_S = 60.0
PAUSE_S = 0.2
TEXTS = {
    "summary": "本期热线运行平稳，诉求受理、派单、回访有序开展。",
    "suggestions": "建议相关单位关注受理量居前的类别，提前做好保障。",
}
_BEFORE_DUE = {
    ReportStep.DRAFT: 0.25, ReportStep.WRITE: 0.3, ReportStep.REVIEW: 0.35,
    ReportStep.SUBMIT: 0.45, ReportStep.RECEIVE: 0.6, ReportStep.RETURN: 0.6,
}  # fmt: skip
"""When each step is taken, as a share of the time until the report is due."""
_AGAIN = {ReportStep.WRITE: 1, ReportStep.REVIEW: 2, ReportStep.SUBMIT: 3, ReportStep.RECEIVE: 4}
"""The same for one that came back: hours after it was due."""


@dataclass(frozen=True, slots=True)
class ReportMove:
    """What the cast does next with a report, and when."""

    step: ReportStep
    at: datetime


def next_report_move(report: OwedReport, due: datetime | None, seed: int) -> ReportMove | None:
    """The next act of the story; None where it has ended or the deadline is unknown (pure)."""
    if due is None:
        return None
    is_returned = Random(f"{seed}/{report.key}").random() < RETURNED_SHARE  # noqa: S311 - a story
    match report.state:
        case ReportState.OWED:
            step = ReportStep.DRAFT
        case ReportState.DRAFTED:
            step = ReportStep.REVIEW if report.texts else ReportStep.WRITE
        case ReportState.REVIEWED:
            step = ReportStep.SUBMIT
        case ReportState.SUBMITTED:
            is_first = report.submissions == 1
            step = ReportStep.RETURN if is_returned and is_first else ReportStep.RECEIVE
        case ReportState.RETURNED:
            step = ReportStep.WRITE
        case _:
            return None
    if report.submissions and step is not ReportStep.RETURN and is_returned:
        return ReportMove(step, due + timedelta(hours=_AGAIN[step]))
    share = _BEFORE_DUE[step]
    return ReportMove(step, report.owed_at + (due - report.owed_at) * share)


class DemonstrationReports:
    """One thread's work: :meth:`run`."""

    def __init__(
        self,
        site: Site,
        database: Database,
        bus: EventBus,
        clock: Clock,
        store: EvidenceStore,
        seed: int,
    ) -> None:
        self._site, self._database, self._bus, self._clock = site, database, bus, clock
        self._store, self._seed = store, seed

    def run(self, worker: Worker, stop: threading.Event) -> None:
        """Look once a minute until ``stop``."""
        while not stop.is_set():
            with worker.boundary("reports"):
                self.look(stop)
                worker.succeeded()
            stop.wait(LOOK_EVERY_S)

    def look(self, stop: threading.Event) -> int:
        """Do all that is due by the story; returns how many acts there were."""
        now = self._clock.now()
        with self._database.reading() as session:
            listed = list_reports(session, self._site, now, ReportTab.ALL, limit=10_000)
        recent = [one for one in listed if one.report.owed_at >= now - DAYS_BEFORE]
        acts = 0
        for one in reversed(recent):
            acts += self._carry_on(one, _newest(recent), stop)
        return acts

    def _carry_on(self, one: ListedReport, newest: dict[str, str], stop: threading.Event) -> int:
        report, acts = one.report, 0
        is_newest = newest[report.duty] == report.key
        while not stop.is_set():
            if not _is_ours(report) or (is_newest and report.state == LEFT_AT.get(report.duty)):
                break
            move = next_report_move(report, one.deadline.due_at, self._seed)
            if move is None or move.at > self._clock.now():
                break
            try:
                report = self._act(report, move)
            except DatabaseBusy:
                raise
            except DomainError as refusal:
                log.warning("refused: report %s: %s", report.key, refusal)
                break
            acts += 1
            stop.wait(PAUSE_S)
        return acts

    def _act(self, report: OwedReport, move: ReportMove) -> OwedReport:
        key, at = report.key, max(move.at, report.last_at)
        match move.step:
            case ReportStep.DRAFT:
                with self._database.reading() as session:
                    drafted = prepare_draft(session, self._site, key, WRITER, at)
                with self._work(WRITER, at) as uow:
                    return draft_report(uow, drafted)
            case ReportStep.SUBMIT:
                with self._database.reading() as session:
                    made = prepare_submission(session, self._store, key, WRITER)
                whom = self._site.report_duties[report.duty].recipients
                with self._work(WRITER, at) as uow:
                    return submit_report(uow, self._site, made, whom, DeliveryMeans.NETWORK)
            case _:
                return self._act_at_once(key, move.step, at)

    def _act_at_once(self, key: str, step: ReportStep, at: datetime) -> OwedReport:
        who = {ReportStep.WRITE: WRITER, ReportStep.REVIEW: REVIEWER}.get(step, RECIPIENT)
        with self._work(who, at) as uow:
            match step:
                case ReportStep.WRITE:
                    return write_report(uow, key, TEXTS)
                case ReportStep.REVIEW:
                    return review_report(uow, key)
                case ReportStep.RETURN:
                    return return_report(uow, key, "缺少工作建议的落实情况", is_whole=False)
                case ReportStep.RECEIVE:
                    return receive_report(uow, key)
                case _:
                    return find_report(uow.session, key)

    def _work(self, actor: Actor, at: datetime) -> AbstractContextManager[UnitOfWork]:
        return unit_of_work(self._database, self._bus, FixedClock(at), actor)


def _is_ours(report: OwedReport) -> bool:
    return set(report.writers) <= {str(WRITER)} and report.reviewer in ("", str(REVIEWER))


def _newest(listed: Sequence[ListedReport]) -> dict[str, str]:
    """The last report of each duty, of reports the latest first."""
    return {one.report.duty: one.report.key for one in reversed(listed)}
