"""Devices that are reached while their management agent does not answer (pure).

What only the agent knows (ports, neighbours, VRRP, load) ages into unknown by itself; that the
agent is silent is a fault of its own, for nobody would see the next one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from monitors.alerts.graph import Graph
from monitors.alerts.liveness import Liveness
from monitors.alerts.model import (
    AGENT_SILENT,
    Confidence,
    FaultGroup,
    JudgeSettings,
    State,
    Timing,
)
from monitors.alerts.reading import EvidenceReading, is_lost
from monitors.evidence import Element, EvidenceRegister, Observation, Source


@dataclass(frozen=True)
class Agents:
    """``silent_since``: device -> since when its agent is silent, decided or not."""

    states: Mapping[Element, State]
    groups: tuple[FaultGroup, ...]
    silent: frozenset[str]
    """Devices whose agent is held to be silent."""
    silent_since: Mapping[str, datetime]


def judge_agents(
    graph: Graph,
    register: EvidenceRegister,
    reading: EvidenceReading,
    live: Liveness,
    timing: Timing,
    now: datetime,
    settings: JudgeSettings,
    lost_sources: frozenset[str],
) -> Agents:
    """The agents of all devices that are polled at all.

    Only polls that went unanswered count, never polls that were not made: an agent nobody asked
    is unknown, and its silence is counted anew.
    """
    states: dict[Element, State] = {}
    groups: list[FaultGroup] = []
    since: dict[str, datetime] = {}
    for device in sorted(graph.devices):
        word = register.get(Element.device(device), Source.SNMP)
        if word is None:
            continue
        element = Element.condition(AGENT_SILENT, device)
        counts = settings.ages.allow(word, now) and not is_lost(word.source, lost_sources)
        if not counts or word.ok is None or not _is_reached_otherwise(reading, live, device):
            states[element] = State.UNKNOWN
        elif word.ok:
            states[element] = State.UP
        else:
            since[device] = _since(word, live, timing, device)
            bound = max(settings.agent_silence, settings.ages.of(word))
            # By a poll that was not answered then, not by the time since one that was not before.
            is_settled = word.observed_at >= since[device] + bound
            states[element] = State.DOWN if is_settled else State.SUSPECTED
            if states[element] is State.DOWN:
                # Counted from what may be believed, but begun when it was first not answered.
                began = timing.bad_since.get(element, since[device])
                began = max(began, live.returned.get(device, began))
                groups.append(_fault(element, min(began, since[device]), word))
    silent = frozenset(
        element.device_name for element, state in states.items() if state is State.DOWN
    )
    return Agents(states, tuple(groups), silent, since)


def _is_reached_otherwise(reading: EvidenceReading, live: Liveness, device: str) -> bool:
    finding = reading.device(device)
    return bool(finding.ok) and live.component_of(device) is None


def _since(word: Observation, live: Liveness, timing: Timing, device: str) -> datetime:
    """An agent starts with its device: its silence while the device was away is no silence."""
    known = timing.agent_silent_since.get(device, word.begins_at)
    return max(known, live.returned.get(device, known))


def _fault(element: Element, since: datetime, word: Observation) -> FaultGroup:
    return FaultGroup(
        roots=(element,),
        state=State.DOWN,
        confidence=Confidence.HIGH,
        since=since,
        evidence=(word,),
    )
