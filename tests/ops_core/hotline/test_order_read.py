"""Lists of orders and requests as screens read them, on both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from device_configs.site.hotline import CaseKind
from device_configs.site.model import Site
from ops_core.hotline.callbacks.model import CallbackState
from ops_core.hotline.callbacks.read import list_callbacks
from ops_core.hotline.cases.model import CaseDraft, Channel
from ops_core.hotline.cases.read import earlier_cases, read_case
from ops_core.hotline.cases.service import record_case
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.hotline.orders.listing import count_orders, list_orders
from ops_core.hotline.orders.read import read_order
from ops_core.hotline.orders.service import take_step
from ops_core.hotline.orders.steps import OrderState, Step
from ops_core.hotline.orders.tabs import OrderFilter, OrderTab
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.database import Database
from ops_core.kernel.errors import NotFound
from ops_core.kernel.permissions import Actor
from tests.ops_core.hotline.conftest import (
    AGENT,
    CANARY,
    DISPATCHER,
    HANDLER,
    REVIEWER,
    Work,
)

WEB = CaseDraft(
    Channel.WEB, "portal", "1", CaseKind.CONSULTATION, "heating", "province", "暖气不热",
    f"请打 {CANARY}", datetime(2026, 3, 2, 1, tzinfo=UTC), number=CANARY, name="张三丰",
)  # fmt: skip


class Centre:
    """Orders made one after the other by the services."""

    def __init__(self, work: Work, site: Site, vault: ContactVault) -> None:
        self._work, self._site, self._vault = work, site, vault
        self._count = 0

    def order(self, *steps: tuple[Step, Actor], kind: CaseKind = CaseKind.CONSULTATION) -> str:
        self._count += 1
        draft = replace(WEB, source_ref=f"{self._count}", kind=kind)
        with self._work(AGENT) as uow:
            number = record_case(uow, self._site, self._vault, draft).order
        assert number is not None
        for step, actor in steps:
            self.take(number, step, actor)
        return number

    def take(self, number: str, step: Step, actor: Actor) -> None:
        unit = "housing" if step is Step.DISPATCH else ""
        with self._work(actor) as uow:
            take_step(uow, self._site, number, step, unit, f"说明 {CANARY}")


@pytest.fixture
def centre(work: Work, site: Site, vault: ContactVault) -> Centre:
    return Centre(work, site, vault)


TO_SIGNED = ((Step.DISPATCH, DISPATCHER), (Step.SIGN, HANDLER))
TO_COMPLETED = (
    *TO_SIGNED, (Step.REPLY, HANDLER), (Step.APPROVE, REVIEWER), (Step.COMPLETE, HANDLER),
)  # fmt: skip


def numbers(database: Database, site: Site, wanted: OrderFilter, now: datetime) -> list[str]:
    with database.reading() as session:
        found = list_orders(session, site, wanted, now)
    return [listed.order.number for listed in found.orders]


def test_a_tab_holds_what_its_state_says_and_the_counts_agree(
    centre: Centre, site: Site, database: Database, clock: FixedClock
) -> None:
    made = {
        OrderTab.DISPATCH: centre.order(),
        OrderTab.SIGN: centre.order(*TO_SIGNED[:1]),
        OrderTab.HANDLE: centre.order(*TO_SIGNED),
        OrderTab.REPLIED: centre.order(*TO_COMPLETED[:3]),
        OrderTab.APPROVED: centre.order(*TO_COMPLETED[:4]),
        OrderTab.COMPLETED: centre.order(*TO_COMPLETED),
    }
    with database.reading() as session:
        counts = count_orders(session, site, "", clock.now())
        own = count_orders(session, site, "housing", clock.now())
    for tab, number in made.items():
        assert numbers(database, site, OrderFilter(tab), clock.now()) == [number]
        assert counts[tab] == 1
    assert (own[OrderTab.DISPATCH], own[OrderTab.ALL]) == (0, 5)
    assert counts[OrderTab.ALL] == 6


def test_due_orders_stand_by_the_end_of_their_next_deadline(
    centre: Centre, site: Site, database: Database, clock: FixedClock
) -> None:
    signed_complaint = centre.order(*TO_SIGNED, kind=CaseKind.COMPLAINT)
    signed = centre.order(*TO_SIGNED)
    unsigned = centre.order(*TO_SIGNED[:1])
    centre.order(*TO_COMPLETED)
    assert numbers(database, site, OrderFilter(OrderTab.DUE), clock.now()) == []
    # Monday: to be signed by Tuesday 24:00; a consultation to be handled by Thursday 24:00.
    clock.advance(timedelta(days=1, hours=13, minutes=30))
    assert numbers(database, site, OrderFilter(OrderTab.DUE), clock.now()) == [unsigned]
    clock.advance(timedelta(days=2))
    now = clock.now()
    assert numbers(database, site, OrderFilter(OrderTab.DUE), now) == [unsigned, signed]
    first = OrderFilter(OrderTab.DUE, limit=1)
    with database.reading() as session:
        page = list_orders(session, site, first, now)
        assert [o.order.number for o in page.orders] == [unsigned]
        rest = list_orders(session, site, replace(first, after=page.after or ""), now)
        assert [o.order.number for o in rest.orders] == [signed]
        assert rest.after is None
        assert count_orders(session, site, "", now)[OrderTab.DUE] == 2
    clock.advance(timedelta(days=30))
    found = numbers(database, site, OrderFilter(OrderTab.DUE), clock.now())
    assert found == [unsigned, signed, signed_complaint]


def test_pages_of_a_list_hold_every_order_once(
    centre: Centre, site: Site, database: Database, clock: FixedClock
) -> None:
    made = [centre.order() for _ in range(5)]
    for tab, expected in ((OrderTab.DISPATCH, made), (OrderTab.ALL, made[::-1])):
        seen: list[str] = []
        after: str | None = ""
        while after is not None:
            with database.reading() as session:
                page = list_orders(
                    session, site, OrderFilter(tab, after=after, limit=2), clock.now()
                )
            seen += [listed.order.number for listed in page.orders]
            after = page.after
        assert seen == expected


def test_an_order_is_read_masked_with_its_whole_course(
    centre: Centre, site: Site, database: Database, clock: FixedClock
) -> None:
    number = centre.order(*TO_COMPLETED)
    centre.take(number, Step.REOPEN, REVIEWER)
    with database.reading() as session:
        record = read_order(session, site, number, clock.now())
        callbacks = list_callbacks(session, site, CallbackState.OPEN, clock.now())
    assert [entry.cycle for entry in record.course] == [1, 1, 1, 1, 1, 1, 2]
    assert record.broken_at is None
    assert record.listed.order.state is OrderState.ACCEPTED
    assert record.listed.deadlines == ()
    assert [callback.cycle for callback in record.callbacks] == [1]
    assert callbacks == (), "nobody calls about an answer that no longer stands"
    assert record.callbacks[0].intake == {AGENT.name}
    assert CANARY not in repr((record, callbacks))
    assert "139****5678" in record.case.text


def test_the_requests_of_one_caller_come_together(
    centre: Centre, site: Site, database: Database
) -> None:
    open_one, done = centre.order(), centre.order(*TO_COMPLETED)
    with database.reading() as session:
        case = read_case(session, "C-20260302-00001")
        assert case.requester is not None
        earlier = earlier_cases(session, case.requester.id)
        assert [(e.order, e.is_open) for e in earlier] == [(done, False), (open_one, True)]
        with pytest.raises(NotFound):
            read_case(session, "C-20260302-99999")
