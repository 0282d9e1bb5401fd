"""Words for what the rules say."""

from device_configs.compliance.rule_documents import RuleTitle
from device_configs.compliance.rules_check import ComplianceState
from device_configs.compliance.rules_judgement import RuleVerdict, UnknownReason
from ops_core.kernel.i18n import Language, Translate


def rule_state_word(state: ComplianceState, translate: Translate) -> str:
    _ = translate
    return {
        ComplianceState.KEPT: _("符合"),
        ComplianceState.VIOLATED: _("不符合"),
        ComplianceState.EXCEPTED: _("例外"),
        ComplianceState.UNKNOWN: _("无法判定"),
    }[state]


def unknown_word(verdict: RuleVerdict, translate: Translate) -> str:
    """Why nobody can say whether the rule is kept."""
    _ = translate
    words = {
        UnknownReason.NEVER_CHECKED: _("尚未检查"),
        UnknownReason.NOT_READ: _("未能读取配置"),
        UnknownReason.NOT_ASKED: _("规则在检查之后才有"),
        UnknownReason.TOO_OLD: _("检查已过时"),
    }
    return "" if verdict.reason is None else words[verdict.reason]


def rule_text(text: RuleTitle, language: Language) -> str:
    """A rule's title or remedy in a language."""
    return text.en if language is Language.ENGLISH else text.zh
