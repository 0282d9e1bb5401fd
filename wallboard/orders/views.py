"""Saved views of the list of orders: kept by its form, and for programs."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Path, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import RedirectResponse

from ops_core.hotline.orders.steps import OrderState
from ops_core.hotline.orders.tabs import OrderFilter, OrderTab
from ops_core.hotline.saved_views.read import SavedView, list_views
from ops_core.hotline.saved_views.service import LONGEST_NAME, SAVED_VIEW, remove_view, save_view
from ops_core.kernel.permissions import Permission
from wallboard.web import ApiReader, Reader, SignedInReader
from wallboard.work import Commanding, Reading

router = APIRouter(include_in_schema=False)
api_router = APIRouter(prefix="/api/views", tags=["orders"])
StoredNumber = Annotated[int, Path(ge=1, le=2**31 - 1)]
"""What a database takes for a number: more than that is nobody's."""


@dataclass(frozen=True, slots=True)
class ShownView:
    """A view as a link; ``is_own``: the reader may take it away."""

    view: SavedView
    href: str
    is_own: bool


class ViewBody(BaseModel):
    """A filter of the list of orders, and the name to keep it under."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=LONGEST_NAME)
    shared: bool = False
    tab: OrderTab = OrderTab.ALL
    query: str = Field(default="", max_length=100)
    unit: str = ""
    state: OrderState | None = None


@router.post("/views")
async def save_by_form(
    reader: SignedInReader,
    command: Commanding,
    name: Annotated[str, Form()] = "",
    shared: Annotated[bool, Form()] = False,
    tab: Annotated[OrderTab, Form()] = OrderTab.ALL,
    q: Annotated[str, Form(max_length=100)] = "",
    unit: Annotated[str, Form()] = "",
    state: Annotated[str, Form()] = "",
) -> RedirectResponse:
    chosen = OrderState(state) if state in set(OrderState) else None
    filters = OrderFilter(tab, chosen, unit, q)
    made = await command(
        (SAVED_VIEW, "new"), lambda uow: save_view(uow, name, filters, shared=shared)
    )
    return RedirectResponse(href_of(made, base_of(reader)), 303)


@router.post("/views/{number}/remove")
async def remove_by_form(
    reader: SignedInReader, command: Commanding, number: StoredNumber
) -> RedirectResponse:
    await command((SAVED_VIEW, str(number)), lambda uow: remove_view(uow, number))
    return RedirectResponse(base_of(reader), 303)


@api_router.get("")
async def list_for_programs(reader: ApiReader, read: Reading) -> list[SavedView]:
    """Views of the caller's own, and those that others of his circle share."""
    await reader.require_any((Permission.SEE_ORDERS, Permission.HANDLE_ORDERS), "api", "views")
    return list(await read(lambda seen: list_views(seen.session, reader.actor)))


@api_router.post("", status_code=201)
async def save_by_program(_reader: ApiReader, command: Commanding, body: ViewBody) -> SavedView:
    """Keep a view; 409 for a name that is taken."""
    filters = OrderFilter(body.tab, body.state, body.unit, body.query)
    return await command(
        (SAVED_VIEW, "new"), lambda uow: save_view(uow, body.name, filters, shared=body.shared)
    )


@api_router.post("/{number}/remove", status_code=204)
async def remove_by_program(
    _reader: ApiReader, command: Commanding, number: StoredNumber
) -> Response:
    """Take an own view away; 403 for another's."""
    await command((SAVED_VIEW, str(number)), lambda uow: remove_view(uow, number))
    return Response(status_code=204)


def base_of(reader: Reader) -> str:
    """The reader's list of orders."""
    return "/orders" if reader.may(Permission.SEE_ORDERS) else "/unit"


def href_of(view: SavedView, base: str) -> str:
    given = {"tab": view.tab, "q": view.query, "unit": view.unit, "state": view.state or ""}
    return f"{base}?{urlencode({name: value for name, value in given.items() if value})}"


def shown_view(view: SavedView, reader: Reader, base: str) -> ShownView:
    return ShownView(view, href_of(view, base), view.owner == str(reader.actor))
