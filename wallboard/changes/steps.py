"""What a reader may do with a change as it stands (pure)."""

from dataclasses import dataclass

from device_configs.changes.background import StepUnderWay
from device_configs.changes.history import NetworkChange
from device_configs.changes.model import ChangeKind
from device_configs.changes.states import ChangeState, StageState

_BEFORE_APPROVAL = (ChangeState.PLANNED, ChangeState.REHEARSED)
_BEFORE_START = (*_BEFORE_APPROVAL, ChangeState.APPROVED)


@dataclass(frozen=True, slots=True)
class Offers:
    """Which buttons the page has; ``own`` says why its author finds no approval."""

    approve: bool
    cancel: bool
    own: bool
    rehearse: bool = False
    cancel_rehearsal: bool = False
    apply: bool = False
    confirm: bool = False
    resume: bool = False
    rollback: bool = False


def offers_for(
    change: NetworkChange,
    actor: str,
    *,
    may_approve: bool,
    may_change: bool,
    can_start: bool,
    step: StepUnderWay | None,
) -> Offers:
    """What the state allows this person. Whether it holds is asked again by the command.

    ``can_start``: this platform reaches the devices; ``step``: the last one that began here.
    """
    own = actor == change.author
    is_busy = step is not None and step.is_running
    free = can_start and may_change and not is_busy
    stage = change.current_stage
    waits = change.hold and stage is not None and stage.state is StageState.GATING
    running = change.state is ChangeState.RUNNING
    return Offers(
        approve=change.state in _BEFORE_APPROVAL and may_approve and not own,
        cancel=not change.state.is_over and (may_change or may_approve),
        own=change.state in _BEFORE_APPROVAL and own,
        rehearse=free
        and change.state in _BEFORE_START
        and change.request.kind is not ChangeKind.ROLLBACK,
        cancel_rehearsal=may_change and step is not None and step.can_be_cancelled,
        apply=free and change.state is ChangeState.APPROVED,
        confirm=free and running and waits,
        resume=free and running and not waits,
        rollback=free
        and change.state in (ChangeState.CONFIRMED, ChangeState.FAILED)
        and change.request.kind is not ChangeKind.DRILL
        and all(stage.on_trial for stage in change.request.plan.stages),
    )
