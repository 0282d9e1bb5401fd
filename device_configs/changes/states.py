"""The words of a change under way: what it is, what a stage is, where a device is (values)."""

from enum import StrEnum


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
