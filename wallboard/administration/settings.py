"""The settings in force as people are shown them; what may be a secret is hidden."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import SecretStr

from ops_core.kernel.environment import PREFIX
from ops_core.kernel.i18n import Language
from ops_core.kernel.settings import Settings
from wallboard.administration.setting_words import setting_text

HIDDEN_SETTING = "••••••"


@dataclass(frozen=True, slots=True)
class ShownSetting:
    """One setting in force; a secret is not shown."""

    name: str
    value: str
    is_default: bool
    text: str


def shown_settings(settings: Settings, language: Language) -> Sequence[ShownSetting]:
    """All settings by name; what may hold a password or a token is hidden."""
    shown = []
    for name, declared in type(settings).model_fields.items():
        value = getattr(settings, name)
        is_secret = isinstance(value, SecretStr) or (value and name == "database_url")
        text = HIDDEN_SETTING if is_secret else "" if value is None else str(value)
        default = declared.get_default(call_default_factory=False)
        shown.append(
            ShownSetting(
                f"{PREFIX}{name.upper()}",
                text,
                value == default,
                setting_text(name, declared.description, language),
            )
        )
    return shown
