"""The documents of the declaration as pages, and their files to take away."""

from collections.abc import Callable, Mapping
from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from device_configs.documents.contents import Document, document_title, tables_of
from device_configs.documents.files import MEDIA_TYPES, DocumentFile, file_content
from device_configs.documents.rack_picture import rack_picture
from device_configs.documents.speech import Speech
from device_configs.documents.topology_picture import topology_picture
from device_configs.site.model import Site
from ops_core.kernel.errors import NotFound
from ops_core.kernel.i18n import message
from ops_core.kernel.permissions import Permission
from wallboard.web import Reader, SignedInReader, in_thread

router = APIRouter(include_in_schema=False)

_PICTURES: Mapping[Document, tuple[DocumentFile, Callable[[Site, Speech], str]]] = {
    Document.TOPOLOGY: (DocumentFile.TOPOLOGY, topology_picture),
    Document.RACKS: (DocumentFile.RACKS, rack_picture),
}


@router.get("/network/documents")
async def show_first_document(reader: SignedInReader) -> HTMLResponse:
    return await _show(reader, Document.TOPOLOGY, "")


@router.get("/network/documents/{name}")
async def show_document(reader: SignedInReader, name: str, q: str = "") -> HTMLResponse:
    if name not in set(Document):
        raise NotFound(message("没有这份文档"))
    return await _show(reader, Document(name), q.strip())


@router.get("/network/documents/files/{name}")
async def take_document_file(reader: SignedInReader, name: str) -> Response:
    """A file in the reader's language, to be kept."""
    await _admit(reader)
    if name not in set(DocumentFile):
        raise NotFound(message("没有这份文档"))
    file, site = DocumentFile(name), reader.web.dependencies.site
    content = await in_thread(lambda: file_content(site, file, Speech(reader.language)))
    called = quote(f"{site.name}-{reader.language}-{file}", safe="")
    # A site may be named in any script: RFC 6266, section 4.3.
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{called}"}
    return Response(content, media_type=MEDIA_TYPES[file], headers=headers)


async def _show(reader: Reader, document: Document, words: str) -> HTMLResponse:
    await _admit(reader)
    site, speech = reader.web.dependencies.site, Speech(reader.language)
    tables = await in_thread(lambda: tables_of(site, document, speech))
    file, draw = _PICTURES.get(document, (None, None))
    picture = "" if draw is None else await in_thread(lambda: draw(site, speech))
    return reader.page(
        "console/documents.html",
        document=document,
        tabs=[(one, document_title(one, speech)) for one in Document],
        picture=picture,
        picture_file=file,
        tables=[(table, table.matching(words)) for table in tables],
        words=words,
    )


async def _admit(reader: Reader) -> None:
    await reader.require(Permission.SEE_INCIDENTS, "page", "documents")
