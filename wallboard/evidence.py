"""Files of evidence to take away: as attachments, by who may see what they belong to."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import Response

from ops_core.hotline.orders.attaching import PERSONAL_OF_ORDER, record_personal_file_taken
from ops_core.kernel.errors import NotFound
from ops_core.kernel.evidence_files import EVIDENCE
from ops_core.kernel.evidence_links import EvidenceFile, find_evidence
from ops_core.kernel.permissions import Actor, Permission, require
from ops_core.obligations.model import REPORT
from ops_core.registers.store import ITEM
from wallboard.attachments.kinds import KINDS
from wallboard.registers.items import sight_of_item
from wallboard.snapshot import Snapshot
from wallboard.uploads import store_of
from wallboard.web import ApiReader, Reader, SignedInReader
from wallboard.work import Commanding, Commands, Reading, Reads

router = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/evidence", tags=["evidence"])

Sight = Callable[[Snapshot, str, Actor], None]
"""Raises Forbidden or NotFound unless the actor may see the subject with that identifier."""


def _sees_reports(_seen: Snapshot, _key: str, actor: Actor) -> None:
    require(actor, Permission.SEE_REPORTS)


SIGHT: Mapping[str, Sight] = MappingProxyType(
    {ITEM: sight_of_item, REPORT: _sees_reports}
    | {name: kind.sees for kind in KINDS.values() for name in kind.types}
)
"""By the type of subject: another kind of record that has files is one more row."""


@router.get("/evidence/{number}")
async def take_file(
    reader: SignedInReader, read: Reading, command: Commanding, number: str
) -> Response:
    return await _file(reader, read, command, number)


@api.get("/{number}", response_class=Response)
async def take_file_by_program(
    reader: ApiReader, read: Reading, command: Commanding, number: str
) -> Response:
    """The file as it was handed in; 409 when it is missing or no longer has its hash."""
    return await _file(reader, read, command, number)


async def _file(reader: Reader, read: Reads, command: Commands, number: str) -> Response:
    reader.about(EVIDENCE, number)
    actor, store = reader.actor, store_of(reader)

    def work(seen: Snapshot) -> tuple[bytes, EvidenceFile]:
        found = find_evidence(seen.session, number)
        sight = SIGHT.get(found.subject_type)
        if sight is None:
            raise NotFound("没有这份证据")
        sight(seen, found.subject_id, actor)
        return store.read(found.sha256), found

    content, file = await read(work)
    if file.subject_type == PERSONAL_OF_ORDER:
        await command((EVIDENCE, number), lambda uow: record_personal_file_taken(uow, number))
    # Names are in any script: RFC 6266, section 4.3. nosniff comes with every answer (guard.py).
    attachment = f"attachment; filename*=UTF-8''{quote(file.name, safe='')}"
    return Response(
        content, media_type=file.media_type, headers={"content-disposition": attachment}
    )
