"""The buttons of a report's page: what may be done now, by whom, with which key (pure)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ops_core.kernel.i18n import Message, message
from ops_core.kernel.permissions import Permission
from ops_core.obligations.model import (
    PURCHASERS_STEPS,
    REPORT_STEP_WORDS,
    REVIEWING,
    OwedReport,
    ReportStep,
)
from ops_core.obligations.service import REPORT_PERMISSION

REPORT_KEYS: Mapping[ReportStep, str] = MappingProxyType(
    {
        ReportStep.DRAFT: "d",
        ReportStep.WRITE: "w",
        ReportStep.REVIEW: "a",
        ReportStep.HAND_BACK: "b",
        ReportStep.SUBMIT: "s",
        ReportStep.RECEIVE: "r",
        ReportStep.RETURN: "x",
        ReportStep.WAIVE: "v",
    }
)
NEEDS_REASON = frozenset({ReportStep.HAND_BACK, ReportStep.RETURN, ReportStep.WAIVE})


@dataclass(frozen=True, slots=True)
class ReportOffer:
    """A step the state allows; ``reason`` says why this reader may not take it, None if he may."""

    step: ReportStep
    word: Message
    key: str
    reason: Message | None
    needs_reason: bool

    @property
    def enabled(self) -> bool:
        return self.reason is None


def report_offers(
    report: OwedReport, name: str, may: Callable[[Permission], bool]
) -> tuple[ReportOffer, ...]:
    """An offer for each step the state allows, those of this reader first."""
    made = [
        ReportOffer(
            step, REPORT_STEP_WORDS[step], REPORT_KEYS[step], _obstacle(report, step, name, may),
            step in NEEDS_REASON,
        )
        for step in report.allowed
    ]  # fmt: skip
    return tuple(sorted(made, key=lambda offer: not offer.enabled))


def _obstacle(
    report: OwedReport, step: ReportStep, name: str, may: Callable[[Permission], bool]
) -> Message | None:
    if not may(REPORT_PERMISSION[step]):
        if step in PURCHASERS_STEPS:
            return message("由采购人办理")
        return message("您的角色不能办理此步骤")
    if step in REVIEWING and name in report.writers:
        return message("不能审核自己撰写的报告")
    return None
