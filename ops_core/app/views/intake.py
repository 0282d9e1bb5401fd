"""Calls and requests as the agent's page and the intake API need them."""

from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.hotline.cases.model import CaseDraft
from ops_core.hotline.cases.read import (
    CaseRecord,
    TakenCall,
    cases_of_call,
    earlier_cases,
    present_call,
    read_call,
    read_case,
)
from ops_core.hotline.cases.service import Recorded, record_case
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.kernel.clock import Clock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.events import EventBus
from ops_core.kernel.permissions import Actor
from wallboard.intake.views import AgentCall


class Intake:
    """The case service behind the consoles' protocol."""

    def __init__(
        self, site: Site, database: Database, bus: EventBus, clock: Clock, vault: ContactVault
    ) -> None:
        self._site, self._database, self._bus, self._clock = site, database, bus, clock
        self._vault = vault

    def present_call(self, agent: str) -> AgentCall | None:
        with self._database.reading() as session:
            call = present_call(session, agent, self._clock.now())
            return None if call is None else _with_history(session, call)

    def call(self, call: str) -> AgentCall:
        with self._database.reading() as session:
            return _with_history(session, read_call(session, call))

    def case(self, number: str) -> CaseRecord:
        with self._database.reading() as session:
            return read_case(session, number)

    def record(self, draft: CaseDraft, actor: Actor) -> Recorded:
        with unit_of_work(self._database, self._bus, self._clock, actor) as uow:
            return record_case(uow, self._site, self._vault, draft)


def _with_history(session: Session, call: TakenCall) -> AgentCall:
    earlier = () if call.requester is None else earlier_cases(session, call.requester.id)
    return AgentCall(call, earlier, cases_of_call(session, call.call))
