"""Versions of the deadlines of orders held against their events, each of which has all of one."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops_core.hotline.deadline_policies.store import DEADLINE_POLICY, row_detail
from ops_core.hotline.deadline_policies.tables import DeadlinePolicyRow
from ops_core.kpi.assessment.derived import fields_of, last_states
from ops_core.kpi.differences import DerivedDifference, DerivedKind, all_differing


def policy_differences(session: Session) -> Iterator[DerivedDifference]:
    """Every version that is not what its last event says."""
    rows = session.scalars(select(DeadlinePolicyRow))
    stored = {str(row.version): fields_of(row_detail(row)) for row in rows}
    yield from all_differing(DerivedKind.DEADLINES, stored, last_states(session, DEADLINE_POLICY))
