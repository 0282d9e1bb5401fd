"""A deployment: the shortest plan of a change, carried out as soon as it is on record.

It goes the way of every change (stages, trials, gates, locks, record), without a second person, a
rehearsal or a window.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from device_configs.changes import service
from device_configs.changes.carrying import (
    ChangeWork,
    OnStep,
    carry_out,
    draw_up_plan,
    record_request,
)
from device_configs.changes.history import NetworkChange
from device_configs.changes.model import REVERT_IN_S, ChangeKind, ChangePlan, ChangeRequest
from device_configs.changes.read import read_change
from device_configs.changes.states import ChangeState
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.errors import Conflict
from ops_core.kernel.i18n import message
from ops_core.kernel.permissions import Actor
from ops_core.kernel.written_text import written

REASON = message("按声明部署")
"""Why, where nobody said more."""


@dataclass(frozen=True, slots=True)
class DeploymentWish:
    """What a person asks for: devices or roles (all when empty), and why. ``repair``: something is
    broken before and this mends it."""

    limit: Sequence[str] = ()
    reason: str = ""
    ticket: str = ""
    repair: bool = False
    revert_in_s: int = REVERT_IN_S


@dataclass(frozen=True, slots=True)
class Deployment:
    """What came of it; ``change`` None where every device was as intended already."""

    plan: ChangePlan
    change: NetworkChange | None = None

    @property
    def succeeded(self) -> bool:
        """Whether every device that was asked for is as intended now."""
        return self.change is None or self.change.state is ChangeState.CONFIRMED


def deploy(
    work: ChangeWork,
    actor: Actor,
    wish: DeploymentWish,
    *,
    on_plan: Callable[[ChangePlan], None] = lambda _plan: None,
    on_number: Callable[[str], None] = lambda _number: None,
    on_step: OnStep = lambda _happened, _happening: None,
) -> Deployment:
    """Ask the devices, put the plan on record and carry it out. What differs nowhere makes no
    record.

    Raises Forbidden, Invalid for unknown names, and Conflict where a device's state is unknown, or
    somebody else changes one of the devices.
    """
    plan = draw_up_plan(work, actor, wish.limit, revert_in_s=wish.revert_in_s, repair=wish.repair)
    on_plan(plan)
    if not plan.stages:
        return Deployment(plan)
    request = ChangeRequest(
        plan=plan, reason=written(wish.reason) or str(REASON), ticket=wish.ticket,
        kind=ChangeKind.DEPLOYMENT,
    )  # fmt: skip
    number = record_request(work, actor, request)
    on_number(number)
    try:
        return Deployment(plan, carry_out(work, actor, number, on_step=on_step))
    except Conflict as refused:
        _withdraw(work, actor, number, refused)
        raise


def _withdraw(work: ChangeWork, actor: Actor, number: str, refused: Conflict) -> None:
    """What could not be begun is over, and its record says why."""
    with work.database.reading() as session:
        begun = read_change(session, number).state is not ChangeState.APPROVED
    if not begun:
        with unit_of_work(work.database, work.bus, work.clock, actor) as uow:
            service.cancel(uow, number, str(refused))
