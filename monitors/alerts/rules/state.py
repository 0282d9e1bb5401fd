"""One alert over time: inactive, pending, firing, resolved (pure; source: Prometheus' rules).

Times come from the samples' stamps, so a restart or a late evaluation changes nothing.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Phase(StrEnum):
    INACTIVE = "inactive"
    PENDING = "pending"
    FIRING = "firing"


class RuleKind(StrEnum):
    THRESHOLD = "threshold"
    ABSENCE = "absence"


class Rule(BaseModel):
    """A rule as data. Durations are ISO 8601 (``PT1M``) or seconds.

    A threshold fires while ``value <comparison> threshold`` has held for ``for_duration``; it
    clears only beyond ``clear`` (hysteresis) and not before ``keep_firing``. An absence fires
    when nothing came for ``for_duration``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    title_zh: str
    title_en: str
    kind: RuleKind = RuleKind.THRESHOLD
    measurement: str
    field: str
    plus: tuple[str, ...] = ()
    """Fields of the same sample that are added to it (free memory is more than ``Avail``)."""
    per: str | None = None
    """A field of the same sample the value is divided by."""
    comparison: Literal[">", "<"] = ">"
    threshold: float = 0.0
    clear: float | None = None
    for_duration: timedelta = Field(ge=timedelta(0))
    keep_firing: timedelta = Field(default=timedelta(0), ge=timedelta(0))

    def is_beyond(self, value: float) -> bool:
        """True when the value calls for an alert."""
        return value > self.threshold if self.comparison == ">" else value < self.threshold

    def is_clear(self, value: float) -> bool:
        """True when the value is good enough to end one."""
        limit = self.threshold if self.clear is None else self.clear
        return value <= limit if self.comparison == ">" else value >= limit


@dataclass(frozen=True, slots=True, order=True)
class AlertKey:
    """Rule, element and condition; the severity is no part of it."""

    rule: str
    element: str
    condition: str = ""


@dataclass(frozen=True, slots=True)
class RuleState:
    """Where an alert stands; all instants from the samples."""

    phase: Phase = Phase.INACTIVE
    since: datetime | None = None
    """When the condition began to hold, while pending or firing."""
    clear_since: datetime | None = None
    last_at: datetime | None = None
    """The last sample with a value: what the absence rule looks at."""


@dataclass(frozen=True, slots=True)
class RuleTransition:
    """``firing`` or (from firing back) ``inactive``: resolved."""

    phase: Phase
    at: datetime
    since: datetime
    value: float | None = None


Outcome = tuple[RuleState, RuleTransition | None]


def evaluate_sample(rule: Rule, state: RuleState, value: float | None, at: datetime) -> Outcome:
    """The alert after one sample. A value that is unknown, or older than the last, freezes it."""
    if value is None or (state.last_at is not None and at < state.last_at):
        return state, None
    state = replace(state, last_at=at)
    if state.phase is Phase.FIRING:
        return _firing(rule, state, value, at)
    if not rule.is_beyond(value):
        return replace(state, phase=Phase.INACTIVE, since=None), None
    since = state.since if state.phase is Phase.PENDING and state.since is not None else at
    if at - since < rule.for_duration:
        return replace(state, phase=Phase.PENDING, since=since), None
    firing = replace(state, phase=Phase.FIRING, since=since, clear_since=None)
    return firing, RuleTransition(Phase.FIRING, at, since, value)


def _firing(rule: Rule, state: RuleState, value: float, at: datetime) -> Outcome:
    if not rule.is_clear(value):
        return replace(state, clear_since=None), None
    clear_since = state.clear_since or at
    if at - clear_since < rule.keep_firing:
        return replace(state, clear_since=clear_since), None
    resolved = RuleTransition(Phase.INACTIVE, at, state.since or at, value)
    return RuleState(last_at=at), resolved


def evaluate_absence(rule: Rule, state: RuleState, last_at: datetime, now: datetime) -> Outcome:
    """The alert of an absence rule, given when the last value came."""
    silent_for = now - last_at
    if silent_for <= timedelta(0) or silent_for < rule.for_duration:
        resolved = None
        if state.phase is Phase.FIRING:
            resolved = RuleTransition(Phase.INACTIVE, last_at, state.since or last_at)
        return RuleState(last_at=last_at), resolved
    if state.phase is Phase.FIRING:
        return replace(state, last_at=last_at), None
    firing = RuleState(Phase.FIRING, since=last_at, last_at=last_at)
    return firing, RuleTransition(Phase.FIRING, last_at + rule.for_duration, last_at)
