"""Requests for programs: other channels hand theirs over, once each, and look them up."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from device_configs.site.hotline import CaseKind
from ops_core.hotline.cases.model import CASE, CaseDraft, Channel
from ops_core.hotline.cases.read import CaseRecord, read_case
from ops_core.hotline.cases.service import Recorded, record_case
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.permissions import Permission
from ops_core.kernel.written_instant import WRITTEN_OUT
from wallboard.intake.citing import cited_versions
from wallboard.intake.forms import CaseFields, draft_of
from wallboard.web import ApiReader, Reader
from wallboard.work import Commanding, Reading

router = APIRouter(prefix="/api/cases", tags=["cases"])


class PostedCase(BaseModel):
    """A request of another channel; (``source_org``, ``source_ref``) names it for ever."""

    model_config = ConfigDict(extra="forbid")

    channel: str = Field(json_schema_extra={"enum": [channel.value for channel in Channel]})
    source_org: str
    source_ref: str
    kind: str = Field(json_schema_extra={"enum": [kind.value for kind in CaseKind]})
    category: str = Field(description="a name of hotline.yml")
    region: str = Field(description="a name of hotline.yml")
    title: str
    text: str
    received_at: Annotated[datetime, WRITTEN_OUT] = Field(description="with its offset from UTC")
    number: str = Field(default="", description="the requester's telephone number")
    name: str = ""
    call: str = Field(default="", description="the call it was taken on, for the channel phone")
    direct_answer: str = Field(default="", description="what was answered at once: no order")
    stated_at: Annotated[datetime | None, WRITTEN_OUT] = Field(
        default=None,
        description="when its source said this, with its offset: the latest word holds",
    )
    cited: list[str] = Field(
        default_factory=list, description="versions that were read out of: K-20261124-0001/2"
    )


@router.post(
    "",
    status_code=201,
    responses={
        200: {
            "model": Recorded,
            "description": "It had been recorded before; `corrected` names what now says "
            "otherwise, `superseded` what a later word says already",
        },
        409: {"description": "The reference had other content before"},
        422: {"description": "Every fault at once, in `faults` by field"},
    },
)
async def record(
    reader: ApiReader, command: Commanding, response: Response, case: PostedCase
) -> Recorded:
    """Hand a request over. The same again is answered 200 with the numbers it has."""
    given, draft = reader.web.dependencies, draft_of_case(reader, case)

    def act(uow: UnitOfWork) -> Recorded:
        cited = cited_versions(uow.session, case.cited, given.clock.now())
        return record_case(uow, given.site, given.vault, draft, cited)

    recorded = await command(("api", "cases"), act)
    if not recorded.is_new:
        response.status_code = 200
    return recorded


@router.get("/{number}")
async def read_one(reader: ApiReader, read: Reading, number: str) -> CaseRecord:
    """One request with its order's number; numbers, names and texts are masked."""
    await reader.require(Permission.SEE_ORDERS, CASE, number)
    return await read(lambda seen: read_case(seen.session, number))


def draft_of_case(reader: Reader, case: PostedCase) -> CaseDraft:
    """Raises Invalid that names every fault."""
    dependencies = reader.web.dependencies
    fields = CaseFields(**case.model_dump(exclude={"cited"}))
    return draft_of(fields, dependencies.site.hotline, dependencies.clock.now())
