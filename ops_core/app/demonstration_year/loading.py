"""Loads a year day by day: each day is one transaction, with how far the load has come.

Whatever stops it, the same call goes on with the day after the last one that is stored whole.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from device_configs.site.model import Site
from ops_core.app.demonstration.acts import Acts
from ops_core.app.demonstration.attached_files import attach_to_orders
from ops_core.app.demonstration.deadline_words import ensure_agreed_deadlines
from ops_core.app.demonstration.feed import AFTERWARDS
from ops_core.app.demonstration.planned_work import carry_out_story
from ops_core.app.demonstration_year.assessment_work import (
    apply_for_exemption,
    restate_differences,
    seal_months,
)
from ops_core.app.demonstration_year.faults import (
    FaultCause,
    begin_watching,
    carry_out_fault,
    end_watching,
    fault_of_day,
)
from ops_core.app.demonstration_year.knowledge_work import (
    enter_articles,
    train_front_line,
    update_knowledge,
)
from ops_core.app.demonstration_year.people import ensure_front_line
from ops_core.app.demonstration_year.planned_work import planned_of_day
from ops_core.app.demonstration_year.records_there import position_of
from ops_core.app.demonstration_year.report_work import with_duties_since, work_on_reports
from ops_core.app.demonstration_year.scope import YearScope, instant
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.hotline.demonstration.happening import Happening
from ops_core.hotline.demonstration.simulation import HORIZON, Simulation
from ops_core.kernel.clock import Clock, FixedClock
from ops_core.kernel.commands import UnitOfWork, unit_of_work
from ops_core.kernel.consumers import advance_position
from ops_core.kernel.database import Database
from ops_core.kernel.evidence_files import EvidenceStore, StoredFile
from ops_core.kernel.permissions import Actor
from ops_core.kernel.working_days import ONE_DAY

LOADER = Actor.system("demonstration")
_NOON, _END = time(12), time(23, 59)


@dataclass(slots=True)
class LoadCount:
    """What a load brought since it began or went on."""

    days: int = 0
    happenings: int = 0
    incidents: int = 0
    sealed: int = 0
    restated: int = 0


class YearLoader:
    """One load: :meth:`run`. Used from one thread, with nobody else writing."""

    def __init__(
        self,
        site: Site,
        database: Database,
        clock: Clock,
        vault: ContactVault,
        store: EvidenceStore,
        paper: StoredFile,
        scope: YearScope,
    ) -> None:
        self._site, self._database, self._clock = site, database, clock
        self._store, self._paper, self._scope = store, paper, scope
        self._reporting = with_duties_since(site, scope.first)
        self._zone = ZoneInfo(site.contract.timezone)
        self._acts = Acts(scope.seed, site, vault)
        self.count = LoadCount()

    def run(self, loaded: Callable[[date], None]) -> LoadCount:
        """Load what is not there yet; ``loaded`` hears of every day that is stored.

        Raises :class:`Conflict` for a database with other records, and whatever a command refuses:
        then that day is not stored at all.
        """
        with self._database.reading() as session:
            position = position_of(session, self._scope)
        days = self._scope.days_after(position)
        simulation = self._resume(days)
        for day in days:
            with unit_of_work(self._database, None, self._clock, LOADER) as uow:
                self._load_day(uow, day, simulation.happenings_of(day))
                advance_position(uow, self._scope.consumer, day.toordinal())
            self.count.days += 1
            loaded(day)
        return self.count

    def _resume(self, days: Sequence[date]) -> Simulation:
        scope = self._scope
        first = days[0] if days else scope.end
        with self._database.reading() as session:
            self._acts.resume(session, instant(first, time(), self._zone) - AFTERWARDS)
        begin = max(scope.first, first - HORIZON)
        return Simulation(scope.seed, self._site, begin, scope.scale, scope.last)

    def _load_day(self, uow: UnitOfWork, day: date, happenings: Sequence[Happening]) -> None:
        scope, site = self._scope, self._site
        if day == scope.first:
            self._begin(uow, day)
        self._have_fault(uow, day)
        noon = instant(day, _NOON, self._zone)
        self._acts.act(uow, [h for h in happenings if h.at < noon])
        self.count.sealed += seal_months(uow, scope, site, day)
        self._acts.act(uow, [h for h in happenings if h.at >= noon])
        self.count.happenings += len(happenings)
        update_knowledge(uow, scope, site, day)
        train_front_line(uow, scope, site, day)
        self._work_by_plan(uow, day)
        work_on_reports(uow, scope, self._reporting, self._store, day)
        if day == scope.end:
            self._end(uow, day)

    def _begin(self, uow: UnitOfWork, day: date) -> None:
        at = instant(day, time(), self._zone)
        ensure_front_line(uow, at - timedelta(days=2))
        begin_watching(uow, self._site, at)
        enter_articles(uow, self._site, day)
        ensure_agreed_deadlines(uow, self._site, at, self._clock.now())

    def _have_fault(self, uow: UnitOfWork, day: date) -> None:
        """Of the day before where it goes on past midnight: what is stored lies before its day."""
        fault = fault_of_day(self._scope, self._site, day) if day <= self._scope.last else None
        if fault is None or fault.until >= self._clock.now():
            return
        carry_out_fault(uow, self._site, fault)
        self.count.incidents += 1
        if fault.cause is FaultCause.OUTAGE:
            apply_for_exemption(uow, self._site, fault, self._paper)

    def _work_by_plan(self, uow: UnitOfWork, day: date) -> None:
        at = instant(day, _END, self._zone)
        for story in planned_of_day(self._scope, day):
            work = uow.acting_as(uow.actor, FixedClock(at))
            carry_out_story(work, self._site, story, day, self._zone, [self._paper])

    def _end(self, uow: UnitOfWork, day: date) -> None:
        at: datetime = instant(day + ONE_DAY, time(), self._zone)
        self.count.restated = restate_differences(uow, self._site, at)
        end_watching(uow, self._site, at)
        attach_to_orders(uow, self._site, self._paper, at)
