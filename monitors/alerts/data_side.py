"""Whether a device that does not answer lives on its data side. Pure."""

from datetime import timedelta

from monitors.alerts.graph import Graph
from monitors.alerts.liveness import Liveness
from monitors.alerts.model import JudgeSettings
from monitors.alerts.reading import EvidenceReading, is_pushed
from monitors.alerts.segment_findings import Segments
from monitors.evidence import Element, ElementKind, Source

PROOF_MARGIN = timedelta(seconds=1)
"""How much later than a silence a neighbour's good word must be to prove life."""


class DataSide:
    """What neighbours and seats say of a device whose management answers nothing."""

    def __init__(
        self,
        graph: Graph,
        reading: EvidenceReading,
        live: Liveness,
        segments: Segments,
        settings: JudgeSettings,
    ) -> None:
        self._graph, self._reading, self._live = graph, reading, live
        self._segments, self._settings = segments, settings
        self.living: set[str] = set()

    def dead_links(self, device: str) -> list[str]:
        """Its data links that are dead, though the other end lives."""
        return [link for link in self._links(device) if link in self._live.dead]

    def _links(self, device: str) -> list[str]:
        """Data links whose other end is a watched device that is not silent."""
        return [
            link
            for link in self._graph.links_of.get(device, ())
            if link in self._graph.data
            and link not in self._graph.management
            and (peer := self._graph.peer(link, device)) in self._graph.devices
            and peer not in self._live.silent
        ]

    def _seats_went_too(self, device: str) -> bool:
        """Whether every watched seat behind it, of two or more, is silent."""
        seats = [
            self._reading.of(Element.seat_host(number))
            for number, switch in self._graph.seat_switch.items()
            if switch == device
        ]
        known = [finding.bad for finding in seats if finding.ok is not None]
        return len(known) > 1 and all(known)

    def _speaks(self, device: str) -> bool:
        """Whether its agent would report a port that died, as far as that is known."""
        answer = self._reading.register.get(Element.device(device), Source.SNMP)
        return answer is None or answer.ok is not False

    def lives(self, device: str) -> bool:
        """A neighbour, or a seat behind it, spoke well of it clearly after its silence, and it
        was silent to a later probe: else it may just have come back.

        Once seen it holds while anybody speaks well of it: the newest good word is newer than the
        newest silence half of the time.
        """
        asked_at = self._reading.device(device).at
        after = self._live.silent[device] + PROOF_MARGIN
        peers = {self._graph.peer(link, device) for link in self._graph.links_of.get(device, ())}
        findings = [self._reading.of(Element.neighbour(peer, device)) for peer in sorted(peers)]
        findings += [
            self._reading.of(Element.seat_host(number))
            for number, switch in self._graph.seat_switch.items()
            if switch == device
        ]
        words = [finding.at for finding in findings if finding.ok and after <= finding.at]
        if device in self._reading.living:
            lives = bool(words)
        else:
            lives = any(at < asked_at for at in words)
        if lives:
            self.living.add(device)
        return lives

    def only_management_reported(self, device: str, cable: str) -> bool:
        """Its data ports would have been reported by now, had they gone too.

        A device that was silent before its cable was dead, or whose neighbours or seats lost it,
        is not cleared by ports that keep their carrier: a trap of theirs may be lost.
        """
        links = [ln for ln in self._links(device) if self._speaks(self._graph.peer(ln, device))]
        dead = self._live.dead[cable]
        if not links or self.dead_links(device) or self._seats_went_too(device):
            return False
        if self._live.silent[device] < dead.since - self._settings.fresh:
            return False
        lost = self._segments.joined.get(device, ())
        if any(word.element.kind is ElementKind.NEIGHBOUR for word in lost):
            return False
        if is_pushed(dead.evidence):
            return True
        ports = [self._graph.port_at(link, self._graph.peer(link, device)) for link in links]
        findings = [self._reading.of(port) for port in ports if port]
        lag = self._settings.poll_lag
        return any(finding.ok and finding.at >= dead.since + lag for finding in findings)
