"""What the agent's page and the intake API need: the protocol of the desk behind them."""

from dataclasses import dataclass
from typing import Protocol

from ops_core.hotline.cases.model import CaseDraft
from ops_core.hotline.cases.read import CaseRecord, EarlierCase, TakenCall
from ops_core.hotline.cases.service import Recorded
from ops_core.kernel.permissions import Actor


@dataclass(frozen=True, slots=True)
class AgentCall:
    """A call with what its agent should know: the caller's earlier requests, those of this call."""

    call: TakenCall
    earlier: tuple[EarlierCase, ...]
    recorded: tuple[str, ...]


class IntakeDesk(Protocol):
    """Called from worker threads."""

    def present_call(self, agent: str) -> AgentCall | None:
        """The call an agent speaks on or has just ended, None without one."""
        ...

    def call(self, call: str) -> AgentCall:
        """Raises :class:`ops_core.kernel.errors.NotFound`."""
        ...

    def case(self, number: str) -> CaseRecord:
        """Raises :class:`ops_core.kernel.errors.NotFound`."""
        ...

    def record(self, draft: CaseDraft, actor: Actor) -> Recorded:
        """Raises Forbidden, Invalid, NotFound and Conflict as the case service does."""
        ...
