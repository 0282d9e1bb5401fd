"""Requesters by their numbers; reading a number back is a command of its own, on record."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import cast

from sqlalchemy import Table, bindparam, insert, select, update
from sqlalchemy.orm import Session

from ops_core.hotline.cases.tables import CaseRow
from ops_core.hotline.contacts.tables import RequesterRow
from ops_core.hotline.contacts.vault import ContactVault, mask_name
from ops_core.hotline.statements import heard_at, holds_over, is_later
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.database import connection_of, read_anew
from ops_core.kernel.errors import NotFound
from ops_core.kernel.masking import mask_number, normal_number
from ops_core.kernel.permissions import Permission, require
from ops_core.kernel.pipelining import PipelinedWrites
from ops_core.kernel.written_text import written

_REQUESTERS = cast(Table, RequesterRow.__table__)
_BY_HASH = select(_REQUESTERS.c.number_hash, _REQUESTERS.c.id).where(
    _REQUESTERS.c.number_hash.in_(bindparam("hashes", expanding=True))
)
_HASHES = select(_REQUESTERS.c.id, _REQUESTERS.c.number_hash).where(
    _REQUESTERS.c.id.in_(bindparam("ids", expanding=True))
)
_ADD = insert(_REQUESTERS).returning(_REQUESTERS.c.number_hash, _REQUESTERS.c.id)
_NAME = select(_REQUESTERS.c.name_sealed, _REQUESTERS.c.named_at).where(
    _REQUESTERS.c.id == bindparam("of_id")
)
_RENAME = PipelinedWrites.of(
    update(_REQUESTERS)
    .where(_REQUESTERS.c.id == bindparam("of_id"))
    .values(
        name_sealed=bindparam("to_sealed"),
        masked_name=bindparam("to_masked"),
        named_at=bindparam("to_at"),
    )
)


class NameOutcome(StrEnum):
    """What became of a name that was said."""

    KEPT = "kept"
    """None was said, or the one that is kept."""
    FIRST = "first"
    CHANGED = "changed"
    SUPERSEDED = "superseded"
    """Another one was said at a later instant."""


@dataclass(frozen=True, slots=True)
class KeptName:
    """The name on record, sealed, and when it was said; None where that is not known."""

    sealed: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Contact:
    """A requester's number and name in the clear; for the one screen that asked for them."""

    number: str
    name: str


def requester_ids(session: Session, vault: ContactVault, numbers: Iterable[str]) -> dict[str, int]:
    """The requester of each number (as given), made where there is none.

    Raises :class:`ops_core.kernel.errors.Invalid` for what is no number.
    """
    plain = {number: normal_number(number) for number in numbers}
    hashes = {number: vault.hash_of(digits) for number, digits in plain.items()}
    found = _ids_by_hash(session, hashes.values())
    made = {
        digest: {
            "number_hash": digest,
            "number_sealed": vault.seal(plain[number]),
            "masked_number": mask_number(plain[number]),
            "name_sealed": "",
            "masked_name": "",
        }
        for number, digest in hashes.items()
        if digest not in found
    }
    if made:
        found |= dict(connection_of(session).execute(_ADD, list(made.values())).all())
    return {number: found[digest] for number, digest in hashes.items()}


def _ids_by_hash(session: Session, digests: Iterable[str]) -> dict[str, int]:
    if not (sought := sorted(set(digests))):
        return {}
    session.flush()
    rows = connection_of(session).execute(_BY_HASH, {"hashes": sought})
    return dict(rows.all())


def name_requester(
    session: Session,
    vault: ContactVault,
    requester: int,
    name: str,
    stated: datetime | None,
    now: datetime,
) -> NameOutcome:
    """Keep the name that was said of a requester at an instant, unless a later one is kept.

    ``stated`` is None for a name that was never heard before and comes without an instant: it is of
    ``now``, behind all that is kept.
    """
    if not written(name):
        return NameOutcome.KEPT
    kept = KeptName(*connection_of(session).execute(_NAME, {"of_id": requester}).one())
    at = heard_at(now, kept.at) if stated is None else stated
    return rename_requester(session, vault, requester, kept, name, at)


def rename_requester(
    session: Session, vault: ContactVault, requester: int, kept: KeptName, name: str, at: datetime
) -> NameOutcome:
    """The same where what is kept has been read already.

    The name that is kept, said once more, moves its instant: another one that was said in between
    and comes late would hold over it otherwise. In which order several are written does not
    matter: commands run one after the other, so that none waits for a row of another's.
    """
    name, before = written(name), vault.unseal(kept.sealed)
    if not name or (before == name and not is_later(at, kept.at)):
        return NameOutcome.KEPT
    if before and before != name and not holds_over((at, name), (kept.at, before)):
        return NameOutcome.SUPERSEDED
    sealed = kept.sealed if before == name else vault.seal(name)
    to = {"to_sealed": sealed, "to_masked": mask_name(name), "to_at": at}
    _RENAME.execute(connection_of(session), {"of_id": requester, **to})
    read_anew(session, RequesterRow, requester)
    if before == name:
        return NameOutcome.KEPT
    return NameOutcome.CHANGED if before else NameOutcome.FIRST


def is_named(session: Session, vault: ContactVault, requester: int, name: str) -> bool:
    """Whether this is the name that is kept of a requester."""
    kept = connection_of(session).execute(_NAME, {"of_id": requester}).one()
    return vault.unseal(kept.name_sealed) == written(name)


def has_greater_number(session: Session, one: int, other: int) -> bool:
    """Which of two requesters holds where both were said at one instant; the same in any order."""
    hashes = dict(connection_of(session).execute(_HASHES, {"ids": [one, other]}).all())
    return bool(hashes[one] > hashes[other])


def unmask(
    uow: UnitOfWork, vault: ContactVault, requester: int, subject_type: str, subject_id: str
) -> Contact:
    """Number and name in the clear; who asked, and on which record, is audited.

    Raises Forbidden without the permission and :class:`NotFound` for an unknown requester.
    """
    require(uow.actor, Permission.UNMASK_CONTACTS)
    row = uow.session.get(RequesterRow, requester)
    if row is None:
        raise NotFound("没有联系方式", "", "此记录没有留下联系方式。")
    uow.audit("ContactUnmasked", subject_type, subject_id, {"requester": requester})
    return Contact(vault.unseal(row.number_sealed), vault.unseal(row.name_sealed))


def unmask_case(
    uow: UnitOfWork, vault: ContactVault, case: str, subject_type: str, subject_id: str
) -> Contact:
    """The same of the requester of a request. Raises NotFound for an anonymous one."""
    requester = uow.session.scalar(select(CaseRow.requester_id).where(CaseRow.number == case))
    return unmask(uow, vault, requester or 0, subject_type, subject_id)
