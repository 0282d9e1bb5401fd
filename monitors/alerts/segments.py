"""What lies between two devices: dead cables, lost adjacencies, split pairs. Pure."""

from datetime import datetime, timedelta

from monitors.alerts.adjacencies import AdjacencyJudge
from monitors.alerts.graph import Graph
from monitors.alerts.liveness import DeadLink, Liveness
from monitors.alerts.model import Confidence, JudgeSettings, Timing
from monitors.alerts.reading import EvidenceReading
from monitors.alerts.segment_findings import Condemned, SegmentFindings, Segments
from monitors.alerts.vrrp_segments import VrrpJudge
from monitors.evidence import Observation

TAKEN_BACK = timedelta(seconds=1)
"""How much newer the good word of a cable's other end must be: ends are not read at once."""


def judge_segments(
    graph: Graph,
    reading: EvidenceReading,
    live: Liveness,
    timing: Timing,
    now: datetime,
    settings: JudgeSettings,
) -> Segments:
    """Cables reported down, then what was lost for no other reason: adjacencies, gateways
    that gave up their group, pairs that are split."""
    found = SegmentFindings(graph, reading, live, timing, now, settings)
    _judge_cables(found)
    AdjacencyJudge(found).losses()
    vrrp = VrrpJudge(found)
    vrrp.withdrawals()
    vrrp.splits()
    return found.result()


def _judge_cables(found: SegmentFindings) -> None:
    """A dead cable is a root once both its devices answered after it, or are not asked."""
    graph, live, grace = found.graph, found.live, found.settings.cable_grace
    for link, dead in sorted(live.dead.items()):
        ends = graph.ends(link)
        if link in graph.seat_link.values() or _belongs_to_component(live, link):
            continue
        if found.joins_silent(ends, dead.evidence):
            continue
        came_back = found.just_back(ends, grace)
        if came_back and link not in live.dead_alone:
            found.suspected.add(link)
        elif found.decided(ends, dead.since) and found.may_name((link,), _valid(found, dead)):
            found.condemned.append(
                Condemned((link,), None, dead.since, dead.evidence, Confidence.HIGH)
            )
        else:
            found.suspected.add(link)


def _valid(found: SegmentFindings, dead: DeadLink) -> list[Observation]:
    """The words against a cable without those that its other end has clearly taken back since."""
    read = {port: found.reading.of(port) for _, port in found.graph.ports_of[dead.name]}
    up_at = [finding.at for finding in read.values() if finding.ok]
    last_up = max(up_at, default=None)
    if last_up is None:
        return list(dead.evidence)
    return [word for word in dead.evidence if last_up <= word.observed_at + TAKEN_BACK]


def _belongs_to_component(live: Liveness, link: str) -> bool:
    return any(link in c.border or link in c.inner for c in live.components)
