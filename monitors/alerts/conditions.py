"""Conditions that rules watch, as evidence and as faults of their own (pure).

A device that is reached and short of memory is a fault that nothing may hide; a device that is
down explains that its measurements stopped.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from monitors.alerts.model import Confidence, FaultGroup, State
from monitors.alerts.reading import Reading
from monitors.alerts.rules import AlertKey, Phase, RuleBook
from monitors.evidence import Element, ElementKind, Observation, Source
from monitors.samples import Sample

_FINDINGS = {Phase.INACTIVE: True, Phase.PENDING: None, Phase.FIRING: False}
DEVICE_TAG = "agent_host"
PART_TAG = "ifName"


class RuleWatch:
    """Feeds samples to the rules and says, of each thing touched, how it now stands.

    Every evaluation is told, not only changes: after a restart the first good value ends a
    fault that was open before.
    """

    def __init__(self, book: RuleBook) -> None:
        self._book = book

    def take(self, samples: Iterable[Sample]) -> list[Observation]:
        """The samples' conditions; those of one condition in the order of their stamps."""
        ordered = sorted(samples, key=lambda sample: sample.at)
        self._book.take(ordered)
        newest = {sample.tags: sample.at for sample in ordered}
        return [
            _observation(key, phase, newest[tags])
            for key, phase, tags in self._book.standing(newest)
        ]

    def tick(self, now: datetime) -> list[Observation]:
        """Conditions that the mere passing of time has changed."""
        return [_observation(a.key, a.transition.phase, now) for a in self._book.tick(now)]


def _observation(key: AlertKey, phase: Phase, at: datetime) -> Observation:
    tags = dict(part.partition("=")[::2] for part in key.element.split(","))
    element = Element.condition(key.rule, tags.get(DEVICE_TAG, ""), tags.get(PART_TAG, ""))
    return Observation(element, Source.RULE, _FINDINGS[phase], at, key.rule)


def judge_conditions(
    reading: Reading, states: Mapping[Element, State]
) -> tuple[Mapping[Element, State], list[FaultGroup]]:
    """States of the conditions, and a fault for each bad one at a device that is up.

    An agent that does not answer, as a device that is down, explains that nothing is measured.
    """
    found: dict[Element, State] = {}
    groups: list[FaultGroup] = []
    for element, finding in reading.known(ElementKind.CONDITION):
        device = Element.device(element.device_name)
        if finding.ok is None or states.get(device, State.UNKNOWN) is not State.UP:
            found[element] = State.UNKNOWN
        elif finding.ok:
            found[element] = State.UP
        elif finding.observation is not None:
            found[element] = State.DOWN
            groups.append(
                FaultGroup(
                    roots=(element,),
                    state=State.DOWN,
                    confidence=Confidence.HIGH,
                    since=finding.since or finding.at,
                    evidence=(finding.observation,),
                )
            )
    return found, groups
