"""Whether a silent device may be named yet as what failed. Pure."""

from collections.abc import Iterator
from datetime import datetime

from monitors.alerts.graph import Graph
from monitors.alerts.liveness import CONFIRM, Component, Liveness
from monitors.alerts.model import JudgeSettings
from monitors.alerts.reading import EvidenceReading
from monitors.evidence import Element, Observation


class Settling:
    """Reads one moment's evidence; asks nobody, but says whose answer it lacks."""

    def __init__(
        self,
        graph: Graph,
        reading: EvidenceReading,
        live: Liveness,
        now: datetime,
        settings: JudgeSettings,
    ) -> None:
        self._graph, self._reading, self._live = graph, reading, live
        self._now, self._settings = now, settings

    def may_be_named(self, device: str, component: Component) -> tuple[bool, set[str]]:
        """Settled after its own silence, asked again, and what leads to it was asked as well:
        it has answered, and its port towards the device was read.

        Also the neighbours whose port was not read since, if that is what it waits for.
        """
        since = self._live.silent[device]
        if Element.device(device) in self._reading.named and not self._was_back(device, since):
            return True, set()
        if self._now < since + self._settings.settle or not self._is_asked_again(device, since):
            return False, set()
        leading = {
            link: peer
            for link in sorted(component.border)
            if device in self._graph.ends(link)
            and link not in self._live.dead
            and self._is_watched(peer := self._graph.peer(link, device))
        }
        unasked = {
            peer
            for link, peer in leading.items()
            if (port := self._graph.port_at(link, peer)) in self._reading.findings
            and port is not None
            and not self._reading.heard_since(port, since)
        }
        if self._now < since + self._settings.undecided:
            if unasked:
                return False, unasked
            if any(self._is_read_alive(link, peer, device) for link, peer in leading.items()):
                return False, set()
        contradicted = {p for link, p in leading.items() if self._is_contradicted(link, p)}
        if contradicted:
            return False, contradicted
        confirmed = (
            self._graph.collector in leading.values()
            or not leading
            or any(
                self._reading.answered_since(peer, since)
                for peer in leading.values()
                if peer != self._graph.collector
            )
        )
        return confirmed or self._now >= since + CONFIRM, set()

    def _was_back(self, device: str, since: datetime) -> bool:
        """Whether it answered between what it is named for and this silence: a new one."""
        back = self._live.returned.get(device)
        return back is not None and since >= back - self._settings.fresh

    def _is_read_alive(self, link: str, peer: str, device: str) -> bool:
        """Whether the neighbour's port was read as alive after the device was last asked.

        The cable may have been dead then and be mended now: the device is asked once more.
        """
        port = self._graph.port_at(link, peer)
        read, silence = self._reading.of(port) if port else None, self._reading.device(device)
        if read is None or not read.ok or not silence.bad:
            return False
        return read.at > silence.at - self._settings.last_try

    def _is_contradicted(self, link: str, peer: str) -> bool:
        """Whether the neighbour's port is up by a trap and down by a later poll.

        The poll's word may be older than the trap's, but not for long: then it decides.
        """
        port = self._graph.port_at(link, peer)
        if port is None or not self._reading.of(port).ok:
            return False
        newest = max(self._reading.register.of(port), key=lambda entry: entry.rank)
        return newest.ok is False

    def _is_watched(self, node: str) -> bool:
        return node in self._graph.devices or node == self._graph.collector

    def _is_asked_again(self, device: str, since: datetime) -> bool:
        """Silent to a second probe as well, and just now: one lost observation names nobody."""
        finding = self._reading.device(device)
        if device in self._live.isolated or finding.observation is None:
            return self._reading.may_name((), self._reports_of_its_ports(device))
        if not self._reading.may_name((), (finding.observation,)):
            return False
        return finding.at > since or self._now >= since + CONFIRM

    def _reports_of_its_ports(self, device: str) -> Iterator[Observation]:
        """The words by which every neighbour lost it: all there is against a device not asked."""
        for link in self._graph.links_of.get(device, ()):
            if link in self._live.dead:
                yield from self._live.dead[link].evidence
