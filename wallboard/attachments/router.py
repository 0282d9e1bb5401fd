"""The page of a record's attachments, and the API: size-bounded, known by their content."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends
from starlette.responses import HTMLResponse, RedirectResponse

from ops_core.kernel.evidence_kinds import endings_listed
from ops_core.kernel.evidence_links import EvidenceFile
from ops_core.kernel.permissions import Permission
from wallboard.attachments.kinds import ADDING, check_personal, kind_named
from wallboard.attachments.records import AttachmentModel, files_of, model_of
from wallboard.uploads import UploadedForm, store_of, upload_by, upload_schema
from wallboard.web import ApiReader, Reader, SignedInReader
from wallboard.work import Commanding, Commands, Reading

router = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/attachments", tags=["evidence"])

AttachmentUpload = Annotated[UploadedForm, Depends(upload_by(*ADDING))]


@router.get("/attachments/{kind}/{number}")
async def show_attachments(
    reader: SignedInReader, read: Reading, kind: str, number: str
) -> HTMLResponse:
    attached = kind_named(kind)
    reader.about(attached.types[0], number)
    files = await read(lambda seen: files_of(seen, reader.actor, kind, number))
    return reader.page(
        "console/attachments.html",
        kind=kind,
        number=number,
        files=files,
        back=attached.page.format(number),
        may_add=any(reader.may(one) for one in attached.adding),
        may_be_personal=len(attached.types) > 1,
        may_take_personal=reader.may(Permission.UNMASK_CONTACTS),
        accept=endings_listed(),
        most=store_of(reader).largest,
    )


@router.post("/attachments/{kind}/{number}")
async def attach_by_form(
    reader: SignedInReader, command: Commanding, upload: AttachmentUpload, kind: str, number: str
) -> RedirectResponse:
    await _attach(reader, command, upload, kind, number)
    return RedirectResponse(f"/attachments/{kind}/{number}", 303)


@api.get("/{kind}/{number}")
async def list_for_programs(
    reader: ApiReader, read: Reading, kind: str, number: str
) -> list[AttachmentModel]:
    """The files of a record (``orders``, ``adjudications``, ``exemptions``, ``topics``)."""
    reader.about(kind_named(kind).types[0], number)
    found = await read(lambda seen: files_of(seen, reader.actor, kind, number))
    return [_named(one, reader) for one in found]


@api.post("/{kind}/{number}", status_code=201, openapi_extra=upload_schema("personal"))
async def attach_by_program(
    reader: ApiReader, command: Commanding, upload: AttachmentUpload, kind: str, number: str
) -> list[AttachmentModel]:
    """Attach the form's ``files``; ``personal=1``: they have personal data in them.

    409 for a record on which nothing is open any more, 413 for what is too large, 422 for what is
    no evidence.
    """
    made = await _attach(reader, command, upload, kind, number)
    return [_named(model_of(one), reader) for one in made]


async def _attach(
    reader: Reader, command: Commands, upload: UploadedForm, kind: str, number: str
) -> Sequence[EvidenceFile]:
    attached, is_personal = kind_named(kind), upload.field("personal") == "1"
    check_personal(attached, is_personal=is_personal)
    zone = ZoneInfo(reader.web.dependencies.site.contract.timezone)
    stored = await upload.take_in("files")
    return await command(
        (attached.types[0], number),
        lambda uow: attached.attach(uow, number, stored, zone, is_personal),
    )


def _named(file: AttachmentModel, reader: Reader) -> AttachmentModel:
    """A unit's program is not handed the sign-in names of the centre's people."""
    return replace(file, uploaded_by=reader.person(file.uploaded_by))
