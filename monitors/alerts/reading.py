"""Evidence as the judge reads it: one finding per element, several sources weighed."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitors.alerts.graph import Graph
from monitors.alerts.model import JudgeSettings, Timing
from monitors.evidence import Element, ElementKind, EvidenceRegister, Observation, Source

PUSHED = frozenset({str(Source.TRAP), str(Source.NETLINK)})
ASK_FOR = timedelta(seconds=1)
"""How long a poll is asked for that could confirm a trap; no answer means what it means."""
CYCLES = 3
"""A polled word counts for so many cycles of its source."""
REPORTED_BY_DEVICE = (ElementKind.PORT, ElementKind.NEIGHBOUR, ElementKind.VRRP)


@dataclass(frozen=True, slots=True)
class EvidenceFinding:
    """The weighed evidence about one element: good, bad, or (``ok`` None) unknown."""

    ok: bool | None
    observation: Observation | None = None
    since: datetime | None = None
    """Since when it is bad, as far as this and earlier verdicts saw."""

    @property
    def bad(self) -> bool:
        return self.ok is False

    @property
    def at(self) -> datetime:
        """When the deciding observation was made; only for known findings."""
        if self.observation is None:
            raise ValueError("an unknown finding has no instant")
        return self.observation.observed_at


NOTHING = EvidenceFinding(ok=None)


@dataclass(frozen=True)
class EvidenceReading:
    """Findings by element, and when each device last gave a sign of life."""

    findings: Mapping[Element, EvidenceFinding]
    answered: Mapping[str, datetime]
    """Device -> last direct answer (ICMP, SNMP)."""
    unconfirmed: frozenset[str] = frozenset()
    """Devices with an element known by a trap alone, which a poll could have confirmed by now."""
    register: EvidenceRegister = field(default_factory=EvidenceRegister)
    now: datetime | None = None
    settings: JudgeSettings = field(default_factory=JudgeSettings)
    named: frozenset[Element] = frozenset()
    living: frozenset[str] = frozenset()
    """Silent devices that the verdict before saw live on their data side."""
    awake_since: datetime | None = None
    """No word from before it names anything new (:attr:`Timing.awake_since`)."""
    _by_kind: dict[ElementKind, list[tuple[Element, EvidenceFinding]]] = field(
        default_factory=dict, compare=False, repr=False
    )
    _sorted: set[ElementKind] = field(default_factory=set, compare=False, repr=False)

    def of(self, element: Element) -> EvidenceFinding:
        return self.findings.get(element, NOTHING)

    def device(self, name: str) -> EvidenceFinding:
        return self.of(Element.device(name))

    def answered_since(self, device: str, at: datetime) -> bool:
        """True when the device itself answered a probe at or after the instant."""
        last = self.answered.get(device)
        return last is not None and last >= at

    def heard_since(self, element: Element, at: datetime) -> bool:
        """True when any source spoke of the element at or after the instant."""
        return any(entry.observed_at >= at for entry in self.register.of(element))

    def may_name(self, roots: Iterable[Element], evidence: Iterable[Observation]) -> bool:
        """True when a fault was named already, or a word against it is fresh."""
        if not self.named.isdisjoint(roots):
            return True
        return any(self._is_fresh(observation) for observation in evidence)

    def _is_fresh(self, observation: Observation) -> bool:
        if self.now is None:
            return True
        last_at = self._last_word_at(observation)
        if self.awake_since is not None and last_at < self.awake_since:
            return False
        age = self.now - last_at
        if age <= self.settings.fresh:
            return True
        # An agent so slow that its words always come late is believed when it repeats itself.
        since = self.of(observation.element).since or observation.observed_at
        cycle = self.settings.ages.of(observation) / CYCLES
        is_repeated = since < last_at
        late = self.now >= since + max(self.settings.last_resort, 2 * cycle)
        return is_repeated and late and age <= cycle

    def _last_word_at(self, observation: Observation) -> datetime:
        """A trap is said once, and decides for a while: a poll that agrees says it again."""
        if observation.source not in PUSHED:
            return observation.observed_at
        same = (e for e in self.register.of(observation.element) if e.ok is observation.ok)
        return max((entry.observed_at for entry in same), default=observation.observed_at)

    def known(self, kind: ElementKind) -> list[tuple[Element, EvidenceFinding]]:
        """All findings of one kind, by name."""
        if not self._by_kind:
            for item in self.findings.items():
                self._by_kind.setdefault(item[0].kind, []).append(item)
        found = self._by_kind.get(kind, [])
        if kind not in self._sorted:
            found.sort(key=lambda item: item[0].name)
            self._sorted.add(kind)
        return found

    def bad(self, kind: ElementKind) -> list[tuple[Element, EvidenceFinding]]:
        """The bad findings of one kind, by name."""
        return [(element, finding) for element, finding in self.known(kind) if finding.bad]

    def bad_since(self) -> dict[Element, datetime]:
        return {e: f.since for e, f in self.findings.items() if f.bad and f.since is not None}


def read(
    register: EvidenceRegister,
    graph: Graph,
    timing: Timing,
    now: datetime,
    settings: JudgeSettings,
    lost_sources: frozenset[str],
) -> EvidenceReading:
    """Weigh all evidence that counts: no word older than its bound, none of a lost source."""
    counts = _Counting(register, now, settings, lost_sources)
    reports = _reports(register)
    findings: dict[Element, EvidenceFinding] = {}
    answered: dict[str, datetime] = {}
    unconfirmed: set[str] = set()
    for element, entries in register.by_element().items():
        observation = _weigh(element, entries, settings)
        if element.kind is ElementKind.DEVICE:
            observation = _overruled_by_report(observation, reports.get(element.name), graph)
            _note_answer(answered, element.name, entries)
        if observation is not None and observation.source in PUSHED and element.device_name:
            age = now - observation.observed_at
            if settings.poll_lag <= age < settings.poll_lag + ASK_FOR:
                unconfirmed.add(element.device_name)
        findings[element] = _finding(element, counts.of(observation, entries), timing)
    return EvidenceReading(
        findings,
        answered,
        frozenset(unconfirmed),
        register,
        now,
        settings,
        timing.named,
        timing.living,
        timing.awake_since,
    )


@dataclass(frozen=True, slots=True)
class _Counting:
    """Whether a word still counts at ``now``."""

    register: EvidenceRegister
    now: datetime
    settings: JudgeSettings
    lost_sources: frozenset[str]

    def counts(self, observation: Observation) -> bool:
        if self.lost_sources and is_lost(observation.source, self.lost_sources):
            return False
        lifetime = observation.lifetime or self.settings.ages.of(observation)
        return self.now - observation.observed_at <= lifetime or self._is_missed(observation)

    def of(
        self, deciding: Observation | None, entries: Iterable[Observation]
    ) -> Observation | None:
        """The deciding word while it counts, then the newest that agrees with it and counts.

        What an aged word had overruled does not come back: after it the element is unknown. A
        service is good only while all its checks are.
        """
        if deciding is None:
            return None
        if deciding.ok and deciding.element.kind is ElementKind.SERVICE:
            whole = all(entry.ok and self.counts(entry) for entry in entries)
            return deciding if whole else None
        if self.counts(deciding):
            return deciding
        agreeing = [e for e in entries if e.ok is deciding.ok and self.counts(e)]
        return max(agreeing, key=lambda entry: entry.rank, default=None)

    def _is_missed(self, observation: Observation) -> bool:
        """A lost neighbour is a row that is missing: each later answer of its agent confirms it."""
        element = observation.element
        if element.kind is not ElementKind.NEIGHBOUR or observation.ok is not False:
            return False
        answer = self.register.get(Element.device(element.device_name), Source.SNMP)
        return (
            answer is not None
            and bool(answer.ok)
            and answer.observed_at >= observation.observed_at
            and self.settings.ages.allow(answer, self.now)
        )


def _reports(register: EvidenceRegister) -> dict[str, datetime]:
    """Device -> its newest good word about a port, neighbour or VRRP instance of its own."""
    reports: dict[str, datetime] = {}
    for entry in register:
        if entry.ok and entry.element.kind in REPORTED_BY_DEVICE:
            device = entry.element.device_name
            if device not in reports or reports[device] < entry.observed_at:
                reports[device] = entry.observed_at
    return reports


def is_lost(source: str, lost_sources: Iterable[str]) -> bool:
    """True when a source, or the family of sources it belongs to (``probe:0``), went quiet."""
    return source in lost_sources or Source.family(source) in lost_sources


def _note_answer(answered: dict[str, datetime], name: str, entries: Iterable[Observation]) -> None:
    times = [entry.observed_at for entry in entries if entry.ok]
    if times:
        answered[name] = max(times)


def _finding(element: Element, observation: Observation | None, timing: Timing) -> EvidenceFinding:
    if observation is None or observation.ok is None:
        return NOTHING
    if observation.ok:
        return EvidenceFinding(ok=True, observation=observation)
    begins_at = observation.begins_at
    since = min(timing.bad_since.get(element, begins_at), begins_at)
    return EvidenceFinding(ok=False, observation=observation, since=since)


def _weigh(
    element: Element, entries: Sequence[Observation], settings: JudgeSettings
) -> Observation | None:
    if len(entries) == 1:
        return entries[0] if entries[0].ok is not None else None
    if element.kind in (ElementKind.DEVICE, ElementKind.SEAT_HOST):
        return _liveness(entries, settings.answer)
    known = [entry for entry in entries if entry.ok is not None]
    if not known:
        return None
    weigh = _WEIGH.get(element.kind)
    return weigh(known) if weigh else _pushed_before_polled(known, settings.poll_lag)


def _liveness(entries: Iterable[Observation], wait: timedelta) -> Observation | None:
    """The newest answer, unless the probe made for the purpose was sent after it and failed.

    Where there is such a probe, nobody else's silence counts, not even while it knows nothing. It
    was sent ``wait`` before its failure is known: who answered meanwhile is alive.
    """
    good = [entry for entry in entries if entry.ok]
    bad = [entry for entry in entries if entry.ok is False]
    if any(entry.source == Source.ICMP for entry in entries):
        bad = [entry for entry in bad if entry.source == Source.ICMP]
    answer = max(good, key=lambda entry: entry.observed_at, default=None)
    silence = max(bad, key=lambda entry: entry.observed_at, default=None)
    if answer is None or silence is None:
        return answer or silence
    sent_at = silence.observed_at - wait if silence.source == Source.ICMP else silence.observed_at
    return answer if answer.observed_at >= sent_at else silence


def _any_bad(entries: list[Observation]) -> Observation:
    """Checks of a service are independent: any one that fails speaks for the whole."""
    bad = [entry for entry in entries if not entry.ok]
    if bad:
        return min(bad, key=lambda entry: (entry.observed_at, entry.source))
    return max(entries, key=lambda entry: entry.observed_at)


def _newest(entries: list[Observation]) -> Observation:
    return max(entries, key=lambda entry: (entry.observed_at, not entry.ok, entry.source))


def _pushed_before_polled(entries: list[Observation], lag: timedelta) -> Observation:
    """A poll may be ``lag`` old when it arrives, so it overrules a fresh trap only after that."""
    pushed = [entry for entry in entries if entry.source in PUSHED]
    newest = _newest(entries)
    if not pushed or newest in pushed:
        return newest
    trap = _newest(pushed)
    return trap if newest.observed_at <= trap.observed_at + lag else newest


def _overruled_by_report(
    observation: Observation | None, reported: datetime | None, graph: Graph
) -> Observation | None:
    """A device whose good report is newer than its silence is alive; itself, never by a peer."""
    if observation is None or observation.ok or reported is None:
        return observation
    if reported <= observation.observed_at or observation.element.name not in graph.devices:
        return observation
    return Observation(observation.element, str(Source.TRAP), True, reported, "own report")


_WEIGH: dict[ElementKind, Callable[[list[Observation]], Observation | None]] = {
    ElementKind.SEAT_DISPLAY: _newest,
    ElementKind.SERVICE: _any_bad,
    ElementKind.VRRP: _newest,
}


def is_pushed(evidence: Iterable[Observation]) -> bool:
    """Whether a device said it by itself."""
    return any(observation.source in PUSHED for observation in evidence)
