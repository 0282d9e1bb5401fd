"""Templates to text: one strict Jinja environment per language."""

from collections.abc import Callable, Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

from device_configs.site.model import Title
from ops_core.kernel import times
from ops_core.kernel.i18n import Language, counted_text, translate, translations
from ops_core.kpi.words import goal, share_words, value_words
from wallboard import formats
from wallboard.folding import lines_folded, repeats_folded
from wallboard.language import LOCALE_TAGS
from wallboard.static_files import StaticFiles

TEMPLATES = Path(__file__).parent / "templates"


class Pages:
    """Renders templates in either language; values that a template misses are errors."""

    def __init__(self, statics: StaticFiles) -> None:
        self._environments = {language: _environment(language, statics) for language in Language}

    def render(self, template: str, language: Language, context: Mapping[str, object]) -> str:
        """The text of a template. Raises jinja2.UndefinedError for a missing value."""
        return self._environments[language].get_template(template).render(context)


def _environment(language: Language, statics: StaticFiles) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    catalogue = translations(language)
    environment.install_gettext_translations(catalogue, newstyle=True)  # type: ignore[attr-defined]
    environment.globals |= {"_": _counted(language), "gettext": _counted(language)}
    environment.filters |= {
        "clock_time": times.clock_time,
        "minute_time": times.minute_time,
        "exact_time": times.exact_time,
        "date_time": times.date_time,
        "due_time": times.due_time,
        "short_due_time": times.short_due_time,
        "short_time": times.short_time,
        "epoch_ms": times.epoch_ms,
        "percent": formats.percent,
        "goal": goal,
        "figure_value": lambda figure: value_words(figure, catalogue.gettext),
        "figure_share": share_words,
        "countdown": formats.countdown,
        "file_size": formats.file_size,
        "repeats_folded": repeats_folded,
        "lines_folded": lines_folded,
        "span": lambda length: formats.span(length, catalogue.gettext),
        "limit": lambda limit: formats.limit_words(limit, catalogue.gettext),
        "title": lambda title: _title(title, language),
        "localized": lambda text: translate(text, language),
    }
    environment.globals |= {
        "asset": statics.url,
        "language": language.value,
        "locale_tag": LOCALE_TAGS[language],
    }
    return environment


def _counted(language: Language) -> Callable[..., str]:
    """``_()`` of templates: what it says of one thing is said in the singular."""

    @pass_eval_context
    def text(context: EvalContext, source: str, **values: object) -> str:
        found = counted_text(source, values, language)
        return (Markup(found) if context.autoescape else found) % values  # noqa: S704 - as jinja's

    return text


def _title(title: Title, language: Language) -> str:
    return title.en if language is Language.ENGLISH else title.zh
