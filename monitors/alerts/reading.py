"""Evidence as the judge reads it: one finding per element, several sources weighed."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitors.alerts.graph import Graph
from monitors.alerts.model import JudgeSettings, Timing
from monitors.evidence import Element, ElementKind, EvidenceRegister, Observation, Source

PUSHED = frozenset({str(Source.TRAP), str(Source.NETLINK)})
REPORTED_BY_DEVICE = frozenset({ElementKind.PORT, ElementKind.NEIGHBOUR, ElementKind.VRRP})


@dataclass(frozen=True, slots=True)
class Finding:
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


NOTHING = Finding(ok=None)


@dataclass(frozen=True)
class Reading:
    """Findings by element, and when each device last gave a sign of life."""

    findings: Mapping[Element, Finding]
    answered: Mapping[str, datetime]
    """Device -> last direct answer (ICMP, SNMP)."""

    def of(self, element: Element) -> Finding:
        return self.findings.get(element, NOTHING)

    def device(self, name: str) -> Finding:
        return self.of(Element.device(name))

    def answered_since(self, device: str, at: datetime) -> bool:
        """True when the device itself answered a probe at or after the instant."""
        last = self.answered.get(device)
        return last is not None and last >= at

    def known(self, kind: ElementKind) -> list[tuple[Element, Finding]]:
        """All findings of one kind, by name."""
        return sorted(
            ((e, f) for e, f in self.findings.items() if e.kind is kind), key=lambda item: item[0]
        )

    def bad(self, kind: ElementKind) -> list[tuple[Element, Finding]]:
        """The bad findings of one kind, by name."""
        return [(element, finding) for element, finding in self.known(kind) if finding.bad]

    def bad_since(self) -> dict[Element, datetime]:
        return {e: f.since for e, f in self.findings.items() if f.bad and f.since is not None}


def read(
    register: EvidenceRegister,
    graph: Graph,
    timing: Timing,
    settings: JudgeSettings,
    lost_sources: frozenset[str],
) -> Reading:
    """Weigh all evidence but that of lost sources; what only they knew is unknown."""
    by_element: dict[Element, list[Observation]] = {}
    reports: dict[str, datetime] = {}
    for entry in register:
        if is_lost(entry.source, lost_sources):
            continue
        by_element.setdefault(entry.element, []).append(entry)
        if entry.element.kind in REPORTED_BY_DEVICE and entry.ok:
            device = entry.element.device_name
            reports[device] = max(reports.get(device, entry.observed_at), entry.observed_at)
    findings: dict[Element, Finding] = {}
    answered: dict[str, datetime] = {}
    for element, entries in by_element.items():
        observation = _weigh(element, entries, settings.poll_lag)
        if element.kind is ElementKind.DEVICE:
            observation = _overruled_by_report(observation, reports.get(element.name), graph)
            _note_answer(answered, element.name, entries)
        findings[element] = _finding(element, observation, timing)
    return Reading(findings, answered)


def is_lost(source: str, lost_sources: Iterable[str]) -> bool:
    """True when a source, or the family of sources it belongs to (``probe:0``), went quiet."""
    return source in lost_sources or Source.family(source) in lost_sources


def _note_answer(answered: dict[str, datetime], name: str, entries: list[Observation]) -> None:
    times = [entry.observed_at for entry in entries if entry.ok]
    if times:
        answered[name] = max(times)


def _finding(element: Element, observation: Observation | None, timing: Timing) -> Finding:
    if observation is None or observation.ok is None:
        return NOTHING
    if observation.ok:
        return Finding(ok=True, observation=observation)
    since = min(timing.bad_since.get(element, observation.observed_at), observation.observed_at)
    return Finding(ok=False, observation=observation, since=since)


def _weigh(element: Element, entries: list[Observation], lag: timedelta) -> Observation | None:
    known = [entry for entry in entries if entry.ok is not None]
    if not known:
        return None
    weigh = _WEIGH.get(element.kind)
    return weigh(known) if weigh else _pushed_before_polled(known, lag)


def _liveness(entries: list[Observation]) -> Observation | None:
    """The newest answer, unless the probe made for the purpose failed after it."""
    good = [entry for entry in entries if entry.ok]
    bad = [entry for entry in entries if not entry.ok]
    probes = [entry for entry in entries if entry.source == Source.ICMP]
    if probes:
        bad = [entry for entry in bad if entry.source == Source.ICMP]
    candidates = good + bad
    return max(candidates, key=lambda e: (e.observed_at, bool(e.ok))) if candidates else None


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
    ElementKind.DEVICE: _liveness,
    ElementKind.SEAT_HOST: _liveness,
    ElementKind.SEAT_DISPLAY: _newest,
    ElementKind.SERVICE: _any_bad,
    ElementKind.VRRP: _newest,
}
