"""Adjacencies lost between living devices condemn what is between them. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from monitors.alerts.graph import Edge
from monitors.alerts.model import Confidence
from monitors.alerts.segment_findings import Condemned, Loss, SegmentFindings
from monitors.evidence import Element, ElementKind, Observation


class AdjacencyJudge:
    """Adds to the findings what lost adjacencies say, once."""

    def __init__(self, found: SegmentFindings) -> None:
        self._found = found
        self._graph, self._reading, self._live = found.graph, found.reading, found.live
        self._settings = found.settings

    def losses(self) -> None:
        """Adjacencies lost between living devices condemn what is between them."""
        open_losses = []
        for loss in self._losses():
            path = self._graph.adjacency_paths[loss.pair]
            if self._found.joins_silent((*loss.pair, *self._found.between(path)), loss.evidence):
                continue
            if self._confirms_cable(path, loss) or self._found.is_explained(path, loss):
                continue
            open_losses.append(loss)
        for device, losses in self._common_devices(open_losses):
            evidence = tuple(obs for loss in losses for obs in loss.evidence)
            since = min(loss.since for loss in losses)
            timely = self._reading.may_name((Element.device(device),), evidence)
            if timely and self._found.settled(max(loss.since for loss in losses)):
                self._found.condemned.append(
                    Condemned((), device, since, evidence, Confidence.MEDIUM)
                )
            self._found.waiting.add(device)
            open_losses = [loss for loss in open_losses if loss not in losses]
        for loss in open_losses:
            self._condemn_path(loss)

    def _condemn_path(self, loss: Loss) -> None:
        path = self._graph.adjacency_paths[loss.pair]
        if not self._found.decided((*loss.pair, *self._found.between(path)), loss.since):
            self._found.suspected.update(path)
            return
        if not self._found.may_name(path, loss.evidence):
            return
        confidence = Confidence.HIGH if len(path) == 1 else Confidence.MEDIUM
        self._found.condemned.append(Condemned(path, None, loss.since, loss.evidence, confidence))

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
                self._found.suspected.update(self._graph.adjacency_paths[pair])
                continue
            if finding.observation:
                found.setdefault(pair, []).append((finding.since, finding.observation))
        return [
            Loss(pair, min(since for since, _ in reports), tuple(obs for _, obs in reports))
            for pair, reports in sorted(found.items())
        ]

    def _converges(self, pair: Edge) -> bool:
        """An end, or a device between, has just come back: its neighbours come after it."""
        between = self._found.between(self._graph.adjacency_paths[pair])
        return self._found.just_back((*pair, *between), self._settings.adjacency_grace)

    def _outdated(self, device: str, peer: str, at: datetime) -> bool:
        """What a silent device last said yields to the newer good word of the other side."""
        other = self._reading.of(Element.neighbour(peer, device))
        return device in self._live.silent and bool(other.ok) and other.at > at

    def _common_devices(self, losses: Sequence[Loss]) -> list[tuple[str, list[Loss]]]:
        """Devices all of whose known adjacencies (two or more) went together."""
        through: dict[str, list[Loss]] = {}
        for loss in losses:
            path = self._graph.adjacency_paths[loss.pair]
            for device in (*loss.pair, *self._found.between(path)):
                if device in self._graph.devices:
                    through.setdefault(device, []).append(loss)
        found: list[tuple[str, list[Loss]]] = []
        explained: list[Loss] = []
        for device, own in sorted(through.items(), key=lambda item: (-len(item[1]), item[0])):
            fresh = [loss for loss in own if loss not in explained]
            if len(fresh) > 1 and len(own) == self._known_pairs(device) and self._at_once(own):
                found.append((device, own))
                explained += own
        return found

    def _at_once(self, losses: Sequence[Loss]) -> bool:
        times = [loss.since for loss in losses]
        return max(times) - min(times) <= self._settings.common_cause

    def _known_pairs(self, device: str) -> int:
        """Adjacencies over the device about which anything is known."""
        return sum(
            1
            for (a, b), path in self._graph.adjacency_paths.items()
            if device in (a, b, *self._found.between(path))
            and any(
                self._reading.of(e).ok is not None
                for e in (Element.neighbour(a, b), Element.neighbour(b, a))
            )
        )

    def _confirms_cable(self, path: Iterable[str], loss: Loss) -> bool:
        """A cable whose judgement waits is condemned by an adjacency that need not wait."""
        waiting = sorted(self._found.suspected.intersection(path) & self._live.dead.keys())
        if not waiting:
            return False
        timely = self._reading.may_name((), loss.evidence)
        if timely and self._found.decided((*loss.pair, *self._found.between(path)), loss.since):
            for link in waiting:
                dead = self._live.dead[link]
                since = min(dead.since, loss.since)
                evidence = (*dead.evidence, *loss.evidence)
                self._found.condemned.append(
                    Condemned((link,), None, since, evidence, Confidence.HIGH)
                )
                self._found.suspected.discard(link)
        return True
