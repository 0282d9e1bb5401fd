"""The language of a page: Chinese unless the reader chose English (a cookie)."""

from gettext import NullTranslations

from ops_core.kernel.i18n import Language, translations

LANGUAGE_COOKIE = "zhishou_language"
LOCALE_TAGS = {Language.CHINESE: "zh-CN", Language.ENGLISH: "en"}


def language_of(cookie: str | None, default: str) -> Language:
    """The chosen language, or the installation's own when the cookie is missing or strange."""
    return Language(cookie) if cookie in set(Language) else Language(default)


def catalogue(language: Language) -> NullTranslations:
    return translations(language)
