"""Audits of accounts as events: written whole, read whole."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue, TypeAdapter
from sqlalchemy import select
from sqlalchemy.orm import Session

from device_configs.accounts.model import AccountJudgement
from ops_core.kernel.errors import NotFound
from ops_core.kernel.events import Event, events_of
from ops_core.kernel.i18n import message
from ops_core.kernel.tables import EventRow

ACCOUNT_AUDIT, AUDITED = "account_audit", "AccountsAudited"
_JUDGEMENT = TypeAdapter(AccountJudgement)


@dataclass(frozen=True, slots=True)
class AccountAudit:
    """One audit on record: its number, by whom and when, which devices, and what it found."""

    number: str
    at: datetime
    author: str
    devices: tuple[str, ...]
    judgement: AccountJudgement


def payload_of(devices: tuple[str, ...], judgement: AccountJudgement) -> dict[str, JsonValue]:
    """What the event holds."""
    return {"devices": [*devices], "judgement": _JUDGEMENT.dump_python(judgement, mode="json")}


def audit_of(event: Event) -> AccountAudit:
    """The audit that an event records; pure."""
    devices = event.payload["devices"]
    return AccountAudit(
        event.aggregate_id,
        event.occurred_at,
        event.actor,
        tuple(str(name) for name in devices) if isinstance(devices, list) else (),
        _JUDGEMENT.validate_python(event.payload["judgement"]),
    )


def read_account_audits(session: Session, limit: int = 1) -> list[AccountAudit]:
    """The newest audits first."""
    numbers = session.scalars(
        select(EventRow.aggregate_id)
        .where(EventRow.aggregate_type == ACCOUNT_AUDIT)
        .order_by(EventRow.position.desc())
        .limit(limit)
    )
    return [audit_of(events_of(session, ACCOUNT_AUDIT, number)[0]) for number in numbers]


def read_last_audit(session: Session) -> AccountAudit:
    """The newest audit. Raises NotFound where there was none: nothing is known then."""
    found = read_account_audits(session)
    if not found:
        raise NotFound(
            "还没有账号审计",
            message("设备上的账号尚未采集，状况未知。"),
            "运行 zhishou accounts audit",
        )
    return found[0]
