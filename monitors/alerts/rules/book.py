"""All rules over all elements: samples in, transitions out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from monitors.alerts.rules.state import (
    AlertKey,
    Phase,
    Rule,
    RuleKind,
    RuleState,
    RuleTransition,
    evaluate_absence,
    evaluate_sample,
)
from monitors.samples import Sample, Tags


@dataclass(frozen=True, slots=True)
class RuleAlert:
    """A transition of one rule for one element (its tags, ``agent_host=rt-a,ifName=egov``)."""

    key: AlertKey
    rule: Rule
    transition: RuleTransition


class RuleBook:
    """Holds the state of every (rule, element); used from one thread."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules: dict[str, list[Rule]] = {}
        for rule in rules:
            self._rules.setdefault(rule.measurement, []).append(rule)
        self._thresholds = [rule for rule in rules if rule.kind is RuleKind.THRESHOLD]
        self._states: dict[AlertKey, RuleState] = {}

    def take(self, samples: Iterable[Sample]) -> list[RuleAlert]:
        """Evaluate the samples in the order of their stamps."""
        alerts: list[RuleAlert] = []
        for sample in sorted(samples, key=lambda sample: sample.at):
            for rule in self._rules.get(sample.measurement, ()):
                value = value_of(rule, sample)
                if rule.field in sample.fields:
                    alerts += self._take(rule, sample, value)
        return alerts

    def tick(self, now: datetime) -> list[RuleAlert]:
        """Evaluate the absence rules at ``now``."""
        rules = {r.name: r for found in self._rules.values() for r in found}
        alerts: list[RuleAlert] = []
        for key, state in list(self._states.items()):
            rule = rules[key.rule]
            if rule.kind is RuleKind.ABSENCE and state.last_at is not None:
                outcome = evaluate_absence(rule, state, state.last_at, now)
                alerts += self._store(key, rule, *outcome)
        return alerts

    def standing(self, tags: Iterable[Tags]) -> list[tuple[AlertKey, Phase, Tags]]:
        """The phase of every threshold rule that has looked at one of these tag sets."""
        return [
            (key, state.phase, wanted)
            for wanted in tags
            for rule in self._thresholds
            if (state := self._states.get(key := AlertKey(rule.name, _element(wanted)))) is not None
        ]

    def firing(self) -> list[AlertKey]:
        """What fires now, by rule and element."""
        return sorted(key for key, state in self._states.items() if state.phase is Phase.FIRING)

    def _take(self, rule: Rule, sample: Sample, value: float | None) -> list[RuleAlert]:
        key = AlertKey(rule.name, _element(sample.tags))
        state = self._states.get(key, RuleState())
        if rule.kind is RuleKind.THRESHOLD:
            return self._store(key, rule, *evaluate_sample(rule, state, value, sample.at))
        if state.phase is Phase.FIRING:
            return self._store(key, rule, *evaluate_absence(rule, state, sample.at, sample.at))
        self._states[key] = replace(state, last_at=max(state.last_at or sample.at, sample.at))
        return []

    def _store(
        self, key: AlertKey, rule: Rule, state: RuleState, transition: RuleTransition | None
    ) -> list[RuleAlert]:
        self._states[key] = state
        return [] if transition is None else [RuleAlert(key, rule, transition)]


def _element(tags: Tags) -> str:
    return ",".join(f"{tag}={name}" for tag, name in tags)


def value_of(rule: Rule, sample: Sample) -> float | None:
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
