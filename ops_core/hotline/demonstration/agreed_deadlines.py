"""What both sides of the demonstration agreed to, and how urgent its orders are (pure)."""

from device_configs.site.hotline import Hotline
from ops_core.hotline.deadline_policies.rules import DeadlineRules, Urgency, declared_rules
from ops_core.hotline.deadline_policies.time_limits import TimeLimit
from ops_core.hotline.demonstration.dice import Dice

URGENCIES = {Urgency.ORDINARY: 96.0, Urgency.URGENT: 3.5, Urgency.CRITICAL: 0.5}
"""Chosen, per cent of the dispatches that begin a cycle."""


def agreed_rules(hotline: Hotline) -> DeadlineRules:
    """The declared ones; half of them for what is urgent, a day for what is critical, which is
    signed for within two hours."""
    declared = declared_rules(hotline)
    handle = {
        kind: _graded(days[Urgency.ORDINARY]) for kind, days in declared.handle_within.items()
    }
    signing = _graded(declared.sign_within[Urgency.ORDINARY]) | {
        Urgency.CRITICAL: TimeLimit(hours=2)
    }
    contribute = {
        Urgency.ORDINARY: TimeLimit(3), Urgency.URGENT: TimeLimit(1),
        Urgency.CRITICAL: TimeLimit(hours=12),
    }  # fmt: skip
    return DeadlineRules(signing, handle, contribute)


def urgency_of(dice: Dice) -> Urgency:
    """How urgent a dispatch says that it is."""
    return dice.one_of(URGENCIES)


def _graded(limit: TimeLimit) -> dict[Urgency, TimeLimit]:
    half = TimeLimit(max(1, limit.working_days // 2))
    return {Urgency.ORDINARY: limit, Urgency.URGENT: half, Urgency.CRITICAL: TimeLimit(1)}
