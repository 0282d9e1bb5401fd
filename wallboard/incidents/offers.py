"""The buttons of an incident's page: what may be done now, by whom, with which key (pure)."""

from dataclasses import dataclass

from device_configs.site.model import Title
from incident.model import IncidentCommand
from incident.undoing import ACKNOWLEDGED, CLOSED, RESPONDED, RESTORED
from ops_core.kernel.i18n import Language, Translate
from wallboard.incidents.detail import ShownIncident

KEYS = {
    IncidentCommand.ACKNOWLEDGE: "a",
    IncidentCommand.RESPOND: "r",
    IncidentCommand.RESTORE: "f",
    IncidentCommand.CLOSE: "c",
}


@dataclass(frozen=True, slots=True)
class Button:
    """``reason`` says why it is disabled; ``first`` marks the next sensible step."""

    action: IncidentCommand
    label: str
    key: str
    enabled: bool
    reason: str
    first: bool


def action_word(action: IncidentCommand, translate: Translate) -> str:
    _ = translate
    return {
        IncidentCommand.ACKNOWLEDGE: _("确认"),
        IncidentCommand.RESPOND: _("开始处置"),
        IncidentCommand.RESTORE: _("恢复"),
        IncidentCommand.CLOSE: _("关闭"),
        IncidentCommand.NOTE: _("写记录"),
        IncidentCommand.UNDO: _("撤销"),
    }[action]


def undo_word(step: str, translate: Translate) -> str:
    """The button that takes a recorded step back, by the type of its event."""
    _ = translate
    return {
        ACKNOWLEDGED: _("撤销刚才的确认"),
        RESPONDED: _("撤销刚才的响应"),
        RESTORED: _("撤销刚才的恢复"),
        CLOSED: _("撤销刚才的关闭"),
    }[step]


def buttons(
    detail: ShownIncident, may_handle: bool, language: Language, translate: Translate
) -> tuple[Button, ...]:
    """One button per step, in order; only the reader's role and the incident's state decide."""
    _ = translate
    made = []
    first = True
    for offer in detail.offers:
        if offer.action is IncidentCommand.NOTE:
            continue
        enabled = offer.possible and may_handle
        reason = "" if enabled else _reason(offer.reason, language)
        if not may_handle:
            reason = _("您的角色不能处置故障")
        made.append(
            Button(
                offer.action,
                action_word(offer.action, translate),
                KEYS[offer.action],
                enabled,
                reason,
                enabled and first,
            )
        )
        first = first and not enabled
    return tuple(made)


def _reason(reason: Title | None, language: Language) -> str:
    if reason is None:
        return ""
    return reason.en if language is Language.ENGLISH else reason.zh
