"""The agent's page: the call, the caller's earlier requests, and the form for a new one."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import HTMLResponse, RedirectResponse, Response

from device_configs.site.hotline import CaseKind, Hotline
from ops_core.hotline.cases.agent_call import AgentCall, read_agent_call, read_present_call
from ops_core.hotline.cases.model import TEXT_LIMIT, TITLE_LIMIT, Channel
from ops_core.hotline.cases.service import Recorded, record_case
from ops_core.hotline.deadline_policies.rules import DeadlineRules, Urgency
from ops_core.hotline.deadline_policies.store import rules_in_force
from ops_core.hotline.presence.model import SeatSignIn
from ops_core.hotline.presence.read import seat_of
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.errors import Invalid
from ops_core.kernel.i18n import translate
from ops_core.kernel.identity import signed_in_since
from ops_core.kernel.permissions import Permission
from ops_core.kernel.written_instant import WRITTEN_OUT
from ops_core.knowledge.training.read import gating_topics
from wallboard.intake.citing import cited_versions
from wallboard.intake.forms import CaseFields, draft_of, faults_by_field
from wallboard.orders.words import titles, vocabulary
from wallboard.snapshot import Snapshot
from wallboard.web import SESSION_COOKIE, Reader, SignedInReader
from wallboard.work import Commanding, Reading, Reads

router = APIRouter(include_in_schema=False)

PATH = "/agent"
WITHOUT_CALL = tuple(channel for channel in Channel if channel is not Channel.PHONE)


@dataclass(frozen=True, slots=True)
class AgentForm:
    """The form as it stands: what was typed, and what is wrong with it."""

    fields: CaseFields
    faults: dict[str, str]
    cited: Sequence[str] = ()
    """Versions of the knowledge base, by name, that it is to cite."""


@dataclass(frozen=True, slots=True)
class AgentSurroundings:
    """What the page shows besides the call and the form: the seat of the reader, and the deadlines
    in force, with the number of their version."""

    at_seat: SeatSignIn | None
    policy_version: int
    rules: DeadlineRules


@router.get(PATH)
async def show_desk(reader: SignedInReader, read: Reading, call: str = "") -> Response:
    """First of all comes the training in hot topics that is outstanding."""
    await reader.require(Permission.TAKE_CALLS, "page", "agent")
    since = reader.request.cookies.get(SESSION_COOKIE, "")
    agent = reader.signed_in.name
    if await read(lambda seen: _is_gated(seen, agent, since)):
        return RedirectResponse("/learning", 303)
    shown = await _chosen(reader, read, call)
    around = await _surroundings(reader, read)
    return _page(reader, shown, call, AgentForm(_empty(reader, shown), {}), None, 200, around)


@router.post(PATH)
async def submit(
    reader: SignedInReader,
    read: Reading,
    command: Commanding,
    source_ref: Annotated[str, Form()],
    received_at: Annotated[datetime, WRITTEN_OUT, Form()],
    chosen: Annotated[str, Form()] = "",
    call: Annotated[str, Form()] = "",
    channel: Annotated[str, Form()] = "",
    kind: Annotated[str, Form()] = "",
    category: Annotated[str, Form()] = "",
    region: Annotated[str, Form()] = "",
    title: Annotated[str, Form()] = "",
    text: Annotated[str, Form()] = "",
    name: Annotated[str, Form()] = "",
    number: Annotated[str, Form()] = "",
    direct_answer: Annotated[str, Form()] = "",
    cited: Annotated[list[str] | None, Form()] = None,
) -> HTMLResponse:
    """Record it; the hidden reference makes one request of a form that is sent twice."""
    user = await reader.require(Permission.TAKE_CALLS, "page", "agent")
    given = reader.web.dependencies
    if call:
        channel, received_at = Channel.PHONE.value, _received(await _call(read, call))
    fields = CaseFields(
        channel, f"agent/{user.name}", source_ref, kind,
        category, region, title, text, received_at, number, name, call, direct_answer,
    )  # fmt: skip
    names = cited or []

    def act(uow: UnitOfWork) -> Recorded:
        draft = draft_of(fields, given.site.hotline, given.clock.now())
        versions = cited_versions(uow.session, names, given.clock.now())
        return record_case(uow, given.site, given.vault, draft, versions)

    try:
        recorded = await command(("page", "agent"), act)
    except Invalid as refusal:
        shown = await _chosen(reader, read, call or chosen)
        faults = {
            field: translate(text, reader.language)
            for field, text in faults_by_field(refusal.members).items()
        } or {"form": translate(refusal.title, reader.language)}
        form, around = AgentForm(fields, faults, names), await _surroundings(reader, read)
        return _page(reader, shown, chosen, form, None, refusal.status, around)
    shown = await _chosen(reader, read, chosen)
    form, around = AgentForm(_empty(reader, shown), {}), await _surroundings(reader, read)
    return _page(reader, shown, chosen, form, recorded, 200, around)


def _is_gated(seen: Snapshot, agent: str, token: str) -> bool:
    since = signed_in_since(seen.session, token)
    return bool(gating_topics(seen.session, agent, since, seen.now))


async def _call(read: Reads, call: str) -> AgentCall:
    return await read(lambda seen: read_agent_call(seen.session, seen.site, call))


async def _chosen(reader: Reader, read: Reads, call: str) -> AgentCall | None:
    """The call that was asked for; without one, the reader's present one."""
    if call:
        return await _call(read, call)
    agent = reader.signed_in.name
    return await read(lambda seen: read_present_call(seen.session, agent, seen.now))


