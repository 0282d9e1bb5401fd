"""Calls as the consoles show them, joined to seats, terminals, incidents and orders."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pydantic import JsonValue
from sqlalchemy.orm import Session

from device_configs.site.model import Site
from incident.model import Incident
from incident.read import find_incident, incidents_during, seats_of_running
from incident.wording import headline
from ops_core.app.views.incidents import PHASES
from ops_core.hotline.calls import read as call_read
from ops_core.hotline.calls.event_batch import read_batch
from ops_core.hotline.calls.model import Call, Outcome
from ops_core.hotline.calls.read import LOST, CallCase, Position, Selection, Stay, StoredCall
from ops_core.hotline.calls.service import take_events
from ops_core.hotline.contacts.requesters import unmask
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.kernel.clock import Clock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.errors import Invalid, NotFound
from ops_core.kernel.events import EventBus
from ops_core.kernel.i18n import message
from ops_core.kernel.masking import mask_text
from ops_core.kernel.permissions import Actor, Permission, require
from seat_assets.model import Condition, TerminalState, terminals_of
from seat_assets.read import read_terminals
from wallboard.calls.views import (
    ABNORMAL,
    CallDetail,
    CallEventView,
    CallFilter,
    CallOutcome,
    CallPage,
    CallsNow,
    CallSummary,
    CaseReference,
    ClearContact,
    EventsTaken,
    IncidentReference,
    SeatsTraffic,
    SeatTraffic,
    TerminalView,
    TouchedCalls,
)
from wallboard.wall.state import SeatCondition, SeatPart

_CONDITIONS = {
    Condition.OK: SeatCondition.OK,
    Condition.BAD: SeatCondition.FAULT,
    Condition.UNKNOWN: SeatCondition.UNKNOWN,
}
_CUT = "~"


def seats_by_extension(site: Site) -> Mapping[str, int]:
    """The seat at each extension of the telephone system."""
    return {seat.phone: seat.number for seat in site.seats.values()}


def midnight_of(day: date, site: Site) -> datetime:
    """The start of a day in the contract's time zone."""
    return datetime.combine(day, time(), ZoneInfo(site.contract.timezone))


def today_at(now: datetime, site: Site) -> date:
    """The day in the contract's time zone."""
    return now.astimezone(ZoneInfo(site.contract.timezone)).date()


def outcome_of(call: Call, now: datetime) -> CallOutcome:
    """What became of a call, seen at ``now``."""
    if call_read.has_no_end(call, now):
        return CallOutcome.UNKNOWN
    if call.outcome is Outcome.ANSWERED and call.left_at is None:
        return CallOutcome.TALKING
    return CallOutcome(call.outcome.value)


def is_abnormal(call: Call, outcome: CallOutcome, wait: timedelta, now: datetime) -> bool:
    """Nobody took it, its end is unknown, or it waits longer than ``wait``."""
    too_long = outcome is CallOutcome.WAITING and now - call.entered_at > wait
    return too_long or outcome in ABNORMAL


def takes_telephony(site: Site, incident: Incident) -> bool:
    """Whether an incident takes all seats, or a service that is checked by SIP: then calls fail."""
    services = [site.services[name] for name in incident.fault.services if name in site.services]
    telephony = any(c.kind == "sip" for service in services for c in service.checks)
    return telephony or {seat.number for seat in site.seats.values()} <= set(incident.fault.seats)


def stay_of(site: Site, incident: Incident, now: datetime) -> Stay:
    """The calls an incident touches: detected until restored, or until now."""
    stamps = incident.stamps
    return Stay(
        frozenset(incident.fault.seats),
        stamps.detected_at,
        stamps.restored_at or now,
        takes_telephony(site, incident),
    )


