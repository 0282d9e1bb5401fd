"""Evidence of silence from a time in which we were late: held back, and its start kept (pure).

Who did not answer while we could not listen is unknown. What was said to us counts as ever: an
answer, and an agent's own word that a port is down or a display is off.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from monitors.alerts.model import AGENT_SILENT
from monitors.evidence import Element, ElementKind, EvidenceRegister, Observation, Source
from monitors.impairment.model import Spell

Key = tuple[Element, str]

STATED = frozenset({ElementKind.PORT, ElementKind.LINK, ElementKind.SEAT_DISPLAY})
"""Kinds of element of which bad is said by somebody who answered. Adjacencies, gateway roles and
conditions are said as well, but conclude from time-outs and load; these wait like silence."""
REPORTED_ONCE = frozenset({str(Source.TRAP), str(Source.NETLINK), str(Source.RULE)})
"""Sources that speak when something changes: nothing newer may come while it stays bad."""
PROBED = frozenset({ElementKind.DEVICE, ElementKind.SEAT_HOST})
"""Kinds whose silence is judged by pings wherever they are pinged."""
DETAIL = "not known: monitoring was late"


@dataclass(frozen=True, slots=True)
class Windows:
    """How long before its stamp an observation by each source began to be made.

    ``grace``: after a spell everybody is asked again within it (a polling interval and what
    the judge needs to settle); a word that is said once counts if nobody has taken it back.
    """

    ping: timedelta = timedelta(seconds=1)
    poll: timedelta = timedelta(seconds=5)
    probe: timedelta = timedelta(seconds=1)
    grace: timedelta = timedelta(seconds=6)

    def of(self, source: str) -> timedelta:
        by_source = {Source.ICMP: self.ping, Source.SNMP: self.poll, Source.PROBE: self.probe}
        family = source.partition(":")[0]
        return next((w for s, w in by_source.items() if s == family), timedelta(0))


@dataclass(frozen=True, slots=True)
class Run:
    """Bad evidence without a good word between. ``sure``: from outside every spell known yet."""

    first: Observation
    last: Observation
    first_sure: Observation | None = None
    last_sure: Observation | None = None
    was_withheld: bool = False


def _nothing() -> Mapping[Key, Run]:
    return MappingProxyType({})


def _nobody() -> Mapping[str, datetime]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Withheld:
    """The runs of bad evidence there are now, by element and source."""

    runs: Mapping[Key, Run] = field(default_factory=_nothing)
    returned: Mapping[str, datetime] = field(default_factory=_nobody)
    """Device -> when it last answered after it had not, whether or not that was held back."""

    def noting(self, fresh: Sequence[Observation], register: EvidenceRegister) -> "Withheld":
        """With these observations in it; ``register`` has them merged already."""
        if not self.runs and not any(one.ok is False for one in fresh):
            return self
        runs, returned = dict(self.runs), dict(self.returned)
        for observation in sorted(fresh, key=lambda one: one.rank):
            if observation.element.kind in STATED or observation.ok is None:
                continue
            run = runs.get(observation.key)
            if observation.ok:
                left = _after_answer(run, observation)
                if left is not None:
                    runs[observation.key] = left
                elif run is not None:
                    del runs[observation.key]
                    if observation.source == Source.ICMP:
                        returned[observation.element.device_name] = observation.observed_at
                continue
            newest = register.get(*observation.key)
            if newest is not None and newest.ok and newest.rank > observation.rank:
                if observation.source == Source.ICMP:
                    returned[observation.element.device_name] = newest.observed_at
                continue
            runs[observation.key] = _longer(run, observation)
        return Withheld(MappingProxyType(runs), MappingProxyType(returned))

    def judged(
        self, spells: Sequence[Spell], now: datetime, windows: Windows
    ) -> tuple["Withheld", Mapping[Key, Observation]]:
        """Sorted by the spells known now, and what to read instead of held-back evidence."""
        runs: dict[Key, Run] = {}
        fallbacks: dict[Key, Observation] = {}
        for key, run in self.runs.items():
            sorted_run = _sorted(run, spells, now, windows)
            if sorted_run.last_sure is not run.last:
                sorted_run = replace(sorted_run, was_withheld=True)
                fallbacks[key] = sorted_run.last_sure or Observation(
                    run.last.element, run.last.source, None, run.last.observed_at, DETAIL
                )
            runs[key] = sorted_run
        return replace(self, runs=MappingProxyType(runs)), fallbacks

    def starts(self) -> Mapping[Element, datetime]:
        """Since when elements are bad whose first bad evidence was held back.

        A device's agent is an element of its own: a poll that it did not answer speaks of it.
        """
        pinged = {element for element, source in self.runs if source == Source.ICMP}
        found: dict[Element, datetime] = {}
        for (element, source), run in self.runs.items():
            if element.kind is ElementKind.DEVICE and source == Source.SNMP and run.was_withheld:
                found[Element.condition(AGENT_SILENT, element.name)] = run.first.begins_at
            if element.kind in PROBED and element in pinged and source != Source.ICMP:
                continue
            if run.was_withheld:
                at = run.first.begins_at
                found[element] = min(found.get(element, at), at)
        return found


def readable(register: EvidenceRegister, fallbacks: Mapping[Key, Observation]) -> EvidenceRegister:
    """The register as the judge may read it."""
    if not fallbacks:
        return register
    return register.overruled_by(fallbacks)


def is_spoilt(
    observation: Observation, spells: Iterable[Spell], now: datetime, windows: Windows
) -> bool:
    """Whether the observation was made while we were late."""
    begun = observation.observed_at - windows.of(observation.source)
    until = observation.observed_at + timedelta(microseconds=1)
    return any(
        spell.overlaps(begun, until)
        and (observation.source not in REPORTED_ONCE or now < spell.end + windows.grace)
        for spell in spells
    )


def _after_answer(run: Run | None, answer: Observation) -> Run | None:
    """What is left of a run when an answer turns up that may be older than its end."""
    if run is None or run.last.rank <= answer.rank:
        return None
    return run if run.first.rank > answer.rank else Run(run.last, run.last)


def _longer(run: Run | None, observation: Observation) -> Run:
    if run is None:
        return Run(observation, observation)
    return replace(
        run,
        first=min(run.first, observation, key=lambda one: one.rank),
        last=max(run.last, observation, key=lambda one: one.rank),
    )


def _sorted(run: Run, spells: Sequence[Spell], now: datetime, windows: Windows) -> Run:
    candidates = [run.first, run.first_sure, run.last_sure, run.last]
    sure = [
        one for one in candidates if one is not None and not is_spoilt(one, spells, now, windows)
    ]
    return replace(
        run,
        first_sure=min(sure, key=lambda one: one.rank, default=None),
        last_sure=max(sure, key=lambda one: one.rank, default=None),
    )
