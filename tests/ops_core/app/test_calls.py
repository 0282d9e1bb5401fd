"""Calls on both databases: joined to seats, terminals, incidents and orders."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest
from cryptography.fernet import Fernet
from pydantic import JsonValue

from device_configs.site import load_site
from device_configs.site.hotline import CaseKind
from device_configs.site.model import Site
from incident.service import IncidentPolicy, apply_transition
from monitors.alerts.faults import FaultTransition, TransitionKind
from monitors.alerts.model import ClassInputs, Confidence, FaultGroup, State
from monitors.evidence import Element
from ops_core.app.calls_watch import SILENT_AFTER, TALKING_FOR, CallsWatch
from ops_core.hotline.calls.contact import unmask_caller
from ops_core.hotline.calls.feed import EventsTaken, take_batch
from ops_core.hotline.calls.listing import CallFilter, CallPage, CallsNow, read_now, read_page
from ops_core.hotline.calls.naming import identifier_of
from ops_core.hotline.calls.outcomes import CallOutcome
from ops_core.hotline.calls.ratings import rate_call
from ops_core.hotline.cases.model import CaseDraft, Channel
from ops_core.hotline.cases.service import record_case
from ops_core.hotline.contacts.requesters import Contact
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.kernel.audit import read_audit
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import UnitOfWork, unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.errors import Conflict, Forbidden, Invalid, InvalidItems, NotFound
from ops_core.kernel.events import EventBus, read_events
from ops_core.kernel.permissions import Actor, Role
from ops_core.kernel.settings import PROJECT_DIRECTORY
from seat_assets.model import Change, Part, TerminalCondition
from seat_assets.service import store_changes
from tests.ops_core.app.statements import statements
from wallboard.calls.detail import CallDetail, read_detail
from wallboard.calls.impact import (
    SeatsTraffic,
    TouchedCalls,
    read_impact,
    read_seats_traffic,
    read_touched,
)
from wallboard.snapshot import Snapshot
from wallboard.wall.state import SeatCondition, SeatPart, SeatsView, SeatView

NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
"""Ten in the morning, in Shanghai."""
CANARY = "13912345678"
TELEPHONY = Actor.user("pbx", (Role.INTERFACE,))
AGENT = Actor.user("agent.lin", (Role.AGENT,))
SUPERVISOR = Actor.user("super.gao", (Role.SUPERVISOR,))
SYSTEM = Actor.system("test")
Work = Callable[[Actor], AbstractContextManager[UnitOfWork]]


@pytest.fixture(scope="module")
def site() -> Site:
    return load_site(PROJECT_DIRECTORY / "inventory")


@pytest.fixture(scope="module")
def vault() -> ContactVault:
    return ContactVault(Fernet.generate_key())


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def work(database: Database, bus: EventBus, clock: FixedClock) -> Work:
    return lambda actor: unit_of_work(database, bus, clock, actor)


T = TypeVar("T")


@dataclass(frozen=True)
class Calls:
    """What pages and programs ask of calls, each in a transaction of its own."""

    site: Site
    database: Database
    work: Work
    vault: ContactVault

    def seen(self, read: Callable[[Snapshot], T]) -> T:
        with self.database.reading() as session:
            return read(Snapshot(session, self.site, NOW))

    def now(self) -> CallsNow:
        return self.seen(lambda seen: read_now(seen.session, seen.site, seen.now))

    def page(self, chosen: CallFilter, after: str | None, limit: int) -> CallPage:
        return self.seen(
            lambda seen: read_page(
                seen.session, seen.site, seen.now, chosen,
                read_impact(seen, chosen.incident), after, limit,
            )
        )  # fmt: skip

    def detail(self, call: str) -> CallDetail:
        return self.seen(lambda seen: read_detail(seen, call))

    def touched_by(self, incident: str) -> TouchedCalls:
        return self.seen(lambda seen: read_touched(seen, incident))

    def seats(self) -> SeatsTraffic:
        return self.seen(read_seats_traffic)

    def unmask(self, call: str, actor: Actor) -> Contact:
        with self.work(actor) as uow:
            return unmask_caller(uow, self.site, self.vault, call)

    def take(self, source: str, events: list[JsonValue], actor: Actor) -> EventsTaken:
        with self.work(actor) as uow:
            return take_batch(uow, self.site, self.vault, source, events)


@pytest.fixture
def desk(site: Site, database: Database, work: Work, vault: ContactVault) -> Calls:
    return Calls(site, database, work, vault)


def event(
    sequence: int, call: str, kind: str, ago_s: float, seat: int = 0, **more: JsonValue
) -> JsonValue:
    """An event so many seconds before NOW, of a seat by its extension."""
    told: dict[str, JsonValue] = {
        "sequence": sequence,
        "call": call,
        "kind": kind,
        "at": (NOW - timedelta(seconds=ago_s)).isoformat(),
        "queue": "citizen",
        "agent": f"PJSIP/{8000 + seat}" if seat else "",
    }
    return told | more


DAY: list[JsonValue] = [
    event(1, "answered", "ENTERQUEUE", 600, caller=CANARY),
    event(2, "answered", "CONNECT", 590, 37),
    event(3, "answered", "COMPLETECALLER", 400, 37),
    event(4, "elsewhere", "ENTERQUEUE", 595),
    event(5, "elsewhere", "CONNECT", 580, 12),
    event(6, "lost", "ENTERQUEUE", 560, caller="13800001111"),
    event(7, "lost", "ABANDON", 530),
    event(8, "waiting", "ENTERQUEUE", 40),
    event(9, "before", "ENTERQUEUE", 3000),
    event(10, "before", "CONNECT", 2990, 37),
    event(11, "before", "COMPLETEAGENT", 2900, 37),
]


@pytest.fixture
def fed(desk: Calls) -> Calls:
    assert desk.take("pbx", DAY, TELEPHONY) == EventsTaken(11, 0, 5)
    return desk


def fault(
    site: Site,
    work: Work,
    key: str,
    seats: tuple[int, ...],
    from_s: float,
    until_s: float | None = None,
    services: tuple[str, ...] = (),
) -> str:
    """An incident that lasted from so many seconds before NOW; returns its number."""
    since = NOW - timedelta(seconds=from_s)
    group = FaultGroup(
        (Element.seat_display(seats[0]) if seats else Element.device("vg-a"),),
        State.DOWN,
        Confidence.HIGH,
        since,
        seats=seats,
        services=services,
        class_inputs=ClassInputs(seats_out=len(seats), seats_total=72),
    )
    told = [FaultTransition(key, 1, TransitionKind.OPENED, since, group)]
    if until_s is not None:
        until = NOW - timedelta(seconds=until_s)
        told.append(FaultTransition(key, 2, TransitionKind.RESOLVED, until, group))
    number = ""
    for transition in told:
        with work(SYSTEM) as uow:
            found = apply_transition(uow, transition, site.contract, IncidentPolicy())
            assert found is not None
            number = found.number
    return number


def test_a_batch_that_comes_again_changes_nothing(fed: Calls, database: Database) -> None:
    with database.reading() as session:
        before = len(read_events(session, 0, 999))
    assert fed.take("pbx", DAY, TELEPHONY) == EventsTaken(0, 11, 0)
    assert fed.take("pbx", [], TELEPHONY) == EventsTaken(0, 0, 0)
    with database.reading() as session:
        assert len(read_events(session, 0, 999)) == before


def test_a_faulty_item_or_a_changed_number_takes_nothing(fed: Calls) -> None:
    new = event(20, "new", "ENTERQUEUE", 5)
    with pytest.raises(InvalidItems):
        fed.take("pbx", [new, event(21, "new", "JUMPED", 4)], TELEPHONY)
    with pytest.raises(Conflict, match="第 3 号"):
        fed.take("pbx", [new, event(3, "answered", "COMPLETEAGENT", 400, 37)], TELEPHONY)
    with pytest.raises(NotFound):
        fed.detail("new")
    with pytest.raises(Forbidden):
        fed.take("pbx", [new], AGENT)


def test_what_goes_on_now_and_what_the_day_held(fed: Calls) -> None:
    now = fed.now()
    assert [call.call for call in now.waiting] == ["pbx:waiting"]
    assert now.waiting[0].is_abnormal
    assert [(call.call, call.seat) for call in now.talking] == [("pbx:elsewhere", 12)]
    assert (now.total, now.today[CallOutcome.ABANDONED]) == (5, 1)
    assert now.heard_at == NOW - timedelta(seconds=40)


def listed(desk: Calls, **wanted: object) -> list[str]:
    page = desk.page(CallFilter(**wanted), None, 99)  # type: ignore[arg-type]
    return [identifier_of(call.call) for call in page.calls]


def test_the_list_is_filtered_and_paged(fed: Calls) -> None:
    everything = ["waiting", "lost", "elsewhere", "answered", "before"]
    assert listed(fed) == everything
    assert listed(fed, outcome=CallOutcome.TALKING) == ["elsewhere"]
    assert listed(fed, outcome=CallOutcome.ANSWERED, seat=37) == ["answered", "before"]
    assert listed(fed, abnormal=True) == ["waiting", "lost"]
    assert listed(fed, day=NOW.date() - timedelta(days=1)) == []
    seen: list[str] = []
    place: str | None = None
    while True:
        page = fed.page(CallFilter(), place, 2)
        seen += [identifier_of(call.call) for call in page.calls]
        place = page.next
        if place is None:
            break
    assert seen == everything
    with pytest.raises(Invalid):
        fed.page(CallFilter(), "nowhere", 2)


def test_a_call_names_its_seat_terminal_incident_request_and_rating(
    fed: Calls, site: Site, work: Work, vault: ContactVault
) -> None:
    number = fault(site, work, "display-37", (37,), 595)
    with work(SYSTEM) as uow:
        store_changes(
            uow,
            [
                Change(37, Part.HOST, TerminalCondition.OK, NOW - timedelta(hours=1)),
                Change(37, Part.DISPLAY, TerminalCondition.BAD, NOW - timedelta(seconds=595)),
                Change(37, Part.DISPLAY, TerminalCondition.OK, NOW - timedelta(seconds=60)),
            ],
        )
        rate_call(uow, site, "answered", 5, NOW)
    with work(AGENT) as uow:
        recorded = record_case(
            uow, site, vault,
            CaseDraft(Channel.PHONE, "hotline", "r-1", CaseKind.COMPLAINT, "heating", "province",
                      f"暖气不热，请回 {CANARY}", "三天不热", NOW, call="answered"),
        )  # fmt: skip
    detail = fed.detail("answered")
    assert [incident.number for incident in detail.incidents] == [number]
    assert detail.terminal_then is not None
    assert (detail.terminal_then.condition, detail.terminal_then.part) == (
        SeatCondition.FAULT, SeatPart.DISPLAY,
    )  # fmt: skip
    assert detail.terminal_now is not None
    assert detail.terminal_now.condition is SeatCondition.OK
    assert [case.order for case in detail.cases] == [recorded.order]
    assert detail.rating == 5
    assert [e.kind for e in detail.events] == ["ENTERQUEUE", "CONNECT", "COMPLETECALLER"]
    assert CANARY not in str(detail)
    assert detail.summary.caller == "139****5678"
    assert fed.detail("before").incidents == ()


def test_a_call_that_nobody_took_names_the_incident_that_took_seats_out_meanwhile(
    fed: Calls, site: Site, work: Work
) -> None:
    assert fed.detail("lost").incidents == ()
    number = fault(site, work, "access-a1", (1, 2, 3), 595)
    named = [(one.number, one.seats) for one in fed.detail("lost").incidents]
    assert named == [(number, 3)]
    assert fed.detail("answered").incidents == ()  # at a seat that was in order
    assert fed.detail("lost").terminal_then is None
    with pytest.raises(NotFound):
        fed.detail("no-such-call")


def test_an_incident_at_a_seat_touches_the_calls_that_were_there(
    fed: Calls, site: Site, work: Work
) -> None:
    number = fault(site, work, "display-37", (37,), 500, 450)
    assert fed.touched_by(number) == TouchedCalls(1, 0, 0)
    assert listed(fed, incident=number) == ["answered"]
    later = fault(site, work, "display-12", (12,), 100)
    assert listed(fed, incident=later) == ["elsewhere"]
    traffic = fed.seats()
    assert traffic.of(12).incidents == (later,)
    assert (traffic.of(12).calls, traffic.of(12).talking) == (1, "pbx:elsewhere")
    assert (traffic.of(37).calls, traffic.of(37).incidents) == (2, ())
    assert traffic.of(1).calls == 0
    with pytest.raises(NotFound):
        fed.touched_by("F-20260302-999")


@pytest.mark.parametrize("whole_site", [True, False])
def test_an_incident_that_takes_all_seats_or_telephony_lost_the_calls_that_waited(
    fed: Calls, site: Site, work: Work, whole_site: bool
) -> None:
    seats = tuple(seat.number for seat in site.seats.values()) if whole_site else ()
    number = fault(site, work, "trunk", seats, 580, 300, () if whole_site else ("trunk",))
    touched = fed.touched_by(number)
    assert touched == (TouchedCalls(3, 1, 0) if whole_site else TouchedCalls(1, 1, 0))
    assert "lost" in listed(fed, incident=number)
    assert [incident.number for incident in fed.detail("lost").incidents] == [number]
    assert listed(fed, incident=number, abnormal=True) == ["lost"]


def test_who_called_is_shown_to_who_may_see_it_and_the_look_is_on_record(
    fed: Calls, database: Database
) -> None:
    with pytest.raises(Forbidden):
        fed.unmask("answered", AGENT)
    with pytest.raises(NotFound):
        fed.unmask("waiting", SUPERVISOR)
    assert fed.unmask("answered", SUPERVISOR).number == CANARY
    with database.reading() as session:
        entries = read_audit(session, 99)
        told = [str(event) for event in read_events(session, 0, 999)]
    assert (entries[0].actor, entries[0].action, entries[0].subject_id) == (
        "super.gao", "ContactUnmasked", "pbx:answered",
    )  # fmt: skip
    assert CANARY not in f"{entries}{told}"


def test_the_wall_watches_calls_and_says_when_nothing_is_heard(
    fed: Calls, site: Site, database: Database, clock: FixedClock
) -> None:
    watch = CallsWatch(site, database)
    view = watch.look(NOW)
    assert (view.as_of, view.today, view.abandoned, view.is_silent) == (NOW, 5, 1, False)
    assert (view.waiting, view.waiting_too_long, view.talking, view.abnormal) == (1, 1, 1, 1)
    assert view.longest_since == NOW - timedelta(seconds=40)
    assert len(view.quarters_today) == 40
    assert sum(view.quarters_today) == 5
    assert view.quarters_yesterday == (), "of a day without any call nothing is known"
    seats = SeatsView(NOW, (SeatView(12, SeatCondition.OK), SeatView(37, SeatCondition.OK)))
    marked = watch.with_talking(seats, NOW)
    assert (marked.telephony, [seat.talking for seat in marked.seats]) == (True, [True, False])
    assert watch.look(NOW + timedelta(milliseconds=900)).as_of == NOW
    long_ago = NOW + TALKING_FOR + timedelta(seconds=1)
    assert watch.with_talking(seats, long_ago) == seats  # nobody knows any more who talks
    later = NOW + SILENT_AFTER
    silent = watch.look(later)
    assert (silent.as_of, silent.is_silent) == (later, True)
    assert watch.with_talking(seats, later) == seats


def test_a_list_of_calls_costs_the_same_number_of_statements_however_long_it_is(
    fed: Calls, site: Site, work: Work, database: Database
) -> None:
    sent = []
    for limit in (1, 50):
        with statements(database) as noted:
            page = fed.page(CallFilter(), None, limit)
        sent.append(len(noted))
    assert len(page.calls) > 3
    assert sent[0] == sent[1]
    for index in range(4):
        fault(site, work, f"seat-{index}", (1 + index,), 100)
    with statements(database) as noted:
        fed.seats()
    assert len(noted) <= 4
