"""What lies between two devices: dead cables, lost adjacencies, split pairs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitors.alerts.graph import Edge, Graph
from monitors.alerts.liveness import Liveness
from monitors.alerts.model import Confidence, JudgeSettings, Timing
from monitors.alerts.reading import Finding, Reading
from monitors.evidence import Element, ElementKind, Observation, VrrpRole

ANY = "*"


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


def judge_segments(
    graph: Graph,
    reading: Reading,
    live: Liveness,
    timing: Timing,
    now: datetime,
    settings: JudgeSettings,
) -> Segments:
    """Cables reported down, then what was lost for no other reason: adjacencies, gateways
    that gave up their group, pairs that are split."""
    judge = _Judge(graph, reading, live, timing, now, settings)
    judge.cables()
    judge.adjacencies()
    judge.withdrawals()
    judge.splits()
    return judge.result()


class _Judge:
    """Collects while it walks through the evidence; nothing outlives one verdict."""

    def __init__(
        self,
        graph: Graph,
        reading: Reading,
        live: Liveness,
        timing: Timing,
        now: datetime,
        settings: JudgeSettings,
    ) -> None:
        self._graph, self._reading, self._live, self._timing = graph, reading, live, timing
        self._now, self._settings = now, settings
        self._condemned: list[Condemned] = []
        self._waiting: set[str] = set()
        self._suspected: set[str] = set()
        self._joined: dict[str, list[Observation]] = {}
        self._splits: dict[Element, datetime] = {}

    def result(self) -> Segments:
        return Segments(
            tuple(self._condemned),
            frozenset(self._waiting),
            frozenset(self._suspected),
            {device: tuple(found) for device, found in self._joined.items()},
            self._splits,
        )

    def cables(self) -> None:
        """A dead cable is a root once both its devices answered after it, or are not asked."""
        for link, dead in sorted(self._live.dead.items()):
            ends = self._graph.ends(link)
            if self._is_seat_cable(link) or self._belongs_to_component(link):
                continue
            if self._join(ends, dead.evidence):
                continue
            came_back = self._just_back(ends, self._settings.cable_grace)
            if came_back and link not in self._live.dead_alone:
                self._suspected.add(link)
            elif self._decided(ends, dead.since) and self._may_name((link,), dead.evidence):
                self._condemned.append(
                    Condemned((link,), None, dead.since, dead.evidence, Confidence.HIGH)
                )
            else:
                self._suspected.add(link)

    def _may_name(self, links: Iterable[str], evidence: Iterable[Observation]) -> bool:
        """By a fresh word only: else both ends are read again, and the cables stay suspected."""
        names = tuple(links)
        if self._reading.may_name((Element.link(name) for name in names), evidence):
            return True
        ends = {end for name in names for end in self._graph.ends(name)}
        self._waiting |= ends & self._graph.devices
        self._suspected.update(names)
        return False

    def adjacencies(self) -> None:
        """Adjacencies lost between living devices condemn what is between them."""
        open_losses = []
        for loss in self._losses():
            path = self._graph.adjacency_paths[loss.pair]
            if self._join((*loss.pair, *self._between(path)), loss.evidence):
                continue
            if self._confirms_cable(path, loss) or self._is_condemned(path, loss):
                continue
            open_losses.append(loss)
        for device, losses in self._common_devices(open_losses):
            evidence = tuple(obs for loss in losses for obs in loss.evidence)
            since = min(loss.since for loss in losses)
            timely = self._reading.may_name((Element.device(device),), evidence)
            if timely and self._settled(max(loss.since for loss in losses)):
                self._condemned.append(Condemned((), device, since, evidence, Confidence.MEDIUM))
            self._waiting.add(device)
            open_losses = [loss for loss in open_losses if loss not in losses]
        for loss in open_losses:
            self._condemn_path(loss)

    def withdrawals(self) -> None:
        """A gateway in fault on some of its groups only has lost the segments below these.

        That is how a core switch tells of an access cable that passes nothing but keeps its
        carrier: it takes its interface above the port down. When all its groups are in fault,
        it is not the cables.
        """
        faulted: dict[str, list[tuple[Element, Finding]]] = {}
        for element, finding in self._reading.bad(ElementKind.VRRP):
            faulted.setdefault(element.device_name, []).append((element, finding))
        for device, found in faulted.items():
            if len(found) == self._known_groups(device) > 1:
                continue
            for element, finding in found:
                self._withdrawal(device, element, finding)

    def _withdrawal(self, device: str, element: Element, finding: Finding) -> None:
        path = self._vrrp_paths().get(self._vrrp_group(element), ())
        own = tuple(link for link in path if device in self._graph.ends(link))
        if not own or finding.since is None or finding.observation is None:
            return
        if self._forwards(device, self._graph.vrrp_segments[element.part]):
            return
        members = (device, *self._between(path))
        loss = Loss((device, device), finding.since, (finding.observation,))
        if self._join(members, loss.evidence) or self._is_condemned(own, loss):
            return
        back = self._just_back(members, self._settings.adjacency_grace)
        if back or not self._decided(members, loss.since):
            self._suspected.update(own)
            return
        if not self._may_name(own, loss.evidence):
            return
        self._suspected.difference_update(own)
        self._condemned.append(Condemned(own, None, loss.since, loss.evidence, Confidence.MEDIUM))

    def _forwards(self, device: str, network: str) -> bool:
        """Whether others of the network meet through the device: it has more than one cable."""
        return any(
            device in self._between(path)
            for (name, _, _), path in self._graph.network_paths.items()
            if name == network
        )

    def _known_groups(self, device: str) -> int:
        return sum(e.device_name == device for e, _ in self._reading.known(ElementKind.VRRP))

    def splits(self) -> None:
        """Both of a VRRP pair are master: nothing passes between them on their segment."""
        masters = self._masters()
        whole = {
            link
            for instance, path in self._vrrp_paths().items()
            if len(masters.get(instance, ())) == 1
            for link in path
        }
        known = {link for found in self._condemned for link in found.links}
        for instance, path in sorted(self._vrrp_paths().items()):
            evidence = masters.get(instance, ())
            if len(evidence) < 2:
                continue
            devices = [obs.element.device_name for obs in evidence]
            devices += self._between(path)
            explained = (
                not known.isdisjoint(path)
                or not self._live.dead.keys().isdisjoint(path)
                or self._join(devices, tuple(evidence))
            )
            since = self._split_since(instance, evidence, explained)
            if not explained:
                suspects = tuple(link for link in path if link not in whole) or path
                self._condemn_split(suspects, since, tuple(evidence))
                known.update(suspects)

    def _split_since(
        self, instance: str, evidence: Iterable[Observation], explained: bool
    ) -> datetime:
        """Since when both are master without another fault that explains it.

        Remembered over verdicts, for each poll renews the roles. When the explanation goes, the
        roles that were last heard are older than its going.
        """
        split = Element.vrrp(ANY, instance)
        seen = max(observation.observed_at for observation in evidence)
        known = self._timing.bad_since.get(split)
        self._splits[split] = self._now if explained else (known or seen)
        return self._splits[split]

    def _condemn_split(
        self, links: tuple[str, ...], since: datetime, evidence: tuple[Observation, ...]
    ) -> None:
        if self._now < since + self._settings.vrrp_settle:
            self._suspected.update(links)
            return
        if not self._may_name(links, evidence):
            return
        self._condemned.append(
            Condemned(links, None, since, evidence, Confidence.LOW, len(links) == 1)
        )

    def _condemn_path(self, loss: Loss) -> None:
        path = self._graph.adjacency_paths[loss.pair]
        if not self._decided((*loss.pair, *self._between(path)), loss.since):
            self._suspected.update(path)
            return
        if not self._may_name(path, loss.evidence):
            return
        confidence = Confidence.HIGH if len(path) == 1 else Confidence.MEDIUM
        self._condemned.append(Condemned(path, None, loss.since, loss.evidence, confidence))

    def _losses(self) -> list[Loss]:
        found: dict[Edge, list[tuple[datetime, Observation]]] = {}
        for element, finding in self._reading.bad(ElementKind.NEIGHBOUR):
            device, peer = element.device_name, element.peer
            pair = (min(device, peer), max(device, peer))
            if pair not in self._graph.adjacency_paths or not finding.since:
                continue
            if self._outdated(device, peer, finding.at):
                continue
            if self._converges(pair):
                self._suspected.update(self._graph.adjacency_paths[pair])
                continue
            if finding.observation:
                found.setdefault(pair, []).append((finding.since, finding.observation))
        return [
            Loss(pair, min(since for since, _ in reports), tuple(obs for _, obs in reports))
            for pair, reports in sorted(found.items())
        ]

    def _converges(self, pair: Edge) -> bool:
        """An end, or a device between, has just come back: its neighbours come after it."""
        between = self._between(self._graph.adjacency_paths[pair])
        return self._just_back((*pair, *between), self._settings.adjacency_grace)

    def _just_back(self, devices: Iterable[str], grace: timedelta) -> bool:
        returns = [self._live.returned.get(device) for device in devices]
        return any(back is not None and self._now < back + grace for back in returns)

    def _outdated(self, device: str, peer: str, at: datetime) -> bool:
        """What a silent device last said yields to the newer good word of the other side."""
        other = self._reading.of(Element.neighbour(peer, device))
        return device in self._live.silent and bool(other.ok) and other.at > at

    def _common_devices(self, losses: Sequence[Loss]) -> list[tuple[str, list[Loss]]]:
        """Devices all of whose known adjacencies (two or more) went together."""
        through: dict[str, list[Loss]] = {}
        for loss in losses:
            path = self._graph.adjacency_paths[loss.pair]
            for device in (*loss.pair, *self._between(path)):
                if device in self._graph.devices:
                    through.setdefault(device, []).append(loss)
        found: list[tuple[str, list[Loss]]] = []
        explained: list[Loss] = []
        for device, own in sorted(through.items(), key=lambda item: (-len(item[1]), item[0])):
            fresh = [loss for loss in own if loss not in explained]
            if len(fresh) > 1 and len(own) == self._known_pairs(device) and self._together(own):
                found.append((device, own))
                explained += own
        return found

    def _together(self, losses: Sequence[Loss]) -> bool:
        times = [loss.since for loss in losses]
        return max(times) - min(times) <= self._settings.common_cause

    def _known_pairs(self, device: str) -> int:
        """Adjacencies over the device about which anything is known."""
        return sum(
            1
            for (a, b), path in self._graph.adjacency_paths.items()
            if device in (a, b, *self._between(path))
            and any(
                self._reading.of(e).ok is not None
                for e in (Element.neighbour(a, b), Element.neighbour(b, a))
            )
        )

    def _between(self, path: Iterable[str]) -> tuple[str, ...]:
        """Devices inside a path: they stand at two of its links."""
        ends = [end for link in path for end in self._graph.ends(link)]
        return tuple(dict.fromkeys(end for end in ends if ends.count(end) > 1))

    def _confirms_cable(self, path: Iterable[str], loss: Loss) -> bool:
        """A cable whose judgement waits is condemned by an adjacency that need not wait."""
        waiting = sorted(self._suspected.intersection(path) & self._live.dead.keys())
        if not waiting:
            return False
        timely = self._reading.may_name((), loss.evidence)
        if timely and self._decided((*loss.pair, *self._between(path)), loss.since):
            for link in waiting:
                dead = self._live.dead[link]
                since = min(dead.since, loss.since)
                evidence = (*dead.evidence, *loss.evidence)
                self._condemned.append(Condemned((link,), None, since, evidence, Confidence.HIGH))
                self._suspected.discard(link)
        return True

    def _is_condemned(self, path: Iterable[str], loss: Loss) -> bool:
        """True when a dead cable or an earlier finding explains the loss; it then joins it."""
        for position, found in enumerate(self._condemned):
            if set(found.links) & set(path):
                self._condemned[position] = Condemned(
                    found.links,
                    found.device,
                    min(found.since, loss.since),
                    (*found.evidence, *loss.evidence),
                    found.confidence,
                    found.carries_nothing,
                )
                return True
        return bool(self._live.dead.keys() & set(path))

    def _join(self, devices: Iterable[str], evidence: tuple[Observation, ...]) -> bool:
        """Give the evidence to the first silent device it concerns."""
        for device in devices:
            if device in self._live.silent or device in self._live.rechecking:
                self._joined.setdefault(device, []).extend(evidence)
                return True
        return False

    def _belongs_to_component(self, link: str) -> bool:
        return any(link in c.border or link in c.inner for c in self._live.components)

    def _is_seat_cable(self, link: str) -> bool:
        return link in self._graph.seat_link.values()

    def _decided(self, devices: Iterable[str], since: datetime) -> bool:
        """Settled, and every watched device answered since, or the time to wait is over."""
        silent_ends = {
            device
            for device in devices
            if device in self._graph.devices and not self._reading.answered_since(device, since)
        }
        if not silent_ends or self._now >= since + self._settings.undecided:
            return self._settled(since)
        self._waiting |= silent_ends
        return False

    def _settled(self, since: datetime) -> bool:
        return self._now >= since + self._settings.settle

    def _masters(self) -> dict[str, tuple[Observation, ...]]:
        """VRRP group -> who says it is master, of those that still answer."""
        found: dict[str, list[Observation]] = {}
        for element, finding in self._reading.known(ElementKind.VRRP):
            if finding.observation is None:
                continue
            device = element.device_name
            if device not in self._live.silent and is_master(finding.observation):
                found.setdefault(self._vrrp_group(element), []).append(finding.observation)
        return {instance: tuple(observations) for instance, observations in found.items()}

    def _vrrp_group(self, element: Element) -> str:
        """Instances of one name belong together pair by pair: gates and cores share a network."""
        device, instance = element.device_name, element.part
        return f"{instance}/{min(device, self._graph.partner.get(device, device))}"

    def _vrrp_paths(self) -> dict[str, tuple[str, ...]]:
        """VRRP group -> the links between its two members."""
        paths = {}
        for element, _ in self._reading.known(ElementKind.VRRP):
            device, instance = element.device_name, element.part
            network = self._graph.vrrp_segments.get(instance)
            partner = self._graph.partner.get(device)
            if network is not None and partner is not None:
                a, b = sorted((device, partner))
                path = self._graph.network_paths.get((network, a, b), ())
                paths[self._vrrp_group(element)] = path
        return paths


def is_master(observation: Observation) -> bool:
    return observation.value == VrrpRole.MASTER
