"""All rules over all elements: samples in, transitions out."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitors.alerts.rules.state import (
    LONGEST_GAP,
    AlertKey,
    AlertRule,
    Phase,
    RuleKind,
    RuleState,
    RuleTransition,
    evaluate_absence,
    evaluate_sample,
    spaced,
)
from monitors.samples import Sample, Tags

AGENT_TAG = "agent_host"
AHEAD = timedelta(seconds=5)
"""A sample stamped further ahead of the clock was taken before the clock was set back."""
FORGET_AFTER = timedelta(days=1)
"""What no sample spoke of for so long is forgotten, unless it fires."""


IsDoubtful = Callable[[datetime, datetime], bool]
"""Whether the collector was late at any moment between two instants."""


@dataclass(frozen=True, slots=True)
class RuleAlert:
    """A transition of one rule for one element (its tags, ``agent_host=rt-a,ifName=egov``)."""

    key: AlertKey
    rule: AlertRule
    transition: RuleTransition


@dataclass(frozen=True, slots=True)
class Watch:
    """Samples of one agent without a long gap: from when to when, and how far apart."""

    since: datetime
    at: datetime
    spacing: timedelta = timedelta(0)

    def with_sample(self, at: datetime) -> "Watch":
        """The watch after one more sample; one that comes too late begins another."""
        gap = at - self.at
        if gap > max(LONGEST_GAP, 3 * self.spacing):
            return Watch(at, at, self.spacing)
        if gap <= timedelta(0):
            return self
        return Watch(self.since, at, spaced(self.spacing, gap))


class RuleBook:
    """Holds the state of every (rule, element); used from one thread.

    Time is what the samples say. A value is absent while its agent goes on sending others, so
    neither a collector that is late nor an agent that is silent makes anything absent.
    """

    def __init__(
        self, rules: Sequence[AlertRule], states: Mapping[AlertKey, RuleState] | None = None
    ) -> None:
        self._by_name = {rule.name: rule for rule in rules}
        self._rules: dict[str, list[AlertRule]] = {}
        for rule in rules:
            self._rules.setdefault(rule.measurement, []).append(rule)
        self._states = {k: s for k, s in (states or {}).items() if k.rule in self._by_name}
        self._watches: dict[str, Watch] = {}
        self._absences: dict[str, set[AlertKey]] = {}
        for key, state in self._states.items():
            self._resume(key, state)

    @property
    def states(self) -> Mapping[AlertKey, RuleState]:
        """Every state, by rule and element."""
        return self._states

    def take(
        self, samples: Iterable[Sample], is_doubtful: IsDoubtful = lambda _start, _end: False
    ) -> list[RuleAlert]:
        """Evaluate the samples in the order of their stamps."""
        alerts: list[RuleAlert] = []
        agents: dict[str, None] = {}
        for sample in sorted(samples, key=lambda sample: sample.at):
            agent = _tag(sample.tags, AGENT_TAG)
            agents[agent] = None
            watch = self._watches.get(agent)
            self._watches[agent] = (
                Watch(sample.at, sample.at) if watch is None else watch.with_sample(sample.at)
            )
            for key in self._keys_of(sample):
                rule = self._by_name[key.rule]
                alerts += self._take(key, rule, value_of(rule, sample), sample.at, is_doubtful)
        for agent in agents:
            alerts += self._look_for_absences(agent)
        return alerts

    def touched(self, samples: Iterable[Sample]) -> list[tuple[AlertKey, RuleState]]:
        """The states of what these samples had something to say about."""
        keys: dict[AlertKey, None] = {}
        for sample in samples:
            keys |= dict.fromkeys(self._keys_of(sample))
            keys |= dict.fromkeys(self._absences.get(_tag(sample.tags, AGENT_TAG), ()))
        return [(key, self._states[key]) for key in keys if key in self._states]

    def watched_at(self, key: AlertKey) -> datetime | None:
        """The newest sample of the key's agent."""
        watch = self._watches.get(key.tag(AGENT_TAG))
        return None if watch is None else watch.at

    def rule_of(self, key: AlertKey) -> AlertRule:
        return self._by_name[key.rule]

    def tidy(self, now: datetime) -> None:
        """Drop what no sample spoke of for long: the element is no more, or is called otherwise.

        After the clock was set back, what is known from the future waits for nothing.
        """
        for key, state in list(self._states.items()):
            if state.last_at is not None and state.last_at > now + AHEAD:
                self._states[key] = state = _set_back(state, now)
            idle = state.last_at is None or now - state.last_at > FORGET_AFTER
            if idle and state.phase is not Phase.FIRING:
                del self._states[key]
                self._absences.get(key.tag(AGENT_TAG), set()).discard(key)
        for agent, watch in list(self._watches.items()):
            if now - watch.at > FORGET_AFTER or watch.at > now + AHEAD:
                del self._watches[agent]

    def firing(self) -> list[AlertKey]:
        """What fires now, by rule and element."""
        return sorted(key for key, state in self._states.items() if state.phase is Phase.FIRING)

    def _keys_of(self, sample: Sample) -> list[AlertKey]:
        rules = self._rules.get(sample.measurement, ())
        return [AlertKey(rule.name, sample.tags) for rule in rules if rule.field in sample.fields]

    def _resume(self, key: AlertKey, state: RuleState) -> None:
        if self._by_name[key.rule].kind is RuleKind.ABSENCE and state.last_at is not None:
            agent = key.tag(AGENT_TAG)
            self._absences.setdefault(agent, set()).add(key)
            # A gap between what was stored and the next sample is for that sample to see.
            seen_at = state.watched_at or state.last_at
            known = self._watches.get(agent)
            if known is None or known.at < seen_at:
                self._watches[agent] = Watch(state.since or state.last_at, seen_at)

    def _take(
        self,
        key: AlertKey,
        rule: AlertRule,
        value: float | None,
        at: datetime,
        is_doubtful: IsDoubtful,
    ) -> list[RuleAlert]:
        state = self._states.get(key, RuleState())
        if rule.kind is RuleKind.THRESHOLD:
            doubtful = state.last_at is not None and is_doubtful(state.last_at, at)
            outcome = evaluate_sample(rule, state, value, at, is_doubtful=doubtful)
            return self._store(key, rule, *outcome)
        self._absences.setdefault(key.tag(AGENT_TAG), set()).add(key)
        if state.phase is Phase.FIRING:
            return self._store(key, rule, *evaluate_absence(rule, state, at, at))
        self._states[key] = RuleState(last_at=max(state.last_at or at, at))
        return []

    def _look_for_absences(self, agent: str) -> list[RuleAlert]:
        alerts: list[RuleAlert] = []
        watch = self._watches[agent]
        for key in sorted(self._absences.get(agent, ())):
            state, rule = self._states[key], self._by_name[key.rule]
            if state.last_at is None:
                continue
            # Time before the watch began was not watched, and proves nothing.
            is_firing = state.phase is Phase.FIRING
            from_at = state.last_at if is_firing else max(state.last_at, watch.since)
            after, transition = evaluate_absence(rule, state, from_at, watch.at)
            after = replace(after, last_at=state.last_at, watched_at=watch.at)
            alerts += self._store(key, rule, after, transition)
        return alerts

    def _store(
        self, key: AlertKey, rule: AlertRule, state: RuleState, transition: RuleTransition | None
    ) -> list[RuleAlert]:
        self._states[key] = state
        return [] if transition is None else [RuleAlert(key, rule, transition)]


def _set_back(state: RuleState, now: datetime) -> RuleState:
    """Pending begins anew; what fires goes on, and began no later than now."""
    if state.phase is not Phase.FIRING:
        return RuleState(last_at=now, spacing=state.spacing)
    return replace(
        state,
        since=min(state.since or now, now),
        clear_since=None,
        last_at=now,
        watched_at=now if state.watched_at else None,
    )


def _tag(tags: Tags, name: str) -> str:
    return next((value for tag, value in tags if tag == name), "")


def value_of(rule: AlertRule, sample: Sample) -> float | None:
    """The number the rule looks at; None when the sample does not have it."""
    parts = [_number(sample, name) for name in (rule.field, *rule.plus)]
    if any(part is None for part in parts):
        return None
    value = sum(part for part in parts if part is not None)
    if rule.per is None:
        return value
    whole = _number(sample, rule.per)
    return value / whole if whole else None


def _number(sample: Sample, name: str) -> float | None:
    value = sample.fields.get(name)
    return None if value is None or isinstance(value, str) else float(value)
