"""Versions of the deadlines in the demonstration: one that both sides agreed to, one that waits."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select

from device_configs.site.hotline import CaseKind
from device_configs.site.model import Site
from ops_core.hotline.deadline_policies.model import PolicyDraft, PolicyStep
from ops_core.hotline.deadline_policies.rules import DeadlineRules, Urgency
from ops_core.hotline.deadline_policies.service import decide_policy, draft_policy
from ops_core.hotline.deadline_policies.tables import DeadlinePolicyRow
from ops_core.hotline.deadline_policies.time_limits import TimeLimit
from ops_core.hotline.demonstration.agreed_deadlines import agreed_rules
from ops_core.hotline.demonstration.cast import PURCHASER
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.permissions import Actor, Role

OPERATOR = Actor.user("demo.supervisor-1", (Role.SUPERVISOR,))
_DAY, _WEEK = timedelta(days=1), timedelta(days=7)


def ensure_agreed_deadlines(uow: UnitOfWork, site: Site, before: datetime, now: datetime) -> None:
    """In force since the day ``before``, and a draft that the operator's side may decide on.

    Nothing where there is any version already.
    """
    if uow.session.scalar(select(DeadlinePolicyRow.version).limit(1)) is not None:
        return
    rules = agreed_rules(site.hotline)
    agreed = PolicyDraft(
        rules,
        before - _DAY,
        "省热线管理机构与运营方商定：紧急件减半，特急件2小时签收、1日办理。",
    )
    operator = uow.acting_as(OPERATOR, FixedClock(before - 3 * _DAY))
    version = draft_policy(operator, site, agreed).version
    purchaser = uow.acting_as(PURCHASER, FixedClock(before - 2 * _DAY))
    decide_policy(purchaser, version, PolicyStep.APPROVE, "同意，按此执行。")
    waiting = PolicyDraft(
        _shorter(rules), now + _WEEK, "拟压缩投诉、举报的办理时限，请运营方确认。"
    )
    draft_policy(uow.acting_as(PURCHASER, FixedClock(now)), site, waiting)


def _shorter(rules: DeadlineRules) -> DeadlineRules:
    """A working week less for complaints and reports."""
    handle = dict(rules.handle_within)
    for kind in (CaseKind.COMPLAINT, CaseKind.REPORT):
        urgent, ordinary = handle[kind][Urgency.URGENT], handle[kind][Urgency.ORDINARY]
        days = max(urgent.working_days, ordinary.working_days - 5)
        handle[kind] = {**handle[kind], Urgency.ORDINARY: TimeLimit(days)}
    return replace(rules, handle_within=handle)
