"""What a reader may do with a change as it stands (pure)."""

from dataclasses import dataclass

from device_configs.changes.history import NetworkChange
from device_configs.changes.states import ChangeState

_BEFORE_APPROVAL = (ChangeState.PLANNED, ChangeState.REHEARSED)


@dataclass(frozen=True, slots=True)
class Offers:
    """Which buttons the page has; ``own`` says why its author finds no approval."""

    approve: bool
    cancel: bool
    own: bool


def offers_for(change: NetworkChange, actor: str, *, may_approve: bool, may_change: bool) -> Offers:
    """What the state allows this person. Whether it holds is asked again by the command."""
    waits = change.state in _BEFORE_APPROVAL
    own = actor == change.author
    return Offers(
        approve=waits and may_approve and not own,
        cancel=not change.state.is_over and (may_change or may_approve),
        own=waits and own,
    )
