"""A set of stored facts as one number, so that none comes, goes or changes unseen.

The digest is the sum of the facts' hashes: batches may come in any order, and the digests that the
audit log has of them sum up to that of what is stored.
"""

import hashlib
from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops_core.kernel.json_values import readable_json_object
from ops_core.kernel.tables import AuditEntryRow

DIGEST = "digest"
"""The member of an entry's detail that holds a batch's digest."""
_MODULUS = 1 << 256

Fact = Sequence[str]


def digest_of(facts: Iterable[Fact]) -> str:
    """64 hexadecimal digits; of no facts, zeros."""
    return f"{sum(map(_hash, facts)) % _MODULUS:064x}"


def recorded_digests(session: Session, subject_type: str, action: str) -> dict[str, str | None]:
    """By subject, the digest of all its batches; None where one of them was recorded without."""
    rows = session.execute(
        select(AuditEntryRow.subject_id, AuditEntryRow.detail)
        .where(AuditEntryRow.subject_type == subject_type, AuditEntryRow.action == action)
        .execution_options(yield_per=5000)
    )
    sums: dict[str, int | None] = {}
    for subject, detail in rows:
        digest, before = readable_json_object(detail).get(DIGEST), sums.get(subject, 0)
        known = isinstance(digest, str) and before is not None
        sums[subject] = (before or 0) + int(str(digest), 16) if known else None
    return {
        subject: None if total is None else f"{total % _MODULUS:064x}"
        for subject, total in sums.items()
    }


def _hash(fact: Fact) -> int:
    return int.from_bytes(hashlib.sha256("\x00".join(fact).encode()).digest())
