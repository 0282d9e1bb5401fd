"""What the callback pages need: the protocol of the desk behind them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ops_core.hotline.callbacks.model import Answers, AttemptResult, CallbackState
from ops_core.hotline.callbacks.read import CallbackRecord
from ops_core.hotline.calls.ratings import Rated
from ops_core.hotline.cases.read import CaseRecord
from ops_core.hotline.contacts.requesters import Contact
from ops_core.hotline.orders.read import CourseEntry
from ops_core.kernel.errors import Conflict
from ops_core.kernel.permissions import Actor


@dataclass(frozen=True, slots=True)
class CallbackDetail:
    """A callback with the request it is about, and what the unit replied in its cycle.

    ``not_yet`` says why giving up as unreachable is refused now; None when it is possible.
    """

    callback: CallbackRecord
    case: CaseRecord
    replies: tuple[CourseEntry, ...]
    not_yet: Conflict | None


class CallbackDesk(Protocol):
    """Called from worker threads.

    The commands raise NotFound, Forbidden (who took the request), Conflict (done already, or
    changed meanwhile) and Invalid as the callback service does.
    """

    def listed(self, state: CallbackState) -> Sequence[CallbackRecord]: ...

    def detail(self, order: str, cycle: int) -> CallbackDetail: ...

    def contact(self, order: str, cycle: int, actor: Actor) -> Contact: ...

    def attempt(
        self, order: str, cycle: int, result: AttemptResult, recording: str, actor: Actor
    ) -> None: ...

    def reached(
        self,
        order: str,
        cycle: int,
        answers: Answers,
        recording: str,
        remark: str,
        version: int | None,
        actor: Actor,
    ) -> None: ...

    def refused(
        self, order: str, cycle: int, recording: str, version: int | None, actor: Actor
    ) -> None: ...

    def unreachable(self, order: str, cycle: int, version: int | None, actor: Actor) -> None: ...

    def rate(self, call: str, score: int, at: datetime | None, actor: Actor) -> Rated:
        """A caller's rating of an answered call, given at that instant (now for None)."""
        ...
