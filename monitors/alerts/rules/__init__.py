"""Threshold and absence rules: an alert's life in one pure step per sample or tick."""

from monitors.alerts.rules.book import RuleAlert, RuleBook
from monitors.alerts.rules.loading import load_rules
from monitors.alerts.rules.state import (
    AlertKey,
    AlertRule,
    Phase,
    RuleKind,
    RuleState,
    RuleTransition,
    evaluate_absence,
    evaluate_sample,
)

__all__ = [
    "AlertKey",
    "AlertRule",
    "Phase",
    "RuleAlert",
    "RuleBook",
    "RuleKind",
    "RuleState",
    "RuleTransition",
    "evaluate_absence",
    "evaluate_sample",
    "load_rules",
]
