"""Conditions that rules watch, as evidence and as faults of their own (pure).

A device that is reached and short of memory is a fault that nothing may hide; a device that is
down explains that its measurements stopped.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from monitors.alerts.model import Confidence, FaultGroup, State
from monitors.alerts.reading import EvidenceReading
from monitors.alerts.rules import AlertKey, Phase, RuleBook, RuleKind, RuleState
from monitors.alerts.rules.book import AGENT_TAG, IsDoubtful
from monitors.evidence import Element, ElementKind, Observation, Source
from monitors.samples import Sample

_FINDINGS = {Phase.INACTIVE: True, Phase.PENDING: None, Phase.FIRING: False}
PART_TAGS = ("ifName", "row")
"""What names the part of a device that a sample is of: an interface, a row of a table."""
SHORTEST_LIFETIME = timedelta(minutes=1)


class RuleWatch:
    """Feeds samples to the rules and says, of each thing touched, how it now is.

    Every evaluation is an observation, not only changes: after a restart the first good value
    ends a fault that was open before. It bears the stamp of the sample it rests on, so what no
    sample speaks of any more ages like everything else.
    """

    def __init__(self, book: RuleBook) -> None:
        self._book = book

    def take(
        self, samples: Iterable[Sample], is_doubtful: IsDoubtful = lambda _start, _end: False
    ) -> list[Observation]:
        """The conditions that these samples speak of."""
        ordered = sorted(samples, key=lambda sample: sample.at)
        self._book.take(ordered, is_doubtful)
        found = [_observation(self._book, key, state) for key, state in self._book.touched(ordered)]
        return [observation for observation in found if observation is not None]

    def tick(self, now: datetime) -> list[Observation]:
        """Tidy up. The mere passing of time changes no condition: only samples do."""
        self._book.tidy(now)
        return []


def _observation(book: RuleBook, key: AlertKey, state: RuleState) -> Observation | None:
    at = state.last_at
    if book.rule_of(key).kind is RuleKind.ABSENCE and state.phase is not Phase.INACTIVE:
        at = book.watched_at(key)
    if at is None:
        return None
    return Observation(
        Element.condition(key.rule, key.tag(AGENT_TAG), _part(key)),
        Source.RULE,
        _FINDINGS[state.phase],
        at,
        key.rule,
        since=state.since if state.phase is Phase.FIRING else None,
        lifetime=book.rule_of(key).valid_for or max(SHORTEST_LIFETIME, 3 * state.spacing),
    )


def _part(key: AlertKey) -> str:
    return next(filter(None, map(key.tag, PART_TAGS)), "")


def judge_conditions(
    reading: EvidenceReading, states: Mapping[Element, State], collector: str
) -> tuple[Mapping[Element, State], list[FaultGroup]]:
    """States of the conditions, and a fault for each bad one at a device that is up.

    An agent that does not answer, as a device that is down, explains that nothing is measured. The
    ``collector`` itself, which nobody polls, is up while it judges.
    """
    found: dict[Element, State] = {}
    groups: list[FaultGroup] = []
    for element, finding in reading.known(ElementKind.CONDITION):
        device = Element.device(element.device_name)
        default = State.UP if element.device_name == collector else State.UNKNOWN
        if finding.ok is None or states.get(device, default) is not State.UP:
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
