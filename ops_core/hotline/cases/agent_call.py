"""The call an agent is in, with what he should know of its caller."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.hotline.calls.references import find_name
from ops_core.hotline.cases.read import (
    EarlierCase,
    TakenCall,
    cases_of_call,
    earlier_cases,
    present_call,
    read_call,
)


@dataclass(frozen=True, slots=True)
class AgentCall:
    """A call with the caller's earlier requests, and the numbers of those of this call."""

    call: TakenCall
    earlier: tuple[EarlierCase, ...]
    recorded: tuple[str, ...]


def read_present_call(session: Session, agent: str, now: datetime) -> AgentCall | None:
    """The call an agent speaks on or has just ended, None without one."""
    call = present_call(session, agent, now)
    return None if call is None else _with_history(session, call)


def read_agent_call(session: Session, site: Site, reference: str) -> AgentCall:
    """A call by its name, or its identifier where no other bears it.

    Raises :class:`ops_core.kernel.errors.NotFound` and :class:`~ops_core.kernel.errors.Conflict`.
    """
    return _with_history(session, read_call(session, find_name(session, site, reference)))


def _with_history(session: Session, call: TakenCall) -> AgentCall:
    earlier = () if call.requester is None else earlier_cases(session, call.requester.id)
    return AgentCall(call, earlier, cases_of_call(session, call.call))