class Calls:
    """The calls behind the consoles' protocol."""

    def __init__(
        self, site: Site, database: Database, bus: EventBus, clock: Clock, vault: ContactVault
    ) -> None:
        self._site, self._database, self._bus, self._clock = site, database, bus, clock
        self._vault = vault
        self._zone = ZoneInfo(site.contract.timezone)
        self._wait = timedelta(seconds=site.hotline.abnormal.waiting_above_s)

    def now(self) -> CallsNow:
        now = self._clock.now()
        day = today_at(now, self._site).isoformat()
        with self._database.reading() as session:
            present = call_read.read_present(session, now)
            outcomes = call_read.outcomes_of_day(session, day)
            heard = call_read.heard_at(session)
        shown = _shower(self._wait, now)
        return CallsNow(
            as_of=now,
            heard_at=heard,
            waiting=tuple(shown(StoredCall(c, None, "", ""), ()) for c in present.waiting),
            talking=tuple(shown(StoredCall(c, None, "", ""), ()) for c in present.talking),
            today={CallOutcome(outcome.value): count for outcome, count in outcomes.items()},
        )

    def page(self, wanted: CallFilter, after: str | None, limit: int) -> CallPage:
        now = self._clock.now()
        with self._database.reading() as session:
            selection = self._selection(session, wanted, now)
            found = call_read.list_calls(session, selection, now, _position(after), limit + 1)
            shown = found[:limit]
            cases = call_read.cases_of_calls(session, [stored.call.call for stored in shown])
        summary = _shower(self._wait, now)
        calls = tuple(summary(stored, cases.get(stored.call.call, ())) for stored in shown)
        return CallPage(calls, _place_after(shown[-1].call) if len(found) > limit else None)

    def detail(self, call: str) -> CallDetail:
        now = self._clock.now()
        with self._database.reading() as session:
            stored = call_read.find_call(session, call)
            if stored is None:
                raise _no_call(call)
            cases = call_read.cases_of_calls(session, [call]).get(call, ())
            incidents = self._incidents(session, stored.call, now)
            then, at_present = self._terminals(session, stored.call, now)
            events = call_read.events_of_call(session, call)
            rating = call_read.rating_of_call(session, call)
        return CallDetail(
            summary=_shower(self._wait, now)(stored, cases),
            events=tuple(
                CallEventView(e.at, e.kind.value, e.queue, e.agent, e.seat, e.source, e.sequence)
                for e in events
            ),
            terminal_then=then,
            terminal_now=at_present,
            rating=rating,
            cases=tuple(_case(case) for case in cases),
            incidents=tuple(self._reference(incident) for incident in incidents),
            has_contact=stored.requester is not None,
        )

    def touched_by(self, incident: str) -> TouchedCalls:
        now = self._clock.now()
        with self._database.reading() as session:
            stay = stay_of(self._site, find_incident(session, incident), now)
            calls = call_read.count_calls(session, Selection(stay=stay), now)
            lost = sum(
                call_read.count_calls(session, Selection(stay=stay, outcome=outcome), now)
                for outcome in LOST
            )
            orders = call_read.orders_of_calls(session, Selection(stay=stay), now)
        return TouchedCalls(calls, lost, orders)

    def seats(self) -> SeatsTraffic:
        now = self._clock.now()
        midnight = midnight_of(today_at(now, self._site), self._site)
        with self._database.reading() as session:
            counts = call_read.calls_by_seat(session, midnight)
            talking = {c.seat: c.call for c in call_read.read_present(session, now).talking}
            incidents: dict[int, list[str]] = {}
            for number, seats in seats_of_running(session).items():
                for seat in seats:
                    incidents.setdefault(seat, []).append(number)
        numbers = counts.keys() | {s for s in talking if s is not None} | incidents.keys()
        return SeatsTraffic(
            {
                n: SeatTraffic(counts.get(n, 0), talking.get(n), tuple(incidents.get(n, ())))
                for n in sorted(numbers)
            }
        )

    def unmask(self, call: str, actor: Actor) -> ClearContact:
        require(actor, Permission.UNMASK_CONTACTS)
        with unit_of_work(self._database, self._bus, self._clock, actor) as uow:
            stored = call_read.find_call(uow.session, call)
            if stored is None:
                raise _no_call(call)
            if stored.requester is None:
                raise NotFound("没有联系方式", "", "来电未显示号码。")
            contact = unmask(uow, self._vault, stored.requester, "call", call)
        return ClearContact(contact.number, contact.name)

    def take(self, source: str, events: list[JsonValue], actor: Actor) -> EventsTaken:
        require(actor, Permission.FEED_CALLS)
        extensions = seats_by_extension(self._site)
        lot = read_batch(source, events, frozenset(extensions.values()), extensions)
        if not lot:
            return EventsTaken(0, 0, 0)
        with unit_of_work(self._database, self._bus, self._clock, actor) as uow:
            taken = take_events(uow, self._vault, lot, self._zone)
        return EventsTaken(taken.new, taken.known, len(taken.calls))

    def _selection(self, session: Session, wanted: CallFilter, now: datetime) -> Selection:
        stay = None
        start: datetime | None = None
        end: datetime | None = None
        if wanted.incident is not None:
            stay = stay_of(self._site, find_incident(session, wanted.incident), now)
        if wanted.day is not None or stay is None:
            day = wanted.day or today_at(now, self._site)
            start = midnight_of(day, self._site)
            end = midnight_of(day + timedelta(days=1), self._site)
        outcome = wanted.outcome
        return Selection(
            start=start,
            end=end,
            outcome=_stored_outcome(outcome),
            is_over=_is_over(outcome),
            queue=wanted.queue,
            seat=wanted.seat,
            agent=wanted.agent,
            abnormal_wait=self._wait if wanted.abnormal else None,
            unknown=outcome is CallOutcome.UNKNOWN,
            stay=stay,
        )

    def _incidents(self, session: Session, call: Call, now: datetime) -> list[Incident]:
        found = incidents_during(session, call.entered_at, call.left_at or now)
        return [i for i in found if stay_of(self._site, i, now).holds(call)]

    def _reference(self, incident: Incident) -> IncidentReference:
        return IncidentReference(
            number=incident.number,
            headline=headline(self._site, incident.fault),
            phase=PHASES[incident.state],
            detected_at=incident.stamps.detected_at,
            restored_at=incident.stamps.restored_at,
        )

    def _terminals(
        self, session: Session, call: Call, now: datetime
    ) -> tuple[TerminalView | None, TerminalView | None]:
        """The terminal of the seat that took the call, then and now."""
        mine = [t for t in terminals_of(self._site) if t.seat == call.seat]
        if not mine or call.answered_at is None:
            return None, None
        then = read_terminals(session, mine, call.answered_at)[0]
        return (
            _terminal(then, call.answered_at),
            _terminal(read_terminals(session, mine, now)[0], now),
        )


