"""Two languages. Texts are written in Chinese in the source, and English is a catalogue; what
proofs and the platform's own figures say is written in English, and its Chinese is a catalogue.

Catalogues are read from their ``.po`` files, so there is nothing to compile and a translator's
change shows at the next start. Texts with values in them are made by :func:`message`, which
keeps the template apart, so that a refusal raised deep in a rule can still be said in English.
Extraction: ``pybabel extract -k _ -k message``.
"""

import io
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from ops_core.kernel.environment import PROJECT_DIRECTORY

CATALOGUES = PROJECT_DIRECTORY / "wallboard" / "locale"
DOMAIN = "messages"

Translate = Callable[[str], str]
"""Gives the text of a Chinese source string in the reader's language."""


class Language(StrEnum):
    """The languages of the screens."""

    CHINESE = "zh"
    ENGLISH = "en"


class Message(str):
    """A Chinese text that remembers the template and the values it was made of.

    A value may be a message itself, or a tuple of them, which reads as a list of words.
    """

    __slots__ = ("template", "values")

    template: str
    values: dict[str, object]

    def __new__(cls, template: str, values: dict[str, object]) -> "Message":
        localized = {name: _localized(value, str, "、") for name, value in values.items()}
        made = super().__new__(cls, template.format(**localized))
        made.template = template
        made.values = values
        return made


def message(template: str, **values: object) -> Message:
    """A translatable text: ``message("{name} 不存在", name=name)``."""
    return Message(template, values)


def translations(language: str, catalogues: Path | None = None) -> NullTranslations:
    """The catalogue of a language; Chinese needs none. Raises ValueError for any other language.

    A language without a catalogue, and a text not in it, fall back on the Chinese source.
    """
    return _load(Language(language), catalogues or CATALOGUES)


def translate(text: str, language: str) -> str:
    """The text in a language; for a :class:`Message` its template is looked up, then filled."""
    if isinstance(text, Message):
        comma = "、" if language == Language.CHINESE else ", "
        values = {
            name: _localized(value, lambda one: translate(one, language), comma)
            for name, value in text.values.items()
        }
        return counted_text(text.template, text.values, language).format(**values)
    return _text_in(text, language) if text else text


def counted_text(source: str, values: Mapping[str, object], language: str) -> str:
    """The template in a language, in the form for the number in it where there is exactly one:
    "1 working day", "2 working days"."""
    counts = [value for value in values.values() if type(value) is int]
    if language == Language.CHINESE or len(counts) != 1:
        return _text_in(source, language)
    found = translations(language).ngettext(source, source, counts[0])
    return _text_in(source, language) if found == source else found


def _text_in(source: str, language: str) -> str:
    """A text without values; what is Chinese already costs no look into a catalogue."""
    if language != Language.CHINESE:
        return translations(language).gettext(source)
    return _catalogue(Language.CHINESE, CATALOGUES).gettext(source) if source.isascii() else source


def _localized(value: object, say: Callable[[Message], str], comma: str) -> object:
    if isinstance(value, tuple):
        return comma.join(str(_localized(one, say, comma)) for one in value)
    return say(value) if isinstance(value, Message) else value


def negotiate_language(accept_language: str, default: str) -> Language:
    """The best of our languages for an ``Accept-Language`` header (RFC 9110, 12.5.4)."""
    from babel.core import negotiate_locale  # costs more than a short command

    weighted = []
    for position, choice in enumerate(accept_language.split(",")):
        tag, _, parameter = choice.strip().partition(";")
        weight = _weight(parameter)
        if tag and weight > 0:
            weighted.append((-weight, position, tag.strip().replace("-", "_")))
    preferred = [tag for _, _, tag in sorted(weighted)]
    found = negotiate_locale([tag.split("_")[0] for tag in preferred], list(Language))
    return Language(found or default)


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def _load(language: Language, catalogues: Path) -> NullTranslations:
    return NullTranslations() if language is Language.CHINESE else _catalogue(language, catalogues)


@cache
def _catalogue(language: Language, catalogues: Path) -> NullTranslations:
    source = catalogues / language / "LC_MESSAGES" / f"{DOMAIN}.po"
    if not source.exists():
        return NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = io.BytesIO()
    with source.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return _Catalogue(compiled)


class _Catalogue(GNUTranslations):
    """A text with a form for one is the form for many where nobody says how many."""

    def gettext(self, message: str) -> str:
        many = self.ngettext(message, message, 2)
        return super().gettext(message) if many == message else many
