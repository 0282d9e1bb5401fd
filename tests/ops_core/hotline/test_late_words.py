"""Words of other systems that are late, or come once more: the latest word holds in the end."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from device_configs.site.hotline import CaseKind
from device_configs.site.model import Site
from ops_core.hotline.calls.model import CallEvent, CallEventKind
from ops_core.hotline.calls.queue_log import IncomingEvent
from ops_core.hotline.calls.service import take_events
from ops_core.hotline.calls.tables import CallRow
from ops_core.hotline.cases.model import CaseDraft, Channel
from ops_core.hotline.cases.service import Recorded, record_case
from ops_core.hotline.cases.tables import CaseCorrectionRow, CaseRow
from ops_core.hotline.contacts.tables import RequesterRow
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.hotline.exchange.updates import OrderUpdate, UpdateStatus, take_update
from ops_core.hotline.orders.service import take_step
from ops_core.hotline.orders.steps import Step
from ops_core.hotline.orders.store import events_of_order, find_row
from ops_core.hotline.orders.tables import OrderEventRow, WorkOrderRow
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.database import Database
from ops_core.kernel.errors import Invalid
from ops_core.kernel.permissions import Actor, Role
from tests.ops_core.hotline.conftest import DISPATCHER, HANDLER, SHANGHAI, TELEPHONY, Work

START = datetime(2026, 3, 2, 1, tzinfo=UTC)
FEED = Actor.user("city-1.hotline", (Role.INTERFACE,))
NUMBERS = ("13800001111", "13800002222", "13800003333")
ON_ONE_DATABASE = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def draft(reference: str, **changes: object) -> CaseDraft:
    made = CaseDraft(
        Channel.CITY_HOTLINE, "city_hotline/city-1", reference, CaseKind.COMPLAINT, "heating",
        "province", "暖气不热", "小区供暖三天不热", START,
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


Word = tuple[int, str, str, str]
"""Minutes before now at which it was said, title, number, name."""
words = st.tuples(
    st.integers(0, 3),
    st.sampled_from(("暖气不热", "两户不热", "全楼不热")),
    st.sampled_from(("", *NUMBERS)),
    st.sampled_from(("", "张三丰", "张三封")),
)


def stated(word: Word) -> CaseDraft:
    minutes, title, number, name = word
    return draft(
        "r-1", title=title, number=number, name=name if number else "",
        stated_at=START - timedelta(minutes=minutes),
    )  # fmt: skip


def empty(database: Database) -> None:
    """Numbers are the same in each list: of one instant the greater one holds."""
    with database.transaction() as session:
        for row in (CaseCorrectionRow, OrderEventRow, WorkOrderRow, CaseRow, RequesterRow):
            session.execute(delete(row))


def state_of(database: Database, vault: ContactVault, case: str) -> tuple[str, str, str]:
    """Title, number and name that hold."""
    with database.reading() as session:
        row = session.get_one(CaseRow, case)
        corrections = session.scalars(
            select(CaseCorrectionRow.title)
            .where(CaseCorrectionRow.case_number == case)
            .order_by(CaseCorrectionRow.sequence)
        ).all()
        title = [row.title, *corrections][-1]
        if row.requester_id is None:
            return title, "", ""
        person = session.get_one(RequesterRow, row.requester_id)
        return title, vault.unseal(person.number_sealed), vault.unseal(person.name_sealed)


@ON_ONE_DATABASE
@given(
    lots=st.lists(words, min_size=2, max_size=5, unique=True).flatmap(
        lambda lot: st.tuples(
            st.permutations(lot), st.permutations(lot), st.lists(st.sampled_from(lot), max_size=3)
        )
    )
)
def test_in_whatever_order_and_however_often_words_come_the_same_state_holds(
    sqlite_database: Database,
    work: Work,
    site: Site,
    vault: ContactVault,
    lots: tuple[list[Word], list[Word], list[Word]],
) -> None:
    one, other, repeated = lots
    found = []
    for lot in (one, [*other, *repeated]):
        empty(sqlite_database)
        for word in lot:
            with work(FEED) as uow:
                recorded = record_case(uow, site, vault, stated(word), corrects=True)
        found.append(state_of(sqlite_database, vault, recorded.case))
    assert found[0] == found[1]


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    return sqlite_database


def tell(
    work: Work, site: Site, vault: ContactVault, clock: FixedClock, **stated: object
) -> Recorded:
    clock.advance(timedelta(minutes=1))
    with work(FEED) as uow:
        return record_case(uow, site, vault, draft("late", **stated), corrects=True)


def test_what_was_stated_before_does_not_come_back_without_an_instant(
    database: Database, work: Work, site: Site, vault: ContactVault, clock: FixedClock
) -> None:
    first = {"title": "暖气不热", "number": NUMBERS[0], "name": "张三丰"}
    second = {"title": "两户不热", "number": NUMBERS[1], "name": "李四"}
    case = tell(work, site, vault, clock, **first).case
    assert tell(work, site, vault, clock, **second).corrected == ("title", "number")
    for _ in range(2):
        late = tell(work, site, vault, clock, **first)
        assert (late.corrected, late.superseded) == ((), ("title", "number"))
        again = tell(work, site, vault, clock, **second)
        assert (again.corrected, again.superseded) == ((), ())
    assert state_of(database, vault, case) == ("两户不热", NUMBERS[1], "李四")


def test_a_repeat_does_not_give_a_person_the_name_back_that_another_request_changed(
    database: Database, work: Work, site: Site, vault: ContactVault, clock: FixedClock
) -> None:
    named = {"number": NUMBERS[0], "name": "张三封"}
    case = tell(work, site, vault, clock, **named).case
    clock.advance(timedelta(minutes=5))
    with work(FEED) as uow:
        later = draft("other", number=NUMBERS[0], name="张三丰", received_at=clock.now())
        record_case(uow, site, vault, later)
    late = tell(work, site, vault, clock, **named)
    assert (late.corrected, late.superseded) == ((), ("name",))
    assert state_of(database, vault, case) == ("暖气不热", NUMBERS[0], "张三丰")


def test_an_instant_of_the_future_is_refused(
    work: Work, site: Site, vault: ContactVault, clock: FixedClock
) -> None:
    with pytest.raises(Invalid):
        tell(work, site, vault, clock, stated_at=clock.now() + timedelta(hours=2))


def entries(call: str, first: int) -> list[IncomingEvent]:
    """A call that enters three queues, each time with another number."""
    return [
        IncomingEvent(
            CallEvent("pbx", first + n, call, CallEventKind.ENTERQUEUE,
                      START + timedelta(seconds=10 * n), "citizen"),
            number,
        )
        for n, number in enumerate(NUMBERS)
    ]  # fmt: skip


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_last_entry_says_who_called_in_whatever_order_events_come(
    database: Database, work: Work, vault: ContactVault, order: Sequence[int]
) -> None:
    lot = entries("c-1", 1)
    for n in (*order, *order):
        with work(TELEPHONY) as uow:
            take_events(uow, vault, [lot[n]], SHANGHAI)
    assert caller(database, vault, "pbx:c-1") == NUMBERS[2]


def caller(database: Database, vault: ContactVault, name: str) -> str:
    with database.reading() as session:
        call = session.get_one(CallRow, name)
        return vault.unseal(session.get_one(RequesterRow, call.requester_id).number_sealed)


def test_a_corrected_caller_does_not_come_back_by_a_late_repeat(
    database: Database, work: Work, vault: ContactVault
) -> None:
    lot = entries("c-1", 1)[:1]
    right = [replace(item, caller=NUMBERS[1]) for item in lot]
    for batch, corrected, superseded in (
        (lot, (), ()),
        (right, ("pbx:c-1",), ()),
        (lot, (), ("pbx:c-1",)),
        (right, (), ()),
    ):
        with work(TELEPHONY) as uow:
            taken = take_events(uow, vault, batch, SHANGHAI)
        assert (taken.corrected, taken.superseded) == (corrected, superseded)
    assert caller(database, vault, "pbx:c-1") == NUMBERS[1]


STATED = (
    OrderUpdate("", "u-1", UpdateStatus.OPEN, "已收到", stated_at=START - timedelta(minutes=3)),
    OrderUpdate(
        "", "u-2", UpdateStatus.IN_PROGRESS, "已派人", stated_at=START - timedelta(minutes=2)
    ),
    OrderUpdate("", "u-3", UpdateStatus.CLOSED, "已修好", stated_at=START - timedelta(minutes=1)),
)


def dispatched(work: Work, site: Site, vault: ContactVault, reference: str) -> str:
    """An order that the unit has not signed for yet."""
    with work(FEED) as uow:
        number = record_case(uow, site, vault, draft(reference)).order
    assert number is not None
    with work(DISPATCHER) as uow:
        take_step(uow, site, number, Step.DISPATCH, "housing")
    return number


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_updates_end_in_the_same_state_in_whatever_order_they_come(
    database: Database, work: Work, site: Site, vault: ContactVault, order: Sequence[int]
) -> None:
    number = dispatched(work, site, vault, "u")
    for place, n in enumerate((*order, *order)):
        with work(HANDLER) as uow:
            taken = take_update(uow, site, replace(STATED[n], order=number))
        is_newest = n == max(order[: place + 1])
        assert (taken.is_new, taken.is_superseded) == (
            place < 3 and is_newest, not is_newest and n not in newest_first(order)
        )  # fmt: skip
    with database.reading() as session:
        assert find_row(session, number).state == "replied"
        made = {e.detail.get("update") for e in events_of_order(session, number)} - {None}
    assert made == {STATED[n].identifier for n in newest_first(order)}


def newest_first(order: Sequence[int]) -> set[int]:
    """Those that were newer than all before them, and took steps."""
    return {n for place, n in enumerate(order) if n == max(order[: place + 1])}


def test_a_late_update_finds_no_order_that_was_given_back(
    database: Database, work: Work, site: Site, vault: ContactVault
) -> None:
    number = dispatched(work, site, vault, "u")
    early, back, _ = (replace(one, order=number) for one in STATED)
    with work(HANDLER) as uow:
        given = take_update(uow, site, replace(back, status=UpdateStatus.NOT_RESPONSIBLE))
    for _ in range(2):
        with work(HANDLER) as uow:
            late = take_update(uow, site, early)
        assert (late.is_superseded, late.sequence) == (True, given.sequence)
    with database.reading() as session:
        assert find_row(session, number).state == "returned"


def steps_by_updates(
    database: Database, work: Work, site: Site, order: str, updates: Sequence[OrderUpdate]
) -> list[tuple[str, str]]:
    """Identifiers and texts of the links that the updates made, in their order."""
    for one in updates:
        with work(HANDLER) as uow:
            assert take_update(uow, site, replace(one, order=order)).is_new
    with database.reading() as session:
        links = events_of_order(session, order)
        return [(e.detail["update"], e.detail["remark"]) for e in links if "update" in e.detail]


def test_updates_of_one_second_each_take_their_step_in_the_order_of_their_arrival(
    database: Database, work: Work, site: Site, vault: ContactVault
) -> None:
    number = dispatched(work, site, vault, "u")
    said = [replace(STATED[0], identifier=f"{n}", description=f"进展{n}") for n in (99, 100, 98)]
    made = steps_by_updates(database, work, site, number, said)
    assert made == [("99", "进展99"), ("100", "进展100"), ("98", "进展98")]


def test_an_update_that_is_stamped_ahead_does_not_supersede_what_is_said_after_it(
    database: Database, work: Work, site: Site, vault: ContactVault, clock: FixedClock
) -> None:
    number = dispatched(work, site, vault, "u")
    early, answer = STATED[0], STATED[2]
    ahead = replace(early, stated_at=clock.now() + timedelta(minutes=50))
    steps_by_updates(database, work, site, number, [ahead])
    clock.advance(timedelta(minutes=5))
    made = steps_by_updates(
        database, work, site, number, [replace(answer, stated_at=clock.now())]
    )
    assert made == [("u-1", "已收到"), ("u-3", "已修好")]