def _shower(
    wait: timedelta, now: datetime
) -> Callable[[StoredCall, tuple[CallCase, ...]], CallSummary]:
    """Makes lines of the list, all seen at one instant."""

    def summary(stored: StoredCall, cases: tuple[CallCase, ...]) -> CallSummary:
        call = stored.call
        outcome = outcome_of(call, now)
        return CallSummary(
            call=call.call,
            entered_at=call.entered_at,
            queue=call.queue,
            outcome=outcome,
            is_abnormal=is_abnormal(call, outcome, wait, now),
            waited=call.waited,
            answered_at=call.answered_at,
            left_at=call.left_at,
            agent=call.agent,
            seat=call.seat,
            rung=call.rung,
            transfers=call.transfers,
            caller=" ".join(filter(None, (stored.masked_number, stored.masked_name))),
            orders=tuple(case.order for case in cases if case.order is not None),
        )

    return summary


def _stored_outcome(wanted: CallOutcome | None) -> Outcome | None:
    if wanted is None or wanted is CallOutcome.UNKNOWN:
        return None
    return Outcome.ANSWERED if wanted is CallOutcome.TALKING else Outcome(wanted.value)


def _is_over(wanted: CallOutcome | None) -> bool | None:
    """A call spoken on and one spoken out are stored as answered: what tells them apart."""
    return {CallOutcome.TALKING: False, CallOutcome.ANSWERED: True}.get(wanted) if wanted else None


def _case(case: CallCase) -> CaseReference:
    return CaseReference(case.number, mask_text(case.title), case.order, case.order_state)


def _terminal(state: TerminalState, at: datetime) -> TerminalView:
    wrong = [state.host is not Condition.OK, state.display is not Condition.OK]
    part = None
    if all(wrong):
        part = SeatPart.BOTH
    elif any(wrong):
        part = SeatPart.HOST if wrong[0] else SeatPart.DISPLAY
    return TerminalView(at, _CONDITIONS[state.condition], part)


def _position(after: str | None) -> Position | None:
    if after is None:
        return None
    at, cut, call = after.partition(_CUT)
    try:
        entered_at = datetime.fromisoformat(at)
    except ValueError:
        cut = ""
    if not cut or entered_at.utcoffset() is None:
        raise Invalid("没有这一页", "", "请从第一页重新翻起。")
    return Position(entered_at, call)


def _place_after(call: Call) -> str:
    return f"{call.entered_at.isoformat()}{_CUT}{call.call}"


def _no_call(call: str) -> NotFound:
    return NotFound(
        "没有这通来电",
        message("找不到来电 {call}。", call=call),
        "来电编号以话务系统的记录为准。",
    )
