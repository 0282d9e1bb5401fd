"""What a pair of gateways says of the segment between them: given up, or split in two. Pure."""

from collections.abc import Iterable
from datetime import datetime

from monitors.alerts.model import Confidence
from monitors.alerts.reading import EvidenceFinding
from monitors.alerts.segment_findings import Condemned, Loss, SegmentFindings
from monitors.evidence import Element, ElementKind, Observation, VrrpRole

ANY = "*"


class VrrpJudge:
    """Adds to the findings what the roles of gateways say, once."""

    def __init__(self, found: SegmentFindings) -> None:
        self._found = found
        self._graph, self._reading, self._live = found.graph, found.reading, found.live
        self._timing, self._now, self._settings = found.timing, found.now, found.settings

    def withdrawals(self) -> None:
        """A gateway in fault on some of its groups only has lost the segments below these.

        That is how a core switch tells of an access cable that passes nothing but keeps its
        carrier: it takes its interface above the port down. When all its groups are in fault,
        it is not the cables.
        """
        faulted: dict[str, list[tuple[Element, EvidenceFinding]]] = {}
        for element, finding in self._reading.bad(ElementKind.VRRP):
            faulted.setdefault(element.device_name, []).append((element, finding))
        for device, found in faulted.items():
            if len(found) == self._known_groups(device) > 1:
                continue
            for element, finding in found:
                self._withdrawal(device, element, finding)

    def _withdrawal(self, device: str, element: Element, finding: EvidenceFinding) -> None:
        path = self._vrrp_paths().get(self._vrrp_group(element), ())
        own = tuple(link for link in path if device in self._graph.ends(link))
        if not own or finding.since is None or finding.observation is None:
            return
        if self._forwards(device, self._graph.vrrp_segments[element.part]):
            return
        members = (device, *self._found.between(path))
        loss = Loss((device, device), finding.since, (finding.observation,))
        if self._found.joins_silent(members, loss.evidence) or self._found.is_explained(own, loss):
            return
        back = self._found.just_back(members, self._settings.adjacency_grace)
        if back or not self._found.decided(members, loss.since):
            self._found.suspected.update(own)
            return
        if not self._found.may_name(own, loss.evidence):
            return
        self._found.suspected.difference_update(own)
        self._found.condemned.append(
            Condemned(own, None, loss.since, loss.evidence, Confidence.MEDIUM)
        )

    def _forwards(self, device: str, network: str) -> bool:
        """Whether others of the network meet through the device: it has more than one cable."""
        return any(
            device in self._found.between(path)
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
        known = {link for found in self._found.condemned for link in found.links}
        for instance, path in sorted(self._vrrp_paths().items()):
            evidence = masters.get(instance, ())
            if len(evidence) < 2:
                continue
            devices = [obs.element.device_name for obs in evidence]
            devices += self._found.between(path)
            explained = (
                not known.isdisjoint(path)
                or not self._live.dead.keys().isdisjoint(path)
                or self._found.joins_silent(devices, tuple(evidence))
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
        self._found.splits[split] = self._now if explained else (known or seen)
        return self._found.splits[split]

    def _condemn_split(
        self, links: tuple[str, ...], since: datetime, evidence: tuple[Observation, ...]
    ) -> None:
        if self._now < since + self._settings.vrrp_settle:
            self._found.suspected.update(links)
            return
        if not self._found.may_name(links, evidence):
            return
        self._found.condemned.append(
            Condemned(links, None, since, evidence, Confidence.LOW, len(links) == 1)
        )

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
