"""Who did what to what, in a chain no link of which can be changed unnoticed.

The hash of an entry covers the hash before it and every field of the entry. The newest hash is
kept in a row of its own, so that cutting off the end shows as well. Someone who can write to
the database can still recompute the whole chain; against that, an auditor keeps an
:class:`Anchor` elsewhere and verifies against it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import BindParameter, Table, bindparam, func, insert, or_, select, update
from sqlalchemy.orm import Session

from ops_core.kernel.clock import Clock
from ops_core.kernel.database import connection_of
from ops_core.kernel.engines import AUDIT_CHAIN
from ops_core.kernel.hash_chain import GENESIS as GENESIS
from ops_core.kernel.hash_chain import link_hash
from ops_core.kernel.i18n import message
from ops_core.kernel.json_values import JsonObject, canonical_json
from ops_core.kernel.permissions import Actor
from ops_core.kernel.pipelining import PIPELINED
from ops_core.kernel.tables import AuditEntryRow, AuditHeadRow

CHAIN = AUDIT_CHAIN
SEARCHED = 200_000
"""Links that one page of a search looks through."""

_HEADS = cast(Table, AuditHeadRow.__table__)
_HEAD = select(_HEADS.c.position, _HEADS.c.hash).where(_HEADS.c.chain == CHAIN)
_ENTRIES = cast(Table, AuditEntryRow.__table__)
ADD_ENTRY = insert(_ENTRIES).values({c.name: bindparam(f"entry_{c.name}") for c in _ENTRIES.c})
_TO: dict[str, BindParameter[Any]] = {
    "position": bindparam("entry_position"),
    "hash": bindparam("entry_hash"),
}
_FIRST_HEAD = insert(_HEADS).values(chain=CHAIN, **_TO)
MOVE_HEAD = update(_HEADS).where(_HEADS.c.chain == CHAIN).values(_TO)
"""Both want :func:`entry_values`."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One link; ``detail`` is canonical JSON, the hashes are SHA-256 in hexadecimal."""

    position: int
    at: datetime
    actor: str
    action: str
    subject_type: str
    subject_id: str
    detail: str
    previous_hash: str
    hash: str


@dataclass(frozen=True, slots=True)
class Anchor:
    """A link noted outside the database. Position 0 with GENESIS stands before the first."""

    position: int
    hash: str


class BreakKind(StrEnum):
    """How a link can be broken."""

    ALTERED = "altered"
    """The entry is not the one that was hashed."""
    MISSING = "missing"
    """One or more entries were taken out before this one."""
    UNLINKED = "unlinked"
    """The entry does not follow the one before it."""
    HEAD = "head"
    """The chain does not end where its head, or an anchor, says."""
    AGGREGATE = "aggregate"
    """What an entry is about is not what the last entry about it says."""


@dataclass(frozen=True, slots=True)
class Break:
    """A broken link, at the position of the entry that shows it."""

    position: int
    kind: BreakKind
    detail: str


@dataclass(frozen=True, slots=True)
class EntryDraft:
    """An entry without its place in the chain; ``detail`` is canonical JSON."""

    at: datetime
    actor: str
    action: str
    subject_type: str
    subject_id: str
    detail: str


def draft_entry(
    actor: Actor,
    action: str,
    subject_type: str,
    subject_id: str,
    detail: JsonObject,
    clock: Clock,
) -> EntryDraft:
    """What the actor did just now. Raises Invalid when the detail is not plain JSON."""
    at = clock.now().astimezone(UTC)
    return EntryDraft(at, str(actor), action, subject_type, subject_id, canonical_json(detail))


def link_up(end: Anchor, drafts: Sequence[EntryDraft]) -> list[AuditEntry]:
    """The drafts as links behind the chain's present end, in their order (pure)."""
    entries = []
    for draft in drafts:
        entry = AuditEntry(
            position=end.position + 1,
            at=draft.at,
            actor=draft.actor,
            action=draft.action,
            subject_type=draft.subject_type,
            subject_id=draft.subject_id,
            detail=draft.detail,
            previous_hash=end.hash,
            hash="",
        )
        entry = replace(entry, hash=hash_of(entry))
        entries.append(entry)
        end = Anchor(entry.position, entry.hash)
    return entries


def chain_end(session: Session) -> Anchor:
    """The link to append to: of a command, which is alone with the journal."""
    head = connection_of(session).execute(_HEAD).one_or_none()
    return Anchor(0, GENESIS) if head is None else Anchor(*head)


def add_entries(session: Session, entries: Sequence[AuditEntry]) -> None:
    """Store links that follow the stored ones, and move the head to the last."""
    connection = connection_of(session)
    values = [entry_values(entry) for entry in entries]
    connection.execute(ADD_ENTRY, values, execution_options=PIPELINED)
    move = _FIRST_HEAD if entries[0].position == 1 else MOVE_HEAD
    last = entries[-1]
    to = {"entry_position": last.position, "entry_hash": last.hash}
    connection.execute(move, to, execution_options=PIPELINED)


