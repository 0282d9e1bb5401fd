"""Requesters by their numbers; reading a number back is a command of its own, on record."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from ops_core.hotline.contacts import ContactVault, mask_name, mask_number, normal_number
from ops_core.hotline.tables import CaseRow, RequesterRow
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.database import Base
from ops_core.kernel.errors import NotFound
from ops_core.kernel.permissions import Permission, require


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
        session.execute(
            insert(Base.metadata.tables[RequesterRow.__tablename__]), list(made.values())
        )
        found |= _ids_by_hash(session, made)
    return {number: found[digest] for number, digest in hashes.items()}


def _ids_by_hash(session: Session, digests: Iterable[str]) -> dict[str, int]:
    columns = select(RequesterRow.number_hash, RequesterRow.id)
    rows = session.execute(columns.where(RequesterRow.number_hash.in_(set(digests))))
    return dict(rows.all())


def name_requester(session: Session, vault: ContactVault, requester: int, name: str) -> None:
    """Keep the name a requester gave, if he gave one."""
    row = session.get_one(RequesterRow, requester)
    if name.strip() and vault.unseal(row.name_sealed) != name.strip():
        row.name_sealed, row.masked_name = vault.seal(name.strip()), mask_name(name.strip())


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
    require(uow.actor, Permission.UNMASK_CONTACTS)
    requester = uow.session.scalar(select(CaseRow.requester_id).where(CaseRow.number == case))
    return unmask(uow, vault, requester or 0, subject_type, subject_id)
