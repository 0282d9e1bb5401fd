"""Versions of the deadlines out of and into their table."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from pydantic import JsonValue
from sqlalchemy import Table, bindparam, func, select
from sqlalchemy.orm import Session

from device_configs.site.hotline import Hotline
from ops_core.hotline.deadline_policies.model import DeadlinePolicy, PolicyState
from ops_core.hotline.deadline_policies.rules import DeadlineRules, declared_rules, rules_of
from ops_core.hotline.deadline_policies.tables import DeadlinePolicyRow
from ops_core.kernel.database import connection_of
from ops_core.kernel.errors import NotFound
from ops_core.kernel.i18n import message
from ops_core.kernel.json_values import canonical_json
from ops_core.kernel.permissions import Side

DEADLINE_POLICY = "deadline_policy"
"""Aggregate type of their events."""
_POLICIES = cast(Table, DeadlinePolicyRow.__table__)
_IN_FORCE = (
    select(_POLICIES.c.version, _POLICIES.c.rules)
    .where(
        _POLICIES.c.state == PolicyState.APPROVED.value,
        _POLICIES.c.effective_from <= bindparam("at"),
    )
    .order_by(_POLICIES.c.effective_from.desc(), _POLICIES.c.version.desc())
    .limit(1)
)


def rules_in_force(session: Session, hotline: Hotline, at: datetime) -> tuple[int, DeadlineRules]:
    """The number and the rules of what is in force at an instant: a version that both sides agreed
    to (:func:`ops_core.hotline.deadline_policies.model.in_force`), else the declaration's."""
    row = connection_of(session).execute(_IN_FORCE, {"at": at}).one_or_none()
    if row is None:
        return hotline.orders.version, declared_rules(hotline)
    return row.version, rules_of(row.rules)


def rules_of_version(
    session: Session, hotline: Hotline, version: int, at: datetime | None
) -> DeadlineRules:
    """The rules of a version that was in force at an instant (None: whenever). The declaration's
    number means its limits, also where a draft of that number was refused or begins later."""
    row = session.get(DeadlinePolicyRow, version)
    is_agreed = row is not None and row.state == PolicyState.APPROVED.value
    if row is None or not is_agreed or (at is not None and row.effective_from > at):
        return declared_rules(hotline)
    return rules_of(row.rules)


def find_policy(session: Session, version: int) -> DeadlinePolicy:
    """Raises :class:`NotFound`."""
    row = session.get(DeadlinePolicyRow, version)
    if row is None:
        raise NotFound(
            "没有这一版时限",
            message("找不到第 {version} 版时限。", version=version),
            "可先列出各版时限。",
        )
    return policy_of(row)


def list_policies(session: Session) -> Sequence[DeadlinePolicy]:
    """Every version, the newest first."""
    rows = session.scalars(select(DeadlinePolicyRow).order_by(DeadlinePolicyRow.version.desc()))
    return [policy_of(row) for row in rows]


def next_version(session: Session, hotline: Hotline) -> int:
    """A number that neither a stored version nor the declaration has."""
    last = session.scalar(select(func.max(DeadlinePolicyRow.version))) or 0
    return max(last, hotline.orders.version) + 1


def policy_of(row: DeadlinePolicyRow) -> DeadlinePolicy:
    """The stored version as a value."""
    return DeadlinePolicy(
        row.version, rules_of(row.rules), row.effective_from, row.reason, row.drafted_by,
        Side(row.drafted_side), row.drafted_at, PolicyState(row.state), row.decided_by,
        row.decided_at, row.decided_text,
    )  # fmt: skip


def store_policy(session: Session, policy: DeadlinePolicy) -> None:
    """Add it, or replace what is stored of it."""
    session.merge(_row(policy))
    session.flush()


def policy_detail(policy: DeadlinePolicy) -> dict[str, JsonValue]:
    """All of it, as its event and its audit entry have it: the last one is what is stored."""
    return row_detail(_row(policy))


def row_detail(row: DeadlinePolicyRow) -> dict[str, JsonValue]:
    """The same of what is stored, whatever that is."""
    decided_at = row.decided_at
    return {
        "rules": canonical_json(row.rules),
        "effective_from": row.effective_from.isoformat(),
        "reason": row.reason,
        "drafted_by": row.drafted_by,
        "drafted_side": row.drafted_side,
        "drafted_at": row.drafted_at.isoformat(),
        "state": row.state,
        "decided_by": row.decided_by,
        "decided_at": "" if decided_at is None else decided_at.isoformat(),
        "decided_text": row.decided_text,
    }


def _row(policy: DeadlinePolicy) -> DeadlinePolicyRow:
    return DeadlinePolicyRow(
        version=policy.version,
        rules=policy.rules.as_detail(),
        effective_from=policy.effective_from,
        reason=policy.reason,
        drafted_by=policy.drafted_by,
        drafted_side=policy.drafted_side.value,
        drafted_at=policy.drafted_at,
        state=policy.state.value,
        decided_by=policy.decided_by,
        decided_at=policy.decided_at,
        decided_text=policy.decided_text,
    )
