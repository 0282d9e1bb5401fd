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
from ops_core.hotline.calls.callers import CORRECTED
from ops_core.hotline.calls.contact import CALL
from ops_core.hotline.calls.model import CallEvent, CallEventKind
from ops_core.hotline.calls.queue_log import IncomingEvent
from ops_core.hotline.calls.service import Taken, take_events
from ops_core.hotline.calls.tables import CallRow
from ops_core.hotline.cases.model import CASE, CaseDraft, Channel
from ops_core.hotline.cases.requester_corrections import RENAMED
from ops_core.hotline.cases.service import Recorded, record_case
from ops_core.hotline.cases.tables import CaseCorrectionRow, CaseRow
from ops_core.hotline.contacts.tables import RequesterRow
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.hotline.exchange.updates import OrderUpdate, UpdateStatus, take_update
from ops_core.hotline.orders.service import take_step
from ops_core.hotline.orders.steps import Step
from ops_core.hotline.orders.store import events_of_order, find_row
from ops_core.hotline.orders.tables import OrderEventRow, WorkOrderRow
from ops_core.kernel.audit import read_audit
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.database import Database
from ops_core.kernel.errors import Invalid
from ops_core.kernel.events import events_of
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


def ago(minutes: int) -> datetime:
    return START - timedelta(minutes=minutes)


def test_a_late_word_that_names_somebody_else_otherwise_is_on_record(
    database: Database, work: Work, site: Site, vault: ContactVault, clock: FixedClock
) -> None:
    first = {"number": NUMBERS[0], "name": "张三丰", "stated_at": ago(10)}
    case = tell(work, site, vault, clock, **first).case
    tell(work, site, vault, clock, number=NUMBERS[1], stated_at=ago(2))
    for _ in range(2):
        late = tell(work, site, vault, clock, number=NUMBERS[0], name="张三封", stated_at=ago(5))
        assert (late.corrected, late.superseded) == ((), ("number",))
    assert state_of(database, vault, case) == ("暖气不热", NUMBERS[1], "")
    with database.reading() as session:
        [named] = [e for e in read_audit(session, 100) if e.action == RENAMED]
        [event] = [e for e in events_of(session, CASE, case) if e.type == RENAMED]
        person = session.get_one(RequesterRow, event.payload["requester"])
        assert vault.unseal(person.name_sealed) == "张三封"
    assert named.subject_id == case


def test_a_word_with_an_instant_holds_over_a_first_report_without_one(
    database: Database, work: Work, site: Site, vault: ContactVault, clock: FixedClock
) -> None:
    case = tell(work, site, vault, clock).case
    dated = tell(work, site, vault, clock, title="两户不热", stated_at=ago(30))
    assert (dated.corrected, dated.superseded) == (("title",), ())
    assert state_of(database, vault, case)[0] == "两户不热"


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


def take(work: Work, vault: ContactVault, item: IncomingEvent, number: str) -> Taken:
    with work(TELEPHONY) as uow:
        return take_events(uow, vault, [replace(item, caller=number)], SHANGHAI)


def test_the_caller_of_a_sources_event_number_zero_is_corrected_by_that_event(
    database: Database, work: Work, vault: ContactVault
) -> None:
    first, second, _ = entries("c-1", 0)
    take(work, vault, first, NUMBERS[0])
    take(work, vault, second, "")
    assert take(work, vault, first, NUMBERS[1]).corrected == ("pbx:c-1",)
    assert caller(database, vault, "pbx:c-1") == NUMBERS[1]


def test_a_caller_whom_a_later_event_confirms_is_not_turned_back_by_an_earlier_one(
    database: Database, work: Work, vault: ContactVault
) -> None:
    first, second, _ = entries("c-1", 1)
    take(work, vault, first, NUMBERS[0])
    take(work, vault, second, "")
    confirmed = take(work, vault, second, NUMBERS[0])
    assert (confirmed.corrected, confirmed.superseded) == ((), ())
    assert take(work, vault, first, NUMBERS[1]).superseded == ("pbx:c-1",)
    assert caller(database, vault, "pbx:c-1") == NUMBERS[0]
    with database.reading() as session:
        assert [e for e in events_of(session, CALL, "pbx:c-1") if e.type == CORRECTED] == []


def test_a_name_that_is_said_once_more_holds_over_one_that_was_said_in_between(
    database: Database, work: Work, site: Site, vault: ContactVault, clock: FixedClock
) -> None:
    case = ""
    for name, minutes in (("张三丰", 3), ("张三丰", 1), ("张三封", 2)):
        said = {"number": NUMBERS[0], "name": name, "stated_at": ago(minutes)}
        case = tell(work, site, vault, clock, **said).case
    assert state_of(database, vault, case)[2] == "张三丰"


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
    made = steps_by_updates(database, work, site, number, [replace(answer, stated_at=clock.now())])
    assert made == [("u-1", "已收到"), ("u-3", "已修好")]
