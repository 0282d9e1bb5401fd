"""Calls for programs: the feed of the telephone system, and the lists and details as JSON."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, JsonValue

from ops_core.hotline.calls.contact import CALL, unmask_caller
from ops_core.hotline.calls.feed import EventsTaken, take_batch
from ops_core.hotline.calls.listing import CallPage, CallsNow, read_page
from ops_core.hotline.calls.listing import read_now as read_calls_now
from ops_core.hotline.contacts.requesters import Contact
from ops_core.kernel.permissions import Permission
from wallboard.calls.detail import CallDetail, read_detail
from wallboard.calls.impact import read_impact
from wallboard.calls.query import ChosenCalls
from wallboard.web import ApiReader
from wallboard.work import Commanding, Reading

router = APIRouter(prefix="/api/calls", tags=["calls"])


class EventBatchPosted(BaseModel):
    """Events of one source. Each is {sequence, call, kind, at, queue, agent, seat?, caller?}.

    They are read one by one, so that an answer can name every faulty one.
    """

    model_config = ConfigDict(extra="forbid")

    source: str
    events: list[JsonValue]


@router.post("/events")
async def take_events(
    reader: ApiReader, command: Commanding, batch: EventBatchPosted
) -> EventsTaken:
    """Take a batch of at most 5,000 events in, whole or not at all; it may come again."""
    given = reader.web.dependencies
    return await command(
        ("api", "calls"),
        lambda uow: take_batch(uow, given.site, given.vault, batch.source, batch.events),
    )


@router.get("")
async def list_calls(
    reader: ApiReader,
    read: Reading,
    chosen: ChosenCalls,
    after: Annotated[str | None, Query(max_length=300)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> CallPage:
    """A page of calls, the latest first: today's, a day's, or those an incident touched."""
    await reader.require(Permission.SEE_CALLS, "api", "calls")
    return await read(
        lambda seen: read_page(
            seen.session, seen.site, seen.now, chosen,
            read_impact(seen, chosen.incident), after, limit,
        )
    )  # fmt: skip


@router.get("/now")
async def read_now(reader: ApiReader, read: Reading) -> CallsNow:
    """Calls that wait and that are in progress, and the day's counts."""
    await reader.require(Permission.SEE_CALLS, "api", "calls")
    return await read(lambda seen: read_calls_now(seen.session, seen.site, seen.now))


@router.get("/{call:path}")
async def read_call(reader: ApiReader, read: Reading, call: str) -> CallDetail:
    """One call with its events, terminal, incidents and requests."""
    await reader.require(Permission.SEE_CALLS, CALL, call)
    return await read(lambda seen: read_detail(seen, call))


@router.post("/{call:path}/unmask")
async def read_contact(reader: ApiReader, command: Commanding, call: str) -> Contact:
    """Who called, in the clear; the audit log says who looked."""
    given = reader.web.dependencies
    return await command(
        (CALL, call), lambda uow: unmask_caller(uow, given.site, given.vault, call)
    )
