"""The orders' pages and the steps taken on them: the operator's side and the units'."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ops_core.hotline.adjudications.model import Adjudication
from ops_core.hotline.adjudications.read import matters_of_order
from ops_core.hotline.contacts.requesters import Contact
from ops_core.hotline.deadline_policies.rules import Urgency
from ops_core.hotline.orders.contact import unmask_requester
from ops_core.hotline.orders.exporting import MOST_EXPORTED, order_table
from ops_core.hotline.orders.listing import count_orders
from ops_core.hotline.orders.listing import list_orders as list_orders_of
from ops_core.hotline.orders.order import Order, names_of
from ops_core.hotline.orders.particulars import (
    DECLINE_REASON_WORDS,
    EMERGENCY_WORDS,
    Particulars,
)
from ops_core.hotline.orders.service import ORDER, take_step, worker_of
from ops_core.hotline.orders.steps import OrderState, Step
from ops_core.hotline.orders.tabs import OrderFilter, OrderTab
from ops_core.hotline.orders.undoing import undo
from ops_core.hotline.saved_views.read import list_views
from ops_core.hotline.saved_views.service import LONGEST_NAME
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.exported_tables import MEDIA_TYPES, TableFormat
from ops_core.kernel.permissions import Permission
from wallboard.adjudications.words import matter_vocabulary
from wallboard.intake.citing import cited_by
from wallboard.orders.detail import read_detail
from wallboard.orders.offers import step_offers
from wallboard.orders.views import shown_view
from wallboard.orders.words import EMPTY_WORDS, TAB_WORDS, vocabulary
from wallboard.web import Reader, SignedInReader
from wallboard.work import Commanding, Reading, Reads

router = APIRouter(include_in_schema=False)

ORDERS, UNIT = "/orders", "/unit"
OPERATOR_TABS = (
    OrderTab.ANSWER,
    OrderTab.DISPATCH,
    OrderTab.DISPUTED,
    OrderTab.DECLINING,
    OrderTab.EXTENSION,
    OrderTab.HOLD,
    OrderTab.CONTRIBUTE,
    OrderTab.DUE,
    OrderTab.REPLIED,
    OrderTab.ALL,
)
UNIT_TABS = (
    OrderTab.SIGN,
    OrderTab.HANDLE,
    OrderTab.CONTRIBUTE,
    OrderTab.HOLD,
    OrderTab.DUE,
    OrderTab.REPLIED,
    OrderTab.APPROVED,
    OrderTab.COMPLETED,
)


@router.get(ORDERS)
async def list_orders(
    reader: SignedInReader,
    read: Reading,
    tab: OrderTab = OrderTab.DISPATCH,
    q: Annotated[str, Query(max_length=100)] = "",
    unit: str = "",
    state: OrderState | None = None,
    after: str = "",
) -> HTMLResponse:
    await reader.require(Permission.SEE_ORDERS, "page", "orders")
    filters = OrderFilter(tab, state, unit, q, after)
    return await _list(reader, read, ORDERS, OPERATOR_TABS, filters)


@router.get(UNIT)
async def list_of_unit(
    reader: SignedInReader,
    read: Reading,
    tab: OrderTab = OrderTab.SIGN,
    q: Annotated[str, Query(max_length=100)] = "",
    after: str = "",
) -> HTMLResponse:
    user = await reader.require(Permission.HANDLE_ORDERS, "page", "unit")
    filters = OrderFilter(tab, None, user.unit, q, after)
    return await _list(reader, read, UNIT, UNIT_TABS, filters, user.unit)


@router.get(f"{ORDERS}/export")
async def export_orders(
    reader: SignedInReader,
    read: Reading,
    tab: OrderTab = OrderTab.ALL,
    q: Annotated[str, Query(max_length=100)] = "",
    unit: str = "",
    state: OrderState | None = None,
    as_format: TableFormat = TableFormat.XLSX,
) -> Response:
    """The list as a table."""
    await reader.require(Permission.SEE_ORDERS, "page", "orders")
    return await _export(reader, read, OrderFilter(tab, state, unit, q), as_format)


@router.get(f"{UNIT}/export")
async def export_of_unit(
    reader: SignedInReader,
    read: Reading,
    tab: OrderTab = OrderTab.SIGN,
    q: Annotated[str, Query(max_length=100)] = "",
    as_format: TableFormat = TableFormat.XLSX,
) -> Response:
    """The unit's list as a table."""
    user = await reader.require(Permission.HANDLE_ORDERS, "page", "unit")
    return await _export(reader, read, OrderFilter(tab, None, user.unit, q), as_format)


@router.get("/orders/{number}")
async def show_order(
    reader: SignedInReader, read: Reading, number: str, tab: OrderTab = OrderTab.ALL
) -> HTMLResponse:
    return await _order(reader, read, number, tab, None)


@router.post("/orders/{number}/contact")
async def show_contact(
    reader: SignedInReader,
    read: Reading,
    command: Commanding,
    number: str,
    tab: OrderTab = OrderTab.ALL,
) -> HTMLResponse:
    """The page with the contact in the clear: in this one answer, which nobody keeps."""
    vault = reader.web.dependencies.vault
    contact = await command((ORDER, number), lambda uow: unmask_requester(uow, vault, number))
    return await _order(reader, read, number, tab, contact)


