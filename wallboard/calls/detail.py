"""One call with its events, its terminal, the incidents it fell into and what came of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from device_configs.site.model import Title
from incident.model import Incident
from incident.reach import with_merged
from incident.read import incidents_during
from incident.wording import headline
from ops_core.hotline.calls import read as call_read
from ops_core.hotline.calls.listing import CallSummary, summary_of
from ops_core.hotline.calls.model import Call, CallEvent
from ops_core.hotline.calls.read import LOST, CallCase
from ops_core.kernel.masking import mask_text
from seat_assets.model import TerminalCondition, TerminalState, terminals_of
from seat_assets.read import read_terminals
from wallboard.calls.impact import impact_of
from wallboard.incidents.phases import PHASES
from wallboard.snapshot import Snapshot
from wallboard.wall.state import IncidentPhase, SeatCondition, SeatPart

_CONDITIONS = {
    TerminalCondition.OK: SeatCondition.OK,
    TerminalCondition.BAD: SeatCondition.FAULT,
    TerminalCondition.UNKNOWN: SeatCondition.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class CallEventLine:
    """An event as the telephone system reported it."""

    at: datetime
    kind: str
    queue: str
    agent: str
    seat: int | None
    source: str
    sequence: int


@dataclass(frozen=True, slots=True)
class TerminalMoment:
    """The terminal of a seat at an instant."""

    at: datetime
    condition: SeatCondition
    part: SeatPart | None = None


@dataclass(frozen=True, slots=True)
class CaseReference:
    """The request a call became; numbers in its title are masked."""

    number: str
    title: str
    order: str | None
    order_state: str | None


@dataclass(frozen=True, slots=True)
class IncidentReference:
    """An incident that held the call's seat, all service, or seats that could have taken a call
    that nobody took, while the call went on. ``seats`` is how many it took out."""

    number: str
    headline: Title
    phase: IncidentPhase
    detected_at: datetime
    restored_at: datetime | None
    seats: int


@dataclass(frozen=True, slots=True)
class CallDetail:
    """Everything the page shows. Terminals are None where no seat took the call."""

    summary: CallSummary
    events: tuple[CallEventLine, ...]
    terminal_then: TerminalMoment | None
    terminal_now: TerminalMoment | None
    rating: int | None
    cases: tuple[CaseReference, ...]
    incidents: tuple[IncidentReference, ...]
    has_contact: bool


def read_detail(seen: Snapshot, call: str) -> CallDetail:
    """Raises :class:`ops_core.kernel.errors.NotFound`, and
    :class:`~ops_core.kernel.errors.Conflict` for an identifier that several systems gave."""
    session = seen.session
    stored = call_read.require_call(session, seen.site, call)
    call = stored.call.call
    cases = call_read.cases_of_calls(session, [call]).get(call, ())
    then, at_present = _terminals(seen, stored.call)
    return CallDetail(
        summary=summary_of(stored, cases, seen.site, seen.now),
        events=tuple(_event(event) for event in call_read.events_of_call(session, call)),
        terminal_then=then,
        terminal_now=at_present,
        rating=call_read.rating_of_call(session, call),
        cases=tuple(_case(case) for case in cases),
        incidents=tuple(_reference(seen, incident) for incident in _incidents(seen, stored.call)),
        has_contact=stored.requester is not None,
    )


def _incidents(seen: Snapshot, call: Call) -> Iterable[Incident]:
    left_at = call.left_at or seen.now
    during = with_merged(seen.session, incidents_during(seen.session, call.entered_at, left_at))
    lost = call.outcome in LOST
    return (
        one
        for one in during
        if impact_of(seen.site, one, seen.now).holds(call) or (lost and one.fault.seats)
    )


def _event(event: CallEvent) -> CallEventLine:
    return CallEventLine(
        event.at, event.kind.value, event.queue, event.agent, event.seat, event.source,
        event.sequence,
    )  # fmt: skip


def _reference(seen: Snapshot, incident: Incident) -> IncidentReference:
    return IncidentReference(
        number=incident.number,
        headline=headline(seen.site, incident.fault),
        phase=PHASES[incident.state],
        detected_at=incident.stamps.detected_at,
        restored_at=incident.stamps.restored_at,
        seats=len(incident.fault.seats),
    )


def _terminals(seen: Snapshot, call: Call) -> tuple[TerminalMoment | None, TerminalMoment | None]:
    """The terminal of the seat that took the call, then and now."""
    mine = [terminal for terminal in terminals_of(seen.site) if terminal.seat == call.seat]
    if not mine or call.answered_at is None:
        return None, None
    then, at_present = (
        _terminal(read_terminals(seen.session, mine, at)[0], at)
        for at in (call.answered_at, seen.now)
    )
    return then, at_present


def _case(case: CallCase) -> CaseReference:
    return CaseReference(case.number, mask_text(case.title), case.order, case.order_state)


def _terminal(state: TerminalState, at: datetime) -> TerminalMoment:
    wrong = [state.host is not TerminalCondition.OK, state.display is not TerminalCondition.OK]
    part = None
    if all(wrong):
        part = SeatPart.BOTH
    elif any(wrong):
        part = SeatPart.HOST if wrong[0] else SeatPart.DISPLAY
    return TerminalMoment(at, _CONDITIONS[state.condition], part)
