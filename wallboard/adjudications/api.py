"""Adjudications for programs: reading by token; submitting and deciding are people's own."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from ops_core.hotline.adjudications.access import require_sight_of_matter, require_sight_of_matters
from ops_core.hotline.adjudications.kinds import AdjudicationCause, AdjudicationKind, EventLevel
from ops_core.hotline.adjudications.model import (
    LONGEST_TEXT,
    Adjudication,
    AdjudicationState,
    AdjudicationStep,
    Ruling,
    Submission,
    allowed_steps,
)
from ops_core.hotline.adjudications.read import AdjudicationFilter, list_adjudications
from ops_core.hotline.adjudications.service import submit, take_step
from ops_core.hotline.adjudications.store import ADJUDICATION, find_adjudication
from ops_core.kernel.permissions import Permission
from ops_core.kernel.written_instant import WrittenInstant
from wallboard.snapshot import Snapshot
from wallboard.web import ApiReader
from wallboard.work import Commanding, Reading

router = APIRouter(prefix="/api/adjudications", tags=["adjudications"])


@dataclass(frozen=True, slots=True)
class AdjudicationDocument:
    """A matter with what was decided; ``allowed`` are the steps its state allows."""

    matter: Adjudication
    allowed: tuple[AdjudicationStep, ...]


@dataclass(frozen=True, slots=True)
class AdjudicationPage:
    """``after`` asks for the next page; None at the end."""

    matters: tuple[Adjudication, ...]
    after: str | None


class SubmissionBody(BaseModel):
    """A matter; ``occurred_at`` is now where it is left out."""

    model_config = ConfigDict(extra="forbid")

    kind: AdjudicationKind
    subject: str = ""
    text: str = Field(max_length=LONGEST_TEXT)
    nature: str = ""
    level: EventLevel | None = None
    order: str = ""
    call: str = ""
    person: str = ""
    occurred_at: WrittenInstant | None = None


class DecisionBody(BaseModel):
    """What goes with a step: the version the caller saw, why, and a cause where one is asked."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(default="", max_length=LONGEST_TEXT)
    cause: AdjudicationCause | None = None
    level: EventLevel | None = None
    version: int | None = None


@router.get("")
async def list_all(
    reader: ApiReader,
    read: Reading,
    kind: AdjudicationKind | None = None,
    state: AdjudicationState | None = None,
    after: str = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> AdjudicationPage:
    """Matters, the newest first; ``after`` is the last number of the page before."""
    await reader.require(Permission.SEE_ADJUDICATIONS, "api", "adjudications")
    filters = AdjudicationFilter(kind, state, "", after, limit)
    found = await read(lambda seen: list_adjudications(seen.session, filters))
    return AdjudicationPage(found.matters, found.after)


@router.get("/{number}")
async def read_one(reader: ApiReader, read: Reading, number: str) -> AdjudicationDocument:
    """One matter."""
    reader.about(ADJUDICATION, number)
    require_sight_of_matters(reader.actor)

    def work(seen: Snapshot) -> Adjudication:
        matter = find_adjudication(seen.session, number)
        require_sight_of_matter(reader.actor, matter)
        return matter

    return _document(await read(work))


@router.post("", status_code=201)
async def submit_one(
    reader: ApiReader, command: Commanding, body: SubmissionBody
) -> AdjudicationDocument:
    """Submit a matter. 403 for the other side or a token (audited), 409 for a second live one."""
    site = reader.web.dependencies.site
    matter = await command(
        (ADJUDICATION, body.kind.value),
        lambda uow: submit(
            uow,
            site,
            Submission(
                body.kind, body.subject, body.occurred_at or uow.clock.now(), body.text,
                body.nature, body.level, body.order, body.call, body.person,
            ),
        ),
    )  # fmt: skip
    return _document(matter)


@router.post("/{number}/{step}")
async def act(
    _reader: ApiReader,
    command: Commanding,
    number: str,
    step: AdjudicationStep,
    body: DecisionBody,
) -> AdjudicationDocument:
    """Uphold, reject, open anew or withdraw, as a signed-in person.

    403 for the wrong side or person (audited), 409 with ``state`` and ``allowed`` for a step that
    the state does not allow, or when ``version`` is no longer the matter's.
    """
    ruling = Ruling(body.text, body.cause, body.level)
    matter = await command(
        (ADJUDICATION, number), lambda uow: take_step(uow, number, step, ruling, body.version)
    )
    return _document(matter)


def _document(matter: Adjudication) -> AdjudicationDocument:
    return AdjudicationDocument(matter, allowed_steps(matter))