@router.post("/orders/{number}/{step}")
async def step_order(
    reader: SignedInReader,
    command: Commanding,
    number: str,
    step: Step,
    tab: OrderTab = OrderTab.ALL,
    version: Annotated[int | None, Form()] = None,
    unit: Annotated[str, Form()] = "",
    remark: Annotated[str, Form()] = "",
    days: Annotated[int, Form()] = 0,
    reason: Annotated[str, Form()] = "",
    service: Annotated[str, Form()] = "",
    lead: Annotated[str, Form()] = "",
    cited: Annotated[list[str] | None, Form()] = None,
    urgency: Annotated[str, Form()] = "",
    co_unit: Annotated[str, Form()] = "",
    until: Annotated[str, Form()] = "",
) -> RedirectResponse:
    site = reader.web.dependencies.site

    def act(uow: UnitOfWork) -> Order:
        if step is Step.UNDO:
            return undo(uow, site, number, version)
        versions = cited_by(uow, step, cited or [])
        given = Particulars(days, reason, service, lead, versions, co_unit, until, urgency)
        return take_step(uow, site, number, step, unit, remark, version, given)

    await command((ORDER, number), act)
    return RedirectResponse(_href(f"/orders/{number}", tab=tab), 303)


async def _export(
    reader: Reader, read: Reads, filters: OrderFilter, as_format: TableFormat
) -> Response:
    asked = replace(filters, limit=MOST_EXPORTED)
    content = await read(
        lambda seen: order_table(
            list_orders_of(seen.session, seen.site, asked, seen.now),
            seen.site,
            reader.language,
            as_format,
        )
    )
    headers = {"content-disposition": f'attachment; filename="orders-{filters.tab}.{as_format}"'}
    return Response(content, media_type=MEDIA_TYPES[as_format], headers=headers)


async def _list(
    reader: Reader,
    read: Reads,
    base: str,
    tabs: tuple[OrderTab, ...],
    filters: OrderFilter,
    unit: str = "",
) -> HTMLResponse:
    found, counts, views = await read(
        lambda seen: (
            list_orders_of(seen.session, seen.site, filters, seen.now),
            count_orders(seen.session, seen.site, unit, seen.now),
            list_views(seen.session, reader.actor),
        )
    )
    chosen = {"q": filters.query, "state": filters.state or ""}
    if not unit:
        chosen["unit"] = filters.unit
    return reader.page(
        "console/orders.html",
        base=base,
        here=_href(base, tab=filters.tab, after=filters.after, **chosen),
        tabs=[(tab, TAB_WORDS[tab], _href(base, tab=tab), counts[tab]) for tab in tabs],
        exports=[
            (one, _href(f"{base}/export", as_format=one, tab=filters.tab, **chosen))
            for one in TableFormat
        ],
        filters=filters,
        orders=found.orders,
        following=found.after and _href(base, tab=filters.tab, after=found.after, **chosen),
        searched=any(chosen.values()),
        views=[shown_view(one, reader, base) for one in views],
        longest_name=LONGEST_NAME,
        empty=EMPTY_WORDS[filters.tab],
        own_unit=unit,
        states=list(OrderState),
        **vocabulary(reader),
    )


async def _order(
    reader: Reader, read: Reads, number: str, tab: OrderTab, contact: Contact | None
) -> HTMLResponse:
    reader.about(ORDER, number)
    actor = reader.actor
    base = ORDERS if reader.may(Permission.SEE_ORDERS) else UNIT
    detail = await read(lambda seen: read_detail(seen, number, actor))
    unit = "" if base == ORDERS else actor.unit
    before, after = _neighbours(await _listed(read, tab, unit), number)
    order = detail.record.listed.order
    cities = reader.web.dependencies.site.hotline.city_hotline_of_unit
    return reader.page(
        "console/order.html",
        here=_href(f"/orders/{number}", tab=tab),
        tab=tab,
        back=_href(base, tab=tab) if tab is not OrderTab.ALL or base == ORDERS else base,
        previous=before and _href(f"/orders/{before}", tab=tab),
        next=after and _href(f"/orders/{after}", tab=tab),
        detail=detail,
        record=detail.record,
        order=order,
        contact=contact,
        decline_reasons=DECLINE_REASON_WORDS,
        emergency_services=EMERGENCY_WORDS,
        urgencies=list(Urgency),
        co_units=names_of(order.co_units),
        co_waiting=names_of(order.co_waiting),
        matters=await _matters(reader, read, number),
        offers=step_offers(
            order,
            worker_of(actor),
            reader.may,
            detail.record.case.channel,
            shared=bool(detail.record.merged) or order.unit in cities,
        ),
        undo=detail.undo if detail.undo and detail.undo.by == str(actor) else None,
        **vocabulary(reader),
        **matter_vocabulary(reader),
    )


async def _matters(reader: Reader, read: Reads, order: str) -> Sequence[Adjudication]:
    """What is before the purchaser of the order; nothing for a reader who may not see it."""
    if not reader.may(Permission.SEE_ADJUDICATIONS):
        return ()
    return await read(lambda seen: matters_of_order(seen.session, order))


async def _listed(read: Reads, tab: OrderTab, unit: str) -> list[str]:
    """The numbers of the list that the reader came from; none of the list of all."""
    if tab is OrderTab.ALL:
        return []
    filters = OrderFilter(tab, unit=unit)
    found = await read(lambda seen: list_orders_of(seen.session, seen.site, filters, seen.now))
    return [one.order.number for one in found.orders]


def _neighbours(numbers: list[str], number: str) -> tuple[str | None, str | None]:
    """The orders before and after this one in its list; for one that has left it, the first."""
    if number not in numbers:
        return None, numbers[0] if numbers else None
    at = numbers.index(number)
    return (
        numbers[at - 1] if at else None,
        numbers[at + 1] if at + 1 < len(numbers) else None,
    )


def _href(path: str, **parameters: str) -> str:
    given = {name: value for name, value in parameters.items() if value}
    return f"{path}?{urlencode(given)}" if given else path