def entry_values(entry: AuditEntry) -> dict[str, object]:
    """What the statements that store an entry want."""
    return {f"entry_{name}": getattr(entry, name) for name in AuditEntry.__slots__}


def hash_of(entry: AuditEntry) -> str:
    """The hash the entry ought to bear, from its previous hash and all its other fields."""
    return link_hash(
        entry.previous_hash,
        {
            "position": entry.position,
            "at": entry.at.isoformat(timespec="microseconds"),
            "actor": entry.actor,
            "action": entry.action,
            "subject_type": entry.subject_type,
            "subject_id": entry.subject_id,
            "detail": entry.detail,
        },
    )


def find_breaks(
    entries: Iterable[AuditEntry], head: Anchor, anchors: Sequence[Anchor] = ()
) -> Iterator[Break]:
    """Every broken link of a chain given in order of position (pure); the first comes first."""
    expected = {anchor.position: anchor.hash for anchor in anchors}
    previous = Anchor(0, GENESIS)
    for entry in entries:
        yield from _breaks_at(entry, previous)
        if expected.pop(entry.position, entry.hash) != entry.hash:
            yield Break(entry.position, BreakKind.HEAD, "与外部留存的锚点不符")
        previous = Anchor(entry.position, entry.hash)
    if previous != head:
        yield Break(
            max(previous.position, head.position),
            BreakKind.HEAD,
            message(
                "链尾为第 {tail} 条，记录的链头为第 {head} 条，或散列不符",
                tail=previous.position,
                head=head.position,
            ),
        )
    for position in sorted(expected):
        yield Break(position, BreakKind.HEAD, "外部留存的锚点所指条目不存在")


def verify_chain(session: Session, anchors: Sequence[Anchor] = ()) -> list[Break]:
    """Read the whole chain; an empty answer means every link holds."""
    rows = session.scalars(
        select(AuditEntryRow)
        .order_by(AuditEntryRow.position)
        .execution_options(yield_per=1000, populate_existing=True)
    )
    return list(find_breaks(map(_entry_of, rows), read_head(session), anchors))


def read_head(session: Session) -> Anchor:
    """The newest link, to be noted elsewhere."""
    row = session.get(AuditHeadRow, CHAIN, populate_existing=True)
    return Anchor(0, GENESIS) if row is None else Anchor(row.position, row.hash)


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Entries, the newest first. ``following`` asks for the next page; None at the log's end.

    ``is_cut``: the search ended before the page was full, at ``following``; it has not seen what is
    older.
    """

    entries: tuple[AuditEntry, ...]
    following: int | None
    is_cut: bool


def search_audit(
    session: Session, limit: int, before: int | None, words: str, searched: int = SEARCHED
) -> AuditPage:
    """A page of the log, all before the given position if any; of ``searched`` links at most.

    What is sought may stand nowhere: however long the log is, a page takes no longer.
    """
    end = (session.scalar(select(func.max(AuditEntryRow.position))) or 0) + 1
    if before is not None:
        end = min(before, end)
    since = max(1, end - searched) if words else 1
    entries = tuple(read_audit(session, limit, end, words, since))
    if len(entries) == limit:
        last = entries[-1].position
        return AuditPage(entries, last if last > 1 else None, is_cut=False)
    is_cut = since > 1
    return AuditPage(entries, since if is_cut else None, is_cut)


def read_audit(
    session: Session, limit: int = 100, before: int | None = None, words: str = "", since: int = 1
) -> list[AuditEntry]:
    """The newest entries first, at most ``limit``, all before the given position if any, none of
    them before ``since``.

    With ``words`` those whose actor, action or subject contains them, in capitals or not.
    """
    row = AuditEntryRow
    query = select(row).order_by(row.position.desc()).limit(limit)
    if before is not None:
        query = query.where(row.position < before)
    if since > 1:
        query = query.where(row.position >= since)
    if words:
        sought = (row.actor, row.action, row.subject_id)
        query = query.where(or_(*(one.icontains(words, autoescape=True) for one in sought)))
    return [_entry_of(row) for row in session.scalars(query)]


def _breaks_at(entry: AuditEntry, previous: Anchor) -> Iterator[Break]:
    if entry.position != previous.position + 1:
        yield Break(
            entry.position,
            BreakKind.MISSING,
            message(
                "第 {first} 至 {last} 条缺失",
                first=previous.position + 1,
                last=entry.position - 1,
            ),
        )
    elif entry.previous_hash != previous.hash:
        yield Break(entry.position, BreakKind.UNLINKED, "与前一条的散列不符")
    if entry.hash != hash_of(entry):
        yield Break(entry.position, BreakKind.ALTERED, "内容与散列不符")


def _entry_of(row: AuditEntryRow) -> AuditEntry:
    return AuditEntry(
        position=row.position,
        at=row.at,
        actor=row.actor,
        action=row.action,
        subject_type=row.subject_type,
        subject_id=row.subject_id,
        detail=row.detail,
        previous_hash=row.previous_hash,
        hash=row.hash,
    )
