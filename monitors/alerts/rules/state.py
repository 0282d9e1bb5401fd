"""One alert over time: inactive, pending, firing, resolved (pure; source: Prometheus' rules).

Times come from the samples' stamps, so a restart or a late evaluation changes nothing.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from monitors.samples import Tags

LONGEST_GAP = timedelta(minutes=1)
"""Without a value for longer than this, and than its duration, a rule's waiting starts anew."""


class Phase(StrEnum):
    INACTIVE = "inactive"
    PENDING = "pending"
    FIRING = "firing"


class RuleKind(StrEnum):
    THRESHOLD = "threshold"
    ABSENCE = "absence"


class AlertRule(BaseModel):
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
    any_of: tuple[float, ...] = ()
    """States that call for an alert, in place of a threshold: numbers, or words of the profile."""
    clear: float | None = None
    for_duration: timedelta = Field(ge=timedelta(0))
    keep_firing: timedelta = Field(default=timedelta(0), ge=timedelta(0))
    valid_for: timedelta | None = Field(default=None, gt=timedelta(0))
    """How long one value counts; None: thrice the distance of its samples, a minute at least."""

    def is_beyond(self, value: float) -> bool:
        """True when the value calls for an alert."""
        if self.any_of:
            return value in self.any_of
        return value > self.threshold if self.comparison == ">" else value < self.threshold

    def is_clear(self, value: float) -> bool:
        """True when the value is good enough to end one."""
        if self.any_of:
            return value not in self.any_of
        limit = self.threshold if self.clear is None else self.clear
        return value <= limit if self.comparison == ">" else value >= limit


@dataclass(frozen=True, slots=True, order=True)
class AlertKey:
    """Rule and element, by the tags of its samples; the severity is no part of it."""

    rule: str
    tags: Tags

    @property
    def element(self) -> str:
        """The element for people: ``agent_host=rt-a,ifName=egov``."""
        return ",".join(f"{tag}={name}" for tag, name in self.tags)

    def tag(self, name: str) -> str:
        """The value of a tag, empty where there is none."""
        return next((value for tag, value in self.tags if tag == name), "")


@dataclass(frozen=True, slots=True)
class RuleState:
    """Where an alert stands; all instants from the samples."""

    phase: Phase = Phase.INACTIVE
    since: datetime | None = None
    """When the condition began to hold, while pending or firing."""
    clear_since: datetime | None = None
    last_at: datetime | None = None
    """The last sample with a value: what the absence rule looks at."""
    spacing: timedelta = timedelta(0)
    """How far apart samples are: the newest distance counts most."""
    doubted: timedelta = timedelta(0)
    """How much of the waiting since ``since`` does not count: we were late ourselves."""
    watched_at: datetime | None = None
    """Of an absence: the newest sample of the agent that did not bring the value."""


@dataclass(frozen=True, slots=True)
class RuleTransition:
    """``firing`` or (from firing back) ``inactive``: resolved."""

    phase: Phase
    at: datetime
    since: datetime
    value: float | None = None


Outcome = tuple[RuleState, RuleTransition | None]


def evaluate_sample(
    rule: AlertRule,
    state: RuleState,
    value: float | None,
    at: datetime,
    *,
    is_doubtful: bool = False,
) -> Outcome:
    """The alert after one sample. A value that is unknown, or older than the last, freezes it.

    What is pending does not hold through a time in which nobody looked for so long that it
    could have come and gone. ``is_doubtful``: the time since the sample before does not bring an
    alert nearer, because the collector was late in it; the alert keeps its true beginning.
    """
    if value is None or (state.last_at is not None and at < state.last_at):
        return state, None
    last_at = state.last_at or at
    state = replace(state, last_at=at, spacing=spaced(state.spacing, at - last_at))
    if state.phase is Phase.FIRING:
        return _firing(rule, state, value, at)
    if not rule.is_beyond(value):
        return replace(state, phase=Phase.INACTIVE, since=None, doubted=timedelta(0)), None
    since = state.since if state.phase is Phase.PENDING else None
    if since is None or at - last_at > max(rule.for_duration, LONGEST_GAP):
        state, since = replace(state, doubted=timedelta(0)), at
    elif is_doubtful:
        state = replace(state, doubted=state.doubted + (at - last_at))
    if at - since - state.doubted < rule.for_duration:
        return replace(state, phase=Phase.PENDING, since=since), None
    firing = replace(state, phase=Phase.FIRING, since=since, doubted=timedelta(0), clear_since=None)
    return firing, RuleTransition(Phase.FIRING, at, since, value)


def spaced(spacing: timedelta, gap: timedelta) -> timedelta:
    """The spacing after one more gap: longer at once, shorter by and by."""
    return max(gap, spacing / 2)


def _firing(rule: AlertRule, state: RuleState, value: float, at: datetime) -> Outcome:
    if not rule.is_clear(value):
        return replace(state, clear_since=None), None
    clear_since = state.clear_since or at
    if at - clear_since < rule.keep_firing:
        return replace(state, clear_since=clear_since), None
    resolved = RuleTransition(Phase.INACTIVE, at, state.since or at, value)
    return RuleState(last_at=at, spacing=state.spacing), resolved


def evaluate_absence(
    rule: AlertRule, state: RuleState, last_at: datetime, now: datetime
) -> Outcome:
    """The alert of an absence rule, given when the last value came.

    Half of its duration without a value is pending: long enough to be worth remembering.
    """
    silent_for = now - last_at
    if silent_for <= timedelta(0) or silent_for < rule.for_duration:
        resolved = None
        if state.phase is Phase.FIRING:
            resolved = RuleTransition(Phase.INACTIVE, last_at, state.since or last_at)
        if resolved is None and 2 * silent_for >= rule.for_duration > timedelta(0):
            return RuleState(Phase.PENDING, since=last_at, last_at=last_at), None
        return RuleState(last_at=last_at), resolved
    if state.phase is Phase.FIRING:
        return replace(state, last_at=last_at), None
    firing = RuleState(Phase.FIRING, since=last_at, last_at=last_at)
    return firing, RuleTransition(Phase.FIRING, last_at + rule.for_duration, last_at)
