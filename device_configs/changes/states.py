"""The words of a change under way: what it is, what a stage is, where a device is (values)."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from ops_core.kernel.i18n import Message, message


class ChangeState(StrEnum):
    PLANNED = "planned"
    REHEARSED = "rehearsed"
    APPROVED = "approved"
    RUNNING = "running"
    CONFIRMED = "confirmed"
    """Every device is new."""
    ROLLED_BACK = "rolled_back"
    """Every device is old again."""
    FAILED = "failed"
    """Some devices are new and some are old, or of some nobody knows; the record names them."""
    CANCELLED = "cancelled"
    """It touched no device."""

    @property
    def is_over(self) -> bool:
        return self in _OVER


_OVER = frozenset(
    {ChangeState.CONFIRMED, ChangeState.ROLLED_BACK, ChangeState.FAILED, ChangeState.CANCELLED}
)
CHANGE_STATE_WORDS: Mapping[ChangeState, Message] = MappingProxyType(
    {
        ChangeState.PLANNED: message("待审批"),
        ChangeState.REHEARSED: message("已演练，待审批"),
        ChangeState.APPROVED: message("已批准"),
        ChangeState.RUNNING: message("执行中"),
        ChangeState.CONFIRMED: message("已生效"),
        ChangeState.ROLLED_BACK: message("已回退"),
        ChangeState.FAILED: message("未完成"),
        ChangeState.CANCELLED: message("已取消"),
    }
)
"""What screens and refusals call them."""


class StageState(StrEnum):
    WAITING = "waiting"
    LOADING = "loading"
    """Its devices take their configuration."""
    GATING = "gating"
    """Every device has it, on trial; the gates are asked."""
    CONFIRMING = "confirming"
    REVERTING = "reverting"
    CONFIRMED = "confirmed"
    REVERTED = "reverted"
    UNEVEN = "uneven"
    """It is over, and its devices do not all have the same, or of one nobody knows."""

    @property
    def is_over(self) -> bool:
        return self in (StageState.CONFIRMED, StageState.REVERTED, StageState.UNEVEN)


class Place(StrEnum):
    """What a device has."""

    OLD = "old"
    LOADING = "loading"
    """Part of the new configuration: it was interrupted, and is going to be taken back."""
    TRIAL = "trial"
    """The new configuration, until it is confirmed or taken back by itself."""
    NEW = "new"
    MIXED = "mixed"
    """Neither: somebody else changed it, or it was not taken back whole."""
    UNKNOWN = "unknown"
    """It did not answer, or not so that anybody could read it."""
