"""Every cell of the table of a report's steps, and the permission each needs."""

import pytest

from device_configs.site.model import Site
from ops_core.kernel.errors import Conflict
from ops_core.kernel.permissions import PERMISSIONS, Role
from ops_core.obligations.model import (
    PURCHASERS_STEPS,
    REPORT_TRANSITIONS,
    OwedReport,
    ReportState,
    ReportStep,
    apply_report_event,
    next_report_event,
    owed_detail,
)
from ops_core.obligations.service import REPORT_PERMISSION
from tests.ops_core.obligations.test_life import MONTHLY, START

S = ReportStep
DRAFTED = (S.OWE, S.DRAFT)
SUBMITTED = (*DRAFTED, S.REVIEW, S.SUBMIT)
WAYS = {
    ReportState.OWED: (S.OWE,),
    ReportState.DRAFTED: DRAFTED,
    ReportState.REVIEWED: (*DRAFTED, S.REVIEW),
    ReportState.SUBMITTED: SUBMITTED,
    ReportState.RECEIVED: (*SUBMITTED, S.RECEIVE),
    ReportState.RETURNED: (*SUBMITTED, S.RETURN),
    ReportState.WAIVED: (S.OWE, S.WAIVE),
}
"""How a report comes into each state."""


def after(site: Site, report: OwedReport | None, step: ReportStep) -> OwedReport:
    actor = "reviewer" if step in (S.REVIEW, S.HAND_BACK) else "author"
    detail = {"snapshot": "0", "reason": "故", "whole": True, "texts": {}, "files": {}}
    if step is S.OWE:
        rule = site.report_duties["monthly"].due
        detail = owed_detail("monthly", "2026-10", START, START, rule, True)
    event = next_report_event(report, MONTHLY, step, actor, START, START, detail)
    return apply_report_event(report, event)


@pytest.mark.parametrize("step", ReportStep)
@pytest.mark.parametrize("state", ReportState)
def test_a_step_leads_where_the_table_says_and_is_refused_elsewhere(
    site: Site, state: ReportState, step: ReportStep
) -> None:
    report: OwedReport | None = None
    for taken in WAYS[state]:
        report = after(site, report, taken)
    assert report is not None
    assert report.state is state
    if step in REPORT_TRANSITIONS[state]:
        assert after(site, report, step).state is REPORT_TRANSITIONS[state][step]
        return
    with pytest.raises(Conflict) as refused:
        after(site, report, step)
    allowed = [one.value for one in REPORT_TRANSITIONS[state]]
    assert refused.value.members == {"state": state.value, "allowed": allowed}


def test_every_state_has_a_way_and_every_step_a_side() -> None:
    assert WAYS.keys() == {*ReportState} == REPORT_TRANSITIONS.keys()
    assert REPORT_PERMISSION.keys() == {*ReportStep}
    for step, permission in REPORT_PERMISSION.items():
        by_purchaser = permission in PERMISSIONS[Role.PURCHASER_SUPERVISOR]
        by_operator = permission in PERMISSIONS[Role.SUPERVISOR]
        assert (by_purchaser, by_operator) == (
            step in PURCHASERS_STEPS,
            step not in PURCHASERS_STEPS,
        )
