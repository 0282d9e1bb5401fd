"""What the last audits of accounts show to the proof of coverage."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from device_configs.accounts.model import AccountDoubt, DoubtReason
from device_configs.accounts.record import AccountAudit, read_account_audits
from device_configs.proofs.coverage import AuditEvidence

VALID_FOR = timedelta(days=2)
"""Audits are daily; an older one shows nothing of today."""
MOST_AUDITS = 50
"""Audits of single devices may follow that of all of them."""
_HIDE_DOORS = {
    DoubtReason.DEVICE_NOT_READ,
    DoubtReason.NO_ACCESS_DECLARED,
    DoubtReason.KEYS_UNKNOWN,
}
_HIDE_USE = {
    DoubtReason.DEVICE_NOT_READ, DoubtReason.NO_ACCESS_DECLARED, DoubtReason.RECORD_TOO_SHORT
}  # fmt: skip


def audit_evidence(session: Session, now: datetime) -> AuditEvidence | None:
    """What the audits show that are not too old at ``now``; None where there is none."""
    return evidence_of(read_account_audits(session, MOST_AUDITS), now)


def evidence_of(audits: Iterable[AccountAudit], now: datetime) -> AuditEvidence | None:
    """Of each device and terminal what the newest audit that asked it decided, unless it is too
    old at ``now``; pure."""
    fresh = [audit for audit in audits if now - audit.at <= VALID_FOR]
    newest = {
        place: audit
        for audit in sorted(fresh, key=lambda one: (one.at, one.number))
        for place in audit.devices
    }
    if not newest:
        return None
    return AuditEvidence(
        ", ".join(sorted({audit.number for audit in newest.values()})),
        _decided(newest, _HIDE_DOORS),
        _decided(newest, _HIDE_USE),
    )


def _decided(newest: Mapping[str, AccountAudit], hiding: set[DoubtReason]) -> frozenset[str]:
    return frozenset(
        place for place, audit in newest.items()
        if not any(_hides(doubt, place, hiding) for doubt in audit.judgement.doubts)
    )  # fmt: skip


def _hides(doubt: AccountDoubt, place: str, hiding: set[DoubtReason]) -> bool:
    return doubt.device == place and doubt.reason in hiding
