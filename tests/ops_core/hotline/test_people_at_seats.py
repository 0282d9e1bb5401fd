"""An extension of a log is a seat's, and means whoever was signed in there at that instant."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from device_configs.site.hotline import CaseKind
from device_configs.site.model import Site
from ops_core.hotline.callbacks.model import AttemptResult
from ops_core.hotline.callbacks.read import read_callback
from ops_core.hotline.callbacks.service import record_attempt
from ops_core.hotline.calls.event_batch import seats_by_extension
from ops_core.hotline.calls.log_files import SecondPlaces, read_own_lines
from ops_core.hotline.calls.queue_log import LogReading, LogSource
from ops_core.hotline.calls.service import Taken, take_events
from ops_core.hotline.calls.tables import CallRow
from ops_core.hotline.cases.agent_call import read_present_call
from ops_core.hotline.cases.model import CaseDraft, Channel
from ops_core.hotline.cases.service import record_case
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.hotline.orders.service import take_step
from ops_core.hotline.orders.steps import Step
from ops_core.hotline.presence.model import LONGEST_SIGN_IN, SeatSignIn, person_at, signing_in
from ops_core.hotline.presence.read import people_at_seats
from ops_core.hotline.presence.service import sign_in_at, sign_out_of_seat
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.database import Database
from ops_core.kernel.errors import Conflict, Forbidden, NotFound
from ops_core.kernel.permissions import Actor, Role
from ops_core.kpi.derived_records import derived_differences, journal_differences
from tests.ops_core.hotline.conftest import (
    AGENT,
    DISPATCHER,
    HANDLER,
    REVIEWER,
    SHANGHAI,
    TELEPHONY,
    Work,
)

START = datetime(2026, 3, 2, 1, tzinfo=UTC)
BOTH = Actor.user("both.sun", (Role.AGENT, Role.CALLBACK_AGENT))
"""Takes calls and calls back: the rule is about him."""


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def held(seat: int, person: str, minute: float, minutes: float = 720) -> SeatSignIn:
    return SeatSignIn(seat, person, at(minute), at(minute + minutes))


@pytest.mark.parametrize(
    ("sign_ins", "minute", "person"),
    [
        pytest.param([], 5, "", id="nobody ever signed in"),
        pytest.param([held(1, "a", 0)], 5, "a", id="somebody is there"),
        pytest.param([held(1, "a", 0)], 0, "a", id="from that instant on"),
        pytest.param([held(1, "a", 6)], 5, "", id="he came later"),
        pytest.param([held(2, "a", 0)], 5, "", id="he is at another seat"),
        pytest.param([held(1, "a", 0), held(1, "b", 3)], 5, "b", id="another took over"),
        pytest.param([held(1, "b", 3), held(1, "a", 0)], 2, "a", id="in whatever order"),
        pytest.param([held(1, "a", 0), held(1, "", 3, 0)], 5, "", id="he signed out"),
        pytest.param([held(1, "a", 0)], 720, "", id="he forgot to sign out"),
        pytest.param([held(1, "a", 3), held(1, "b", 3)], 3, "b", id="of one instant the later"),
    ],
)
def test_who_is_at_a_seat(sign_ins: Sequence[SeatSignIn], minute: float, person: str) -> None:
    assert person_at(sign_ins, 1, at(minute)) == person


def test_nobody_is_at_two_seats() -> None:
    found = signing_in([held(1, "a", 0), held(2, "b", 0)], 3, "a", at(5))
    assert found == (
        SeatSignIn(1, "", at(5), at(5)),
        SeatSignIn(3, "a", at(5), at(5) + LONGEST_SIGN_IN),
    )


def log_of(site: Site, member: str, call: str = "1772413200.1", minute: int = 10) -> LogReading:
    """A call that waits ten seconds and is taken by a member of the queue."""
    second = int(at(minute).timestamp())
    reading = LogReading(LogSource("pbx", seats_by_extension(site), SHANGHAI))
    lines = [
        f"{second}|{call}|citizen|NONE|ENTERQUEUE||13912345678|1\n",
        f"{second + 10}|{call}|citizen|{member}|CONNECT|10|x|3\n",
    ]
    read_own_lines(lines, "queue_log", reading, SecondPlaces())
    return reading


def take(work: Work, vault: ContactVault, reading: LogReading) -> Taken:
    reading.require_faultless()
    with work(TELEPHONY) as uow:
        return take_events(uow, vault, reading.events, SHANGHAI)


def phone(site: Site, seat: int) -> str:
    return next(one.phone for one in site.seats.values() if one.number == seat)


@pytest.mark.parametrize("kind", ["PJSIP/{}", "SIP/{}-0000ab", "Agent/{}", "Local/{}@agents/n"])
def test_a_channel_means_the_person_at_its_seat(
    database: Database, work: Work, clock: FixedClock, site: Site, vault: ContactVault, kind: str
) -> None:
    with work(AGENT) as uow:
        sign_in_at(uow, site, 7)
    clock.advance(timedelta(minutes=11))
    take(work, vault, log_of(site, kind.format(phone(site, 7))))
    with database.reading() as session:
        shown = read_present_call(session, AGENT.name, clock.now())
        assert shown is not None
        assert (shown.call.agent, shown.call.seat) == (AGENT.name, 7)
        assert derived_differences(session) == [] == journal_differences(session)


@pytest.mark.parametrize("signs_in", ["never", "later", "elsewhere", "then out"])
def test_who_was_not_signed_in_there_took_nothing(
    database: Database,
    work: Work,
    clock: FixedClock,
    site: Site,
    vault: ContactVault,
    signs_in: str,
) -> None:
    if signs_in in ("elsewhere", "then out"):
        with work(AGENT) as uow:
            sign_in_at(uow, site, 8 if signs_in == "elsewhere" else 7)
    if signs_in == "then out":
        with work(AGENT) as uow:
            assert sign_out_of_seat(uow) == 7
    clock.advance(timedelta(minutes=11))
    channel = f"PJSIP/{phone(site, 7)}"
    take(work, vault, log_of(site, channel))
    if signs_in == "later":
        with work(AGENT) as uow:
            sign_in_at(uow, site, 7)
    assert take(work, vault, log_of(site, channel)).new == 0
    with database.reading() as session:
        assert read_present_call(session, AGENT.name, clock.now()) is None
        assert session.scalars(select(CallRow.agent)).all() == [channel]
        assert derived_differences(session) == []


def test_whose_clock_is_ahead_gives_nobody_a_call_of_before(
    database: Database, work: Work, clock: FixedClock, site: Site, vault: ContactVault
) -> None:
    take(work, vault, log_of(site, f"PJSIP/{phone(site, 7)}", minute=30))
    with work(AGENT) as uow:
        assert sign_in_at(uow, site, 7).at > at(30)
    with database.reading() as session:
        assert derived_differences(session) == []


def test_the_same_log_again_changes_nothing_whatever_is_declared_by_now(
    database: Database, work: Work, clock: FixedClock, site: Site, vault: ContactVault
) -> None:
    clock.advance(timedelta(minutes=11))
    first = log_of(site, f"PJSIP/{phone(site, 7)}")
    again = LogReading(LogSource("pbx", {phone(site, 7): 12}, SHANGHAI))
    second = int(at(10).timestamp())
    lines = [f"{second + 10}|1772413200.1|citizen|PJSIP/{phone(site, 7)}|CONNECT|10|x|3\n"]
    read_own_lines(lines, "queue_log", again, SecondPlaces())
    assert take(work, vault, first).new == 2
    assert take(work, vault, again) == Taken(0, 1, ())
    with database.reading() as session:
        assert session.scalars(select(CallRow.seat)).all() == [7]


def test_nobody_calls_back_what_he_took_by_telephone_himself(
    database: Database, work: Work, clock: FixedClock, site: Site, vault: ContactVault
) -> None:
    with work(BOTH) as uow:
        sign_in_at(uow, site, 7)
    clock.advance(timedelta(minutes=11))
    take(work, vault, log_of(site, f"SIP/{phone(site, 7)}"))
    take(work, vault, log_of(site, f"SIP/{phone(site, 9)}", "1772413200.2"))
    taken = {call: completed_order(work, clock, site, vault, call) for call in ("1", "2")}
    with pytest.raises(Forbidden), work(BOTH) as uow:
        record_attempt(uow, taken["1"], 1, AttemptResult.BUSY)
    with work(BOTH) as uow:
        record_attempt(uow, taken["2"], 1, AttemptResult.BUSY)
    with database.reading() as session:
        known = {
            call: read_callback(session, site, order, 1, clock.now()).is_taker_known
            for call, order in taken.items()
        }
    assert known == {"1": True, "2": False}


def completed_order(
    work: Work, clock: FixedClock, site: Site, vault: ContactVault, number: str
) -> str:
    """An order of the call, recorded by another than who took it."""
    draft = CaseDraft(
        Channel.PHONE, "hotline", number, CaseKind.COMPLAINT, "heating", "province",
        "暖气不热", "三天不热", clock.now(), call=f"1772413200.{number}",
    )  # fmt: skip
    with work(AGENT) as uow:
        order = record_case(uow, site, vault, draft).order
    assert order is not None
    for actor, step in ((DISPATCHER, Step.DISPATCH), (HANDLER, Step.SIGN), (HANDLER, Step.REPLY),
                        (REVIEWER, Step.APPROVE), (HANDLER, Step.COMPLETE)):  # fmt: skip
        with work(actor) as uow:
            take_step(uow, site, order, step, "housing" if step is Step.DISPATCH else "", "说明")
    return order


def test_signing_in_is_for_people_who_take_calls(
    database: Database, work: Work, clock: FixedClock, site: Site
) -> None:
    for actor, seat, refusal in (
        (DISPATCHER, 7, Forbidden),
        (Actor.system("cli/root"), 7, Forbidden),
        (AGENT, 999, NotFound),
    ):
        with pytest.raises(refusal), work(actor) as uow:
            sign_in_at(uow, site, seat)
    with pytest.raises(Conflict), work(AGENT) as uow:
        sign_out_of_seat(uow)
    for seat in (7, 8):
        with work(AGENT) as uow:
            sign_in_at(uow, site, seat)
    with database.reading() as session:
        assert [(one.seat, one.person) for one in people_at_seats(session, clock.now())] == [
            (8, AGENT.name)
        ]
