"""What is shown of the rules: chosen verdicts, sums, and the exceptions with their ends."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends

from device_configs.compliance.rule_documents import ComplianceRule, load_rules
from device_configs.compliance.rules_check import ComplianceState, unknown_rules
from device_configs.compliance.rules_judgement import RuleVerdict, end_of, judge_rules
from device_configs.compliance.rules_store import read_rules_checks
from device_configs.site.model import ComplianceException
from ops_core.kernel.errors import Invalid
from ops_core.kernel.i18n import message
from wallboard.snapshot import Snapshot

URGENCY = (
    ComplianceState.VIOLATED,
    ComplianceState.UNKNOWN,
    ComplianceState.EXCEPTED,
    ComplianceState.KEPT,
)


@dataclass(frozen=True, slots=True)
class RuleFilter:
    """Which verdicts are asked for; empty fields ask for all."""

    state: ComplianceState | None = None
    rule: str = ""
    device: str = ""

    def takes(self, verdict: RuleVerdict) -> bool:
        return (
            self.state in (None, verdict.state)
            and self.rule in ("", verdict.rule.name)
            and self.device in ("", verdict.device)
        )


def rule_filter(state: str = "", rule: str = "", device: str = "") -> RuleFilter:
    """Raises :class:`Invalid` for a state that is none."""
    if state and state not in set(ComplianceState):
        raise Invalid(
            "筛选条件不正确",
            message("{field} 不能是 {found}。", field="state", found=state),
            message("例如：{example}。", example="、".join(ComplianceState)),
        )
    return RuleFilter(ComplianceState(state) if state else None, rule.strip(), device.strip())


ChosenRules = Annotated[RuleFilter, Depends(rule_filter)]


@dataclass(frozen=True, slots=True)
class ShownException:
    """An exception of the declaration: until when it holds, and whether it still does.

    ``is_needed``: a rule it covers is broken at one of its devices as far as is known.
    """

    exception: ComplianceException
    ends_at: datetime
    holds: bool
    is_known: bool
    is_needed: bool


@dataclass(frozen=True, slots=True)
class ComplianceView:
    """All that the page shows. ``rules`` are those that some device is asked."""

    rules: tuple[ComplianceRule, ...]
    devices: tuple[str, ...]
    cells: dict[tuple[str, str], RuleVerdict]
    """By device and rule; a rule that a device is not asked has none."""
    listed: tuple[RuleVerdict, ...]
    counts: Counter[ComplianceState]
    exceptions: tuple[ShownException, ...]


def read_compliance(seen: Snapshot, chosen: RuleFilter) -> ComplianceView:
    """What the last checks say at the instant of reading."""
    rules, zone = load_rules(), ZoneInfo(seen.site.contract.timezone)
    checks = read_rules_checks(seen.session)
    verdicts = judge_rules(seen.site, rules, checks, seen.now, zone)
    asked = {verdict.rule.name for verdict in verdicts}
    listed = sorted(filter(chosen.takes, verdicts), key=lambda one: URGENCY.index(one.state))
    return ComplianceView(
        tuple(rule for rule in rules if rule.name in asked),
        tuple(dict.fromkeys(verdict.device for verdict in verdicts)),
        {(verdict.device, verdict.rule.name): verdict for verdict in verdicts},
        tuple(listed),
        Counter(verdict.state for verdict in verdicts),
        _exceptions(seen, rules, verdicts, zone),
    )


def _exceptions(
    seen: Snapshot,
    rules: Sequence[ComplianceRule],
    verdicts: Sequence[RuleVerdict],
    zone: ZoneInfo,
) -> tuple[ShownException, ...]:
    """The exceptions, that which ends first before the others."""
    declared = seen.site.compliance_exceptions.values()
    unknown = unknown_rules(declared, rules)
    shown = [
        ShownException(
            one,
            end_of(one, zone),
            seen.now < end_of(one, zone),
            one.name not in unknown,
            any(v.exception == one for v in verdicts),
        )
        for one in declared
    ]
    return tuple(sorted(shown, key=lambda one: (one.ends_at, one.exception.name)))
