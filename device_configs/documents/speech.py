"""The language a document is written in."""

from dataclasses import dataclass

from device_configs.site.model import Title
from ops_core.kernel.i18n import Language, translations


@dataclass(frozen=True)
class Speech:
    """Says the Chinese texts of the source, and the titles of a declaration, in one language."""

    language: Language

    def gettext(self, text: str) -> str:
        """A text of the source in this language."""
        return translations(self.language).gettext(text)

    def pgettext(self, context: str, text: str) -> str:
        """The same for a text that reads differently elsewhere (a heading, a count)."""
        return translations(self.language).pgettext(context, text)

    def title(self, title: Title) -> str:
        """A declared title; every item of a declaration has it in both languages."""
        return title.en if self.language is Language.ENGLISH else title.zh

    def declared(self, english: str, chinese: str) -> str:
        """A text that boxes hold in English, in Chinese where the declaration has that as well."""
        return chinese if chinese and self.language is Language.CHINESE else english

    @property
    def comma(self) -> str:
        """What stands between the words of a list."""
        return ", " if self.language is Language.ENGLISH else "、"