async def _surroundings(reader: Reader, read: Reads) -> AgentSurroundings:
    person = reader.signed_in.name

    def around(seen: Snapshot) -> AgentSurroundings:
        in_force = rules_in_force(seen.session, seen.site.hotline, seen.now)
        return AgentSurroundings(seat_of(seen.session, person, seen.now), *in_force)

    return await read(around)


def _empty(reader: Reader, shown: AgentCall | None) -> CaseFields:
    """A form that nobody has typed into."""
    at = reader.web.dependencies.clock.now() if shown is None else _received(shown)
    call = "" if shown is None else shown.call.call
    return CaseFields("", "", uuid.uuid4().hex, "", "", "", "", "", at, call=call)


def _received(shown: AgentCall) -> datetime:
    """A request by phone came in when its call was answered."""
    return shown.call.answered_at or shown.call.entered_at


def _page(
    reader: Reader,
    shown: AgentCall | None,
    chosen: str,
    form: AgentForm,
    recorded: Recorded | None,
    status: int,
    around: AgentSurroundings,
) -> HTMLResponse:
    site = reader.web.dependencies.site
    hotline, within = site.hotline, around.rules.handle_within
    return reader.page_with_status(
        "console/agent.html",
        status,
        {
            "shown": shown,
            "chosen": chosen,
            "form": form.fields,
            "faults": form.faults,
            "cited": form.cited,
            "recorded": recorded,
            "kinds": list(CaseKind),
            "channels": WITHOUT_CALL,
            "hotline": hotline,
            "title_limit": TITLE_LIMIT,
            "text_limit": TEXT_LIMIT,
            "at_seat": around.at_seat,
            "policy_version": around.policy_version,
            "signing": around.rules.sign_within[Urgency.ORDINARY],
            "handling": {kind: limits[Urgency.ORDINARY] for kind, limits in within.items()},
            "seats": sorted(site.seats.values(), key=lambda seat: seat.number),
            "proposals": _proposals(reader, hotline),
            **vocabulary(reader),
        },
    )


def _proposals(reader: Reader, hotline: Hotline) -> dict[str, dict[str, str]]:
    """By category and region, the title of the unit the catalogue names; region "" is any other."""
    title = titles(hotline.unit_of, reader.language)
    return {
        category.name: {"": title(category.unit)}
        | {region: title(unit) for region, unit in category.units_by_region.items()}
        for category in hotline.categories
    }
