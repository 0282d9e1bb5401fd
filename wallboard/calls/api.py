"""Calls for programs: the feed of the telephone system, and the lists and details as JSON."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, JsonValue

from ops_core.kernel.permissions import Permission
from wallboard.calls.query import WantedCalls
from wallboard.calls.views import CallDetail, CallPage, CallsNow, ClearContact, EventsTaken
from wallboard.web import ApiReader, in_thread

router = APIRouter(prefix="/api/calls", tags=["calls"])


class Batch(BaseModel):
    """Events of one source. Each is {sequence, call, kind, at, queue, agent, seat?, caller?}.

    They are read one by one, so that an answer can name every faulty one.
    """

    model_config = ConfigDict(extra="forbid")

    source: str
    events: list[JsonValue]


@router.post("/events")
async def take_events(reader: ApiReader, batch: Batch) -> EventsTaken:
    """Take a batch of at most 5,000 events in, whole or not at all; it may come again."""
    user = await reader.require(Permission.FEED_CALLS, "api", "calls")
    desk = reader.web.dependencies.calls
    return await in_thread(lambda: desk.take(batch.source, batch.events, user.actor))


@router.get("")
async def list_calls(
    reader: ApiReader,
    wanted: WantedCalls,
    after: Annotated[str | None, Query(max_length=300)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> CallPage:
    """A page of calls, the latest first: today's, a day's, or those an incident touched."""
    await reader.require(Permission.SEE_CALLS, "api", "calls")
    return await in_thread(lambda: reader.web.dependencies.calls.page(wanted, after, limit))


@router.get("/now")
async def read_now(reader: ApiReader) -> CallsNow:
    """Calls that wait and that are spoken on, and the day's counts."""
    await reader.require(Permission.SEE_CALLS, "api", "calls")
    return await in_thread(reader.web.dependencies.calls.now)


@router.get("/{call:path}")
async def read_call(reader: ApiReader, call: str) -> CallDetail:
    """One call with its events, terminal, incidents and requests."""
    await reader.require(Permission.SEE_CALLS, "call", call)
    return await in_thread(lambda: reader.web.dependencies.calls.detail(call))


@router.post("/{call:path}/unmask")
async def read_contact(reader: ApiReader, call: str) -> ClearContact:
    """Who called, in the clear; the audit log says who looked."""
    await reader.require(Permission.SEE_CALLS, "call", call)
    user = await reader.require(Permission.UNMASK_CONTACTS, "call", call)
    return await in_thread(lambda: reader.web.dependencies.calls.unmask(call, user.actor))
