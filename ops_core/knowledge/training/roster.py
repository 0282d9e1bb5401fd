"""Who takes calls: the roster that a topic freezes, and who has joined since.

Whoever became front-line staff within the 24 hours is read from the events in which accounts were
made and roles given, which are never changed: an account's roles of today say nothing of then.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from ops_core.kernel.identity import list_users
from ops_core.kernel.permissions import Role
from ops_core.kernel.tables import EventRow
from ops_core.knowledge.training.model import TRAIN_WITHIN

FRONT_LINE = frozenset({Role.AGENT, Role.CALLBACK_AGENT})
"""一线话务人员: who speaks with callers."""
_BECAME = ("user_created", "user_roles_set")


def front_line(session: Session) -> tuple[str, ...]:
    """The active accounts of front-line staff now, by name."""
    return tuple(u.name for u in list_users(session) if u.active and u.roles & FRONT_LINE)


def joined_since(session: Session, declared_at: datetime) -> tuple[str, ...]:
    """Who became front-line staff within 24 hours after an instant, by name."""
    rows = session.execute(
        select(EventRow.aggregate_id, EventRow.payload)
        .where(
            EventRow.aggregate_type == "user",
            EventRow.type.in_(_BECAME),
            EventRow.occurred_at > declared_at,
            EventRow.occurred_at <= declared_at + TRAIN_WITHIN,
        )
        .order_by(EventRow.position)
    )
    return tuple(sorted({name for name, payload in rows if _became_front_line(payload)}))


def _became_front_line(payload: Mapping[str, JsonValue]) -> bool:
    after = payload.get("after") or payload.get("roles")
    return _has_front_line(after) and not _has_front_line(payload.get("before"))


def _has_front_line(roles: object) -> bool:
    listed: Iterable[object] = roles if isinstance(roles, list) else ()
    return any(role in FRONT_LINE for role in listed)
