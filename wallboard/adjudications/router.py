"""The pages of adjudications: lists by kind, the form of a new matter, one with its steps."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query
from starlette.responses import HTMLResponse, RedirectResponse

from ops_core.hotline.adjudications.access import require_sight_of_matter, require_sight_of_matters
from ops_core.hotline.adjudications.kinds import (
    EMPTY_WORDS,
    KIND_WORDS,
    RULES,
    AdjudicationCause,
    AdjudicationKind,
    EventLevel,
)
from ops_core.hotline.adjudications.model import AdjudicationState, AdjudicationStep, Ruling
from ops_core.hotline.adjudications.read import (
    AdjudicationFilter,
    AdjudicationHistory,
    count_pending_by_kind,
    list_adjudications,
    read_adjudication,
)
from ops_core.hotline.adjudications.service import submit, take_step
from ops_core.hotline.adjudications.store import ADJUDICATION
from ops_core.kernel.permissions import Permission
from wallboard.adjudications.forms import (
    MatterFields,
    buttons_of,
    kinds_to_submit,
    submission_of,
)
from wallboard.adjudications.words import matter_vocabulary
from wallboard.snapshot import Snapshot
from wallboard.web import SignedInReader
from wallboard.work import Commanding, Reading

router = APIRouter(include_in_schema=False)

PATH = "/adjudications"
SUBMITTING = tuple(rules.submit for rules in RULES.values() if rules.submit is not None)


@router.get(PATH)
async def list_matters(
    reader: SignedInReader,
    read: Reading,
    kind: AdjudicationKind = AdjudicationKind.RETURN,
    state: str = "",
    q: Annotated[str, Query(max_length=100)] = "",
    after: str = "",
) -> HTMLResponse:
    await reader.require(Permission.SEE_ADJUDICATIONS, "page", "adjudications")
    chosen = AdjudicationState(state) if state in tuple(AdjudicationState) else None
    filters = AdjudicationFilter(kind, chosen, q, after)
    found, pending = await read(
        lambda seen: (
            list_adjudications(seen.session, filters),
            count_pending_by_kind(seen.session),
        )
    )
    return reader.page(
        "console/adjudications.html",
        here=_href(PATH, kind=kind, state=chosen or "", q=q, after=after),
        tabs=[(k, KIND_WORDS[k], _href(PATH, kind=k), pending[k]) for k in AdjudicationKind],
        kind=kind,
        chosen=chosen,
        states=list(AdjudicationState),
        query=q,
        empty=EMPTY_WORDS[kind],
        matters=found.matters,
        following=found.after
        and _href(PATH, kind=kind, state=chosen or "", q=q, after=found.after),
        may_submit=kind in kinds_to_submit(reader),
        **matter_vocabulary(reader),
    )


@router.get(PATH + "/new")
async def write_matter(
    reader: SignedInReader,
    kind: AdjudicationKind = AdjudicationKind.COMPLAINT,
    order: str = "",
    call: str = "",
    person: str = "",
) -> HTMLResponse:
    await reader.require_any(SUBMITTING, "page", "adjudications")
    kinds = kinds_to_submit(reader)
    rules = RULES[kind]
    needed = rules.submit or rules.decide
    await reader.require(needed, "page", "adjudications")
    fields = MatterFields(kind, order=order, call=call, person=person)
    return reader.page(
        "console/adjudication_new.html",
        fields=fields,
        rules=rules,
        kinds=kinds,
        levels=list(EventLevel),
        **matter_vocabulary(reader),
    )


@router.post(PATH)
async def submit_matter(
    reader: SignedInReader,
    command: Commanding,
    kind: Annotated[AdjudicationKind, Form()],
    subject: Annotated[str, Form()] = "",
    text: Annotated[str, Form()] = "",
    nature: Annotated[str, Form()] = "",
    level: Annotated[str, Form()] = "",
    order: Annotated[str, Form()] = "",
    call: Annotated[str, Form()] = "",
    person: Annotated[str, Form()] = "",
    occurred_at: Annotated[str, Form()] = "",
) -> RedirectResponse:
    site = reader.web.dependencies.site
    chosen = EventLevel(level) if level in tuple(EventLevel) else None
    fields = MatterFields(kind, subject, text, nature, chosen, order, call, person, occurred_at)
    matter = await command(
        (ADJUDICATION, kind.value),
        lambda uow: submit(uow, site, submission_of(fields, uow.clock.now())),
    )
    return RedirectResponse(f"{PATH}/{matter.number}", 303)


@router.get(PATH + "/{number}")
async def show_matter(reader: SignedInReader, read: Reading, number: str) -> HTMLResponse:
    reader.about(ADJUDICATION, number)
    actor = reader.actor
    require_sight_of_matters(actor)

    def work(seen: Snapshot) -> AdjudicationHistory:
        found = read_adjudication(seen.session, number)
        require_sight_of_matter(actor, found.matter)
        return found

    history = await read(work)
    return reader.page(
        "console/adjudication.html",
        history=history,
        matter=history.matter,
        buttons=buttons_of(history.matter, actor),
        rules=RULES[history.matter.submission.kind],
        levels=list(EventLevel),
        **matter_vocabulary(reader),
    )


@router.post(PATH + "/{number}/{step}")
async def step_matter(
    _reader: SignedInReader,
    command: Commanding,
    number: str,
    step: AdjudicationStep,
    text: Annotated[str, Form()] = "",
    cause: Annotated[str, Form()] = "",
    level: Annotated[str, Form()] = "",
    version: Annotated[int | None, Form()] = None,
) -> RedirectResponse:
    ruling = Ruling(
        text,
        AdjudicationCause(cause) if cause in tuple(AdjudicationCause) else None,
        EventLevel(level) if level in tuple(EventLevel) else None,
    )
    await command((ADJUDICATION, number), lambda uow: take_step(uow, number, step, ruling, version))
    return RedirectResponse(f"{PATH}/{number}", 303)


def _href(path: str, **parameters: str) -> str:
    given = {name: str(value) for name, value in parameters.items() if value}
    return f"{path}?{urlencode(given)}" if given else path
