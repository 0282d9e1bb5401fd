"""Sign-ins at seats as a digest, held against the audit log."""

from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from ops_core.hotline.presence.model import SeatSignIn
from ops_core.hotline.presence.read import all_sign_ins
from ops_core.kernel.set_digests import digest_of, recorded_digests

PRESENCE = "presence"
"""Aggregate type of the events about who is at a seat; the id is the person."""
CHANGED = "PresenceChanged"


def digest_of_sign_ins(sign_ins: Iterable[SeatSignIn]) -> str:
    """The digest of sign-ins, in whatever order."""
    return digest_of(
        (str(one.seat), one.person, _instant(one.at), _instant(one.until)) for one in sign_ins
    )


def presence_difference(session: Session) -> tuple[str, str] | None:
    """The digests of what is stored and of what was recorded, where they are not the same."""
    recorded = recorded_digests(session, PRESENCE, CHANGED).get("*", digest_of(()))
    stored = digest_of_sign_ins(all_sign_ins(session))
    return None if recorded in (None, stored) else (stored, str(recorded))


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
