"""What the last audit of accounts shows to the proof of coverage."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from device_configs.accounts.record import read_account_audits
from device_configs.proofs.coverage import AuditEvidence

VALID_FOR = timedelta(days=2)
"""Audits are daily; an older one shows nothing of today."""


def audit_evidence(session: Session, now: datetime) -> AuditEvidence | None:
    """The newest audit, unless it is too old."""
    audits = read_account_audits(session)
    if not audits or now - audits[0].at > VALID_FOR:
        return None
    audit = audits[0]
    return AuditEvidence(
        audit.number,
        frozenset(audit.devices),
        frozenset(doubt.device for doubt in audit.judgement.doubts),
    )
