"""Forms with files: how much is coming is bounded before it is read, and while it is.

FastAPI's own form parameters read whatever comes, to disk. A route that takes files asks for what
:func:`upload_by` reads, and for no ``Form()``::

    Upload = Annotated[UploadedForm, Depends(upload_by(Permission.WORK_REGISTERS))]

    async def hand_in(reader: SignedInReader, upload: Upload, command: Commanding) -> Response:
        stored = await upload.take_in("files")
        await command(subject, lambda uow: submit(uow, number, stored))
"""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from python_multipart.exceptions import FormParserError
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from ops_core.kernel.errors import Invalid
from ops_core.kernel.evidence_files import (
    MIB,
    EvidenceStore,
    StoredFile,
    disk_troubles,
    evidence_store,
    too_large,
)
from ops_core.kernel.evidence_kinds import KNOWN_ENDINGS
from ops_core.kernel.i18n import message
from ops_core.kernel.permissions import Permission
from wallboard.web import AnyReader, Reader, in_thread

FILES_AT_MOST, FIELDS_AT_MOST = 20, 100
FIELDS_BYTES = MIB
"""What the fields and the framing of a form may have, its files apart."""


@dataclass(frozen=True, slots=True)
class UploadedForm:
    """Fields and files of a form; the files are on disk, and belong to nothing yet."""

    form: FormData
    store: EvidenceStore

    @property
    def fields(self) -> Mapping[str, str]:
        """The last value of each field, without the files."""
        return {name: one for name, one in self.form.multi_items() if isinstance(one, str)}

    def field(self, name: str) -> str:
        """A field's text, empty when the form has none."""
        return self.fields.get(name, "").strip()

    def files(self, name: str) -> list[UploadFile]:
        """The chosen files of a field: browsers send one without a name where none was chosen."""
        found = [one for one in self.form.getlist(name) if isinstance(one, UploadFile)]
        return [one for one in found if one.filename]

    async def take_in(self, name: str) -> tuple[StoredFile, ...]:
        """Keep the files of a field as evidence; raises as :meth:`EvidenceStore.take_in`."""
        files, store = self.files(name), self.store

        def work() -> tuple[StoredFile, ...]:
            return tuple(store.take_in(one.filename or "", one.file) for one in files)

        return await in_thread(work)


async def read_tables(upload: UploadedForm, name: str) -> list[tuple[str, bytes]]:
    """The chosen tables of a field, by name: they are read once and kept nowhere.

    Raises :class:`Invalid` where none was chosen.
    """
    files = upload.files(name)
    if not files:
        raise Invalid("没有选择文件", "", "请选择 xlsx 或 csv 文件。")
    return [(one.filename or "", await one.read()) for one in files]


def store_of(reader: Reader) -> EvidenceStore:
    """The installation's evidence."""
    return evidence_store(reader.web.dependencies.settings)


def upload_by(
    *permissions: Permission,
) -> Callable[[Request, AnyReader], AsyncIterator[UploadedForm]]:
    """A dependency that reads the form of who has one of these permissions: nobody else fills the
    disk. Whether he may do what he asks for is the command's to say, as ever."""

    async def upload_of(request: Request, reader: AnyReader) -> AsyncIterator[UploadedForm]:
        """Raises Unauthenticated, Forbidden, Invalid (413 for too much), EvidenceStoreFull."""
        await reader.require_any(permissions, "page", request.url.path)
        store = store_of(reader)
        form = await _read(request, store.largest)
        try:
            yield UploadedForm(form, store)
        finally:
            await form.close()

    return upload_of


def upload_schema(*fields: str, files: str = "files") -> dict[str, Any]:
    """For ``openapi_extra`` of a route: which fields the form has."""
    texts: dict[str, Any] = {name: {"type": "string"} for name in fields}
    several = {"type": "array", "items": {"type": "string", "format": "binary"},
               "description": f"endings: {' '.join(KNOWN_ENDINGS)}"}  # fmt: skip
    schema = {"type": "object", "properties": texts | {files: several}}
    return {"requestBody": {"content": {"multipart/form-data": {"schema": schema}}}}


async def _read(request: Request, largest: int) -> FormData:
    most = largest + FIELDS_BYTES
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > most:
        raise too_large(message("本次提交"), largest)
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise _malformed("multipart/form-data")
    parser = MultiPartParser(
        request.headers,
        _bounded(request, most, largest),
        max_files=FILES_AT_MOST,
        max_fields=FIELDS_AT_MOST,
        max_part_size=FIELDS_BYTES,
    )
    with disk_troubles():  # what is large is spooled to the disk of temporary files
        try:
            return await parser.parse()
        except MultiPartException as error:
            raise _malformed(error.message) from error
        except (FormParserError, KeyError, UnicodeDecodeError) as error:
            raise _malformed(type(error).__name__) from error


async def _bounded(request: Request, most: int, largest: int) -> AsyncGenerator[bytes, None]:
    """The body as it comes, until there is more of it than there may be."""
    seen = 0
    async for chunk in request.stream():
        seen += len(chunk)
        if seen > most:
            raise too_large(message("本次提交"), largest)
        yield chunk


def _malformed(what: str) -> Invalid:
    return Invalid(
        "表单无法读取",
        message("提交的内容不是完整的文件表单（{what}）。", what=what),
        "请在页面上重新选择文件并提交。",
    )
