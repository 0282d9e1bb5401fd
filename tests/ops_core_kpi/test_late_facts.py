"""What is learnt of a sealed month later: the sealed figure stays, and each record is named."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest
from cryptography.fernet import Fernet

from device_configs.site.model import Site
from incident.false_alarm_terms import FalseAlarmStep
from incident.service import respond
from ops_core.hotline.calls.model import CallEvent, CallEventKind
from ops_core.hotline.calls.queue_log import IncomingEvent
from ops_core.hotline.calls.ratings import rate_call
from ops_core.hotline.calls.service import take_events
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.database import Database
from ops_core.kernel.events import EventBus
from ops_core.kpi.assessment.period_store import read_seals
from ops_core.kpi.assessment.period_terms import PeriodStep
from ops_core.kpi.assessment.sealing import SEALING, PeriodWords, draft_seal, take_period_step
from ops_core.kpi.assessment.verifying import sealed_differences
from ops_core.kpi.periods import month_named
from ops_core.kpi.read import read_figure
from seat_assets.correcting import correct_service
from seat_assets.model import terminals_of
from seat_assets.read import read_recorded_moves
from seat_assets.service import RECORDER, store_changes
from seat_assets.service_record import record_service
from tests.incident.story import LI, WANG, Story
from tests.ops_core.hotline.conftest import PURCHASER, REVIEWER, TELEPHONY
from tests.ops_core_kpi.stored import SHANGHAI

K, P = CallEventKind, PeriodStep
MONTH, NUMBERS = "2026-03", (1, 10, 12, 13)
FIRST = datetime(2026, 3, 10, 9, tzinfo=SHANGHAI)
LAST = datetime(2026, 3, 31, 23, 30, tzinfo=SHANGHAI)
AFTER = datetime(2026, 4, 3, 9, tzinfo=SHANGHAI)


class SealedMarch:
    """March with two calls, a fault and two terminals; sealed on the third of April."""

    def __init__(self, site: Site, database: Database, bus: EventBus, clock: FixedClock) -> None:
        self.site, self.database, self.clock = site, database, clock
        self.story = Story(site, database, bus, clock)
        self.vault = ContactVault(Fernet.generate_key())
        self.terminals = terminals_of(site)
        self.at(FIRST)
        self.serve(2)
        self.hear(1, "taken", (K.ENTERQUEUE, K.CONNECT, K.COMPLETECALLER))
        self.hear(11, "lost", (K.ENTERQUEUE,))
        self.at(LAST)
        self.fault = self.story.opened("rt-a").number
        with self.story.work(LI) as uow:
            respond(uow, self.fault)
        self.story.resolved("rt-a", 2)
        self.unrestored = self.story.opened("core-a").number
        self.at(AFTER)
        for number in NUMBERS:
            self.take(number, P.SUBMIT)
            self.take(number, P.SEAL)

    def at(self, instant: datetime) -> None:
        self.clock.advance(instant - self.clock.now())

    def hear(self, first: int, call: str, kinds: Sequence[K], at: datetime = FIRST) -> None:
        batch = [
            IncomingEvent(CallEvent("pbx", first + n, call, kind, at + timedelta(seconds=n), "q"))
            for n, kind in enumerate(kinds)
        ]
        with self.story.work(TELEPHONY) as uow:
            take_events(uow, self.vault, batch, SHANGHAI)

    def serve(self, count: int) -> None:
        with self.story.work(RECORDER) as uow:
            store_changes(uow, record_service(uow, self.terminals[:count]))

    def take(self, number: int, step: PeriodStep) -> None:
        draft = None
        if step in SEALING:
            with self.database.reading() as session:
                draft = draft_seal(session, self.site, MONTH, number, self.clock.now())
        with self.story.work(REVIEWER if step is P.SUBMIT else PURCHASER) as uow:
            take_period_step(uow, self.site, MONTH, number, step, PeriodWords("说明"), draft)


Names = frozenset[str]
"""What the records are called that the fact is about."""


def a_log_comes_in_late(month: SealedMarch) -> Names:
    month.hear(21, "late", (K.ENTERQUEUE, K.ABANDON))
    return frozenset({"call:pbx:late"})


def the_end_of_a_lost_call_is_found(month: SealedMarch) -> Names:
    month.hear(12, "lost", (K.CONNECT,), FIRST + timedelta(seconds=1))
    return frozenset({"call:pbx:lost"})


def a_rating_comes_in_late(month: SealedMarch) -> Names:
    with month.story.work(TELEPHONY) as uow:
        rate_call(uow, month.site, "taken", 1, FIRST + timedelta(minutes=5))
    return frozenset({"call:pbx:taken"})


def a_fault_becomes_part_of_another(month: SealedMarch) -> Names:
    into = month.story.opened("rt-b").number
    month.story.merged("core-a", 2, "rt-b")
    return frozenset({month.unrestored, into})


def a_fault_was_a_false_alarm(month: SealedMarch) -> Names:
    month.story.step(month.fault, FalseAlarmStep.PROPOSE, LI)
    month.story.step(month.fault, FalseAlarmStep.CONFIRM, WANG)
    return frozenset({month.fault})


def a_move_of_a_seat_is_corrected(month: SealedMarch) -> Names:
    month.serve(3)
    with month.database.reading() as session:
        move = max(read_recorded_moves(session), key=lambda one: one.at)
    with month.story.work(PURCHASER) as uow:
        correct_service(uow, move.seat, move.at, LAST - timedelta(days=2), "验收单 7")
    return frozenset({f"terminal:{move.seat}@"})


FACTS = (
    a_log_comes_in_late,
    the_end_of_a_lost_call_is_found,
    a_rating_comes_in_late,
    a_fault_becomes_part_of_another,
    a_fault_was_a_false_alarm,
    a_move_of_a_seat_is_corrected,
)


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.__name__)
def test_a_late_fact_moves_no_sealed_figure_and_names_its_record(
    fact: Callable[[SealedMarch], Names], site: Site, database: Database, bus: EventBus
) -> None:
    month = SealedMarch(site, database, bus, FixedClock(FIRST))
    with database.reading() as session:
        sealed = {n: list(read_seals(session, MONTH, n)) for n in NUMBERS}
        assert list(sealed_differences(session, site)) == []
    names = fact(month)
    with database.reading() as session:
        assert {n: list(read_seals(session, MONTH, n)) for n in NUMBERS} == sealed
        found = list(sealed_differences(session, site))
        named = {name for name in names if any(name in one.record for one in found)}
        assert named == names, "nothing says that the month is another now"
        assert all(any(name in one.record for name in names) for one in found), found


def test_a_seat_that_comes_or_goes_after_the_month_moves_nothing_of_it(
    site: Site, database: Database, bus: EventBus
) -> None:
    """Without a correction on record an edit of the seat list holds from now on, and not before."""
    month = SealedMarch(site, database, bus, FixedClock(FIRST))
    period = month_named(MONTH, site.contract)
    with database.reading() as session:
        before = read_figure(session, site, 13, period, month.clock.now()).counts
    for count in (3, 1, 0, 2):
        month.at(month.clock.now() + timedelta(hours=1))
        month.serve(count)
        with database.reading() as session:
            assert read_figure(session, site, 13, period, month.clock.now()).counts == before
            assert list(sealed_differences(session, site)) == []
