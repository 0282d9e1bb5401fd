"""What a file of evidence belongs to: one row a file and subject, appended only.

The domain's command asks for the permission and calls :func:`link_evidence` in its own unit of
work; the entry of the audit log bears the row's seal.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops_core.kernel.audit import Break
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.errors import NotFound
from ops_core.kernel.evidence_files import EVIDENCE, EvidenceStore, StoredFile
from ops_core.kernel.i18n import Message, message
from ops_core.kernel.json_values import JsonObject
from ops_core.kernel.numbering import EVIDENCE_FILES
from ops_core.kernel.recorded_ends import (
    SEAL,
    end_breaks,
    recorded_ends,
    row_seal,
    unrecorded_breaks,
)
from ops_core.kernel.tables import EvidenceFileRow

KEPT_UNLINKED_S = 86_400
"""A file that nothing refers to is taken away after a day: its command was refused."""


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """A file that belongs to a subject; ``size`` in bytes, ``at`` aware UTC."""

    number: str
    subject_type: str
    subject_id: str
    sha256: str
    name: str
    size: int
    media_type: str
    uploaded_by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class EvidenceFlaw:
    """A file that is not what its row says."""

    number: str
    name: str
    sha256: str
    detail: Message


def link_evidence(
    uow: UnitOfWork, subject_type: str, subject_id: str, stored: StoredFile, zone: ZoneInfo
) -> EvidenceFile:
    """Let a stored file belong to a subject from now on, on record; ``zone`` numbers by its day."""
    now = uow.clock.now()
    day = EVIDENCE_FILES.on_day_of(now, zone)
    row = EvidenceFileRow(
        number=day.next_free(uow.session, EvidenceFileRow.number),
        subject_type=subject_type,
        subject_id=subject_id,
        sha256=stored.sha256,
        name=stored.name,
        size=stored.size,
        media_type=stored.media_type,
        uploaded_by=str(uow.actor),
        at=now,
    )
    uow.session.add(row)
    uow.session.flush()
    detail: JsonObject = {
        "subject_type": subject_type,
        "subject_id": subject_id,
        "sha256": stored.sha256,
        "name": stored.name,
        "size": stored.size,
    }
    uow.event(EVIDENCE, row.number, "EvidenceLinked", detail, now)
    uow.audit("evidence.linked", EVIDENCE, row.number, {**detail, SEAL: row_seal(row)})
    return _file_of(row)


def find_evidence(session: Session, number: str) -> EvidenceFile:
    """Raises :class:`NotFound`."""
    row = session.get(EvidenceFileRow, number)
    if row is None:
        raise NotFound(
            "没有这份证据",
            message("找不到证据 {number}。", number=number),
            "证据编号形如 E-20261124-00001。",
        )
    return _file_of(row)


def evidence_of(session: Session, subject_type: str, subject_id: str) -> Sequence[EvidenceFile]:
    """The files of a subject, in the order in which they came."""
    rows = session.scalars(
        select(EvidenceFileRow)
        .where(
            EvidenceFileRow.subject_type == subject_type, EvidenceFileRow.subject_id == subject_id
        )
        .order_by(EvidenceFileRow.number)
    )
    return [_file_of(row) for row in rows]


def evidence_flaws(session: Session, store: EvidenceStore) -> Iterator[EvidenceFlaw]:
    """Every file that is missing, or changed on disk; each content is read once."""
    hashes: dict[str, str | None] = {}
    for row in session.scalars(select(EvidenceFileRow).order_by(EvidenceFileRow.number)):
        if row.sha256 not in hashes:
            hashes[row.sha256] = store.hash_now(row.sha256)
        found = hashes[row.sha256]
        if found is None:
            yield EvidenceFlaw(row.number, row.name, row.sha256, message("文件缺失或无法读取"))
        elif found != row.sha256:
            detail = message("文件内容与登记的散列不符")
            yield EvidenceFlaw(row.number, row.name, row.sha256, detail)


def evidence_breaks(session: Session) -> Iterator[Break]:
    """Rows that are not what the audit log says of them."""
    recorded = recorded_ends(session, EVIDENCE, SEAL)
    rows = session.scalars(select(EvidenceFileRow).execution_options(yield_per=1000))
    present = {row.number: row_seal(row) for row in rows}
    yield from end_breaks(EVIDENCE, recorded, present)
    yield from unrecorded_breaks(session, EVIDENCE, present)


def discard_unlinked(session: Session, store: EvidenceStore) -> list[str]:
    """Take away what nothing refers to for a day; gives the hashes."""
    linked = set(session.scalars(select(EvidenceFileRow.sha256).distinct()))
    unlinked = (name for name in store.names() if name not in linked)
    return [name for name in unlinked if store.discard(name, KEPT_UNLINKED_S)]


def _file_of(row: EvidenceFileRow) -> EvidenceFile:
    return EvidenceFile(
        row.number, row.subject_type, row.subject_id, row.sha256, row.name, row.size,
        row.media_type, row.uploaded_by, row.at,
    )  # fmt: skip
