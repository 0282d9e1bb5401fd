"""What lies between two devices and carries nothing: what is found, and what all its judges ask."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitors.alerts.graph import Edge, Graph
from monitors.alerts.liveness import Liveness
from monitors.alerts.model import Confidence, JudgeSettings, Timing
from monitors.alerts.reading import EvidenceReading
from monitors.evidence import Element, Observation


@dataclass(frozen=True)
class Condemned:
    """A segment or transparent device that carries nothing, with what says so."""

    links: tuple[str, ...]
    device: str | None
    since: datetime
    evidence: tuple[Observation, ...]
    confidence: Confidence
    carries_nothing: bool = True
    """False when the candidates are alternatives, of which only one is broken."""


@dataclass(frozen=True)
class Segments:
    condemned: tuple[Condemned, ...]
    waiting: frozenset[str]
    """Devices whose answer the judgement waits for."""
    suspected: frozenset[str]
    """Links whose judgement waits."""
    joined: Mapping[str, tuple[Observation, ...]]
    """Silent device -> evidence about its links and adjacencies that it explains."""
    splits: Mapping[Element, datetime]
    """VRRP instance (of any device) -> since when it has two masters."""


@dataclass(frozen=True)
class Loss:
    """An adjacency gone, seen from either side."""

    pair: Edge
    since: datetime
    evidence: tuple[Observation, ...]


class SegmentFindings:
    """Collects while judges walk through the evidence; nothing outlives one verdict."""

    def __init__(
        self,
        graph: Graph,
        reading: EvidenceReading,
        live: Liveness,
        timing: Timing,
        now: datetime,
        settings: JudgeSettings,
    ) -> None:
        self.graph, self.reading, self.live, self.timing = graph, reading, live, timing
        self.now, self.settings = now, settings
        self.condemned: list[Condemned] = []
        self.waiting: set[str] = set()
        self.suspected: set[str] = set()
        self.joined: dict[str, list[Observation]] = {}
        self.splits: dict[Element, datetime] = {}

    def result(self) -> Segments:
        """All of it as values."""
        return Segments(
            tuple(self.condemned),
            frozenset(self.waiting),
            frozenset(self.suspected),
            {device: tuple(found) for device, found in self.joined.items()},
            self.splits,
        )

    def may_name(self, links: Iterable[str], evidence: Iterable[Observation]) -> bool:
        """By a fresh word only: else both ends are read again, and the cables stay suspected."""
        names = tuple(links)
        if self.reading.may_name((Element.link(name) for name in names), evidence):
            return True
        ends = {end for name in names for end in self.graph.ends(name)}
        self.waiting |= ends & self.graph.asked
        self.suspected.update(names)
        return False

    def is_explained(self, path: Iterable[str], loss: Loss) -> bool:
        """True when a dead cable or an earlier finding explains the loss; it then joins it."""
        for position, found in enumerate(self.condemned):
            if set(found.links) & set(path):
                self.condemned[position] = Condemned(
                    found.links,
                    found.device,
                    min(found.since, loss.since),
                    (*found.evidence, *loss.evidence),
                    found.confidence,
                    found.carries_nothing,
                )
                return True
        return bool(self.live.dead.keys() & set(path))

    def joins_silent(self, devices: Iterable[str], evidence: tuple[Observation, ...]) -> bool:
        """Give the evidence to the first silent device it concerns."""
        for device in devices:
            if device in self.live.silent or device in self.live.rechecking:
                self.joined.setdefault(device, []).extend(evidence)
                return True
        return False

    def decided(self, devices: Iterable[str], since: datetime) -> bool:
        """Settled, and every watched device answered since, or the time to wait is over."""
        silent_ends = {
            device
            for device in devices
            if device in self.graph.devices and not self.reading.answered_since(device, since)
        }
        if not silent_ends or self.now >= since + self.settings.undecided:
            return self.settled(since)
        self.waiting |= silent_ends
        return False

    def settled(self, since: datetime) -> bool:
        """Whether what would explain it had the time to show."""
        return self.now >= since + self.settings.settle

    def just_back(self, devices: Iterable[str], grace: timedelta) -> bool:
        """Whether one of them returned within the grace."""
        returns = [self.live.returned.get(device) for device in devices]
        return any(back is not None and self.now < back + grace for back in returns)

    def between(self, path: Iterable[str]) -> tuple[str, ...]:
        """Devices inside a path: they stand at two of its links."""
        ends = [end for link in path for end in self.graph.ends(link)]
        return tuple(dict.fromkeys(end for end in ends if ends.count(end) > 1))
