"""``zhishou indicators ...``: the assessed figures, their records, and a check of their sums."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session

from device_configs.site import Site, load_site
from incident.false_alarm_terms import Cause
from incident.words import cause_word
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.command_line import command_group, print_json, stored
from ops_core.kernel.i18n import translations
from ops_core.kernel.progress_bars import progress_bar
from ops_core.kernel.settings import load_settings
from ops_core.kernel.times import date_time
from ops_core.kpi.assessment.cli import add_commands
from ops_core.kpi.assessment.exemption_cli import exemptions
from ops_core.kpi.checks import differences, step_count
from ops_core.kpi.documents import detail_model, overview_model
from ops_core.kpi.figures import Figure
from ops_core.kpi.overview import PeriodChoice, read_indicator, read_overview
from ops_core.kpi.periods import PeriodKind
from ops_core.kpi.ratios import show_percent
from ops_core.kpi.records import Show
from ops_core.kpi.secondary import SecondaryRatio
from ops_core.kpi.words import (
    goal,
    period_word,
    reason_word,
    secondary_word,
    share_words,
    show_word,
    value_words,
    verdict_word,
)

indicators = command_group("indicators", "The assessed indicators and the records behind them.")

indicators.add_typer(exemptions)
add_commands(indicators)

AsJson = Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")]
Month = Annotated[str, typer.Option("--month", help="As 2026-11; the running month if not given.")]


@indicators.command("list")
def show_list(month: Month = "", as_json: AsJson = False) -> None:
    """Every indicator over a month and over the contract year to the end of it."""
    with _stored() as session:
        overview = read_overview(session, _site(), SystemClock().now(), month)
    if as_json:
        print_json(overview_model(overview).model_dump(mode="json"))
        return
    label = overview.chosen.month.label
    table = Table(_("编号"), _("指标"), _("目标"), label, _("合同年累计"))
    for row in overview.rows:
        indicator = row.month.indicator
        title = indicator.title.zh if load_settings().language == "zh" else indicator.title.en
        figures = (_figure_text(row.month), _figure_text(row.year))
        table.add_row(str(indicator.number), title, goal(row.month), *figures)
    Console().print(table)


@indicators.command("show")
def show(
    number: Annotated[int, typer.Argument(help="For example 1.")],
    month: Month = "",
    period: Annotated[PeriodKind | None, typer.Option("--period", help="Which period.")] = None,
    records: Annotated[Show | None, typer.Option("--show", help="Which records.")] = None,
    after: Annotated[str, typer.Option("--after", help="Where the page before ended.")] = "",
    as_json: AsJson = False,
) -> None:
    """One indicator with a page of its records, misses first."""
    choice = PeriodChoice(period, month)
    with _stored() as session:
        now = SystemClock().now()
        detail = read_indicator(session, _site(), now, number, choice, records, after)
    if as_json:
        print_json(detail_model(detail).model_dump(mode="json"))
        return
    figure = detail.figure
    typer.echo(
        f"{period_word(figure.period.kind, _)} {figure.period.label}  {_figure_text(figure)}"
    )
    for ratio in figure.secondary:
        typer.echo(_ratio_text(ratio))
    for ratio in figure.raw.secondary if figure.raw else ():
        typer.echo(_("剔除前%(value)s") % {"value": f" {_ratio_text(ratio)}"})
    table = Table(_("结果"), _("记录"), _("时间"), _("说明"), title=show_word(detail.show, _))
    for record in detail.page.records:
        reason = reason_word(record.judgement.reason, _)
        if (exclusion := record.exclusion) is not None:
            who = f"{exclusion.proposed_by}, {exclusion.confirmed_by}"
            cause = exclusion.exemption or cause_word(Cause(exclusion.cause), _)
            reason = f"{reason}: {cause}: {exclusion.text} ({who})"
        seen = verdict_word(record.judgement, _)
        table.add_row(seen, f"{record.kind} {record.identifier}", date_time(record.at), reason)
    Console().print(table)
    if detail.page.following is not None:
        typer.echo(f"--after '{detail.page.following}'")


@indicators.command("verify")
def verify(as_json: AsJson = False) -> None:
    """Hold what is stored against its records; exit code 1 when they differ.

    Indicator 1: the day sums against every call, and every call against what the telephone system
    reported of it. Indicators 2, 3, 4, 5 and 10: the day sums against every request, order,
    callback and rating. Indicators 2, 3, 5 and 6: requests, and what was decided of single records,
    against their events. Indicators 4 and 10: callbacks and ratings against those in which they
    were given. These events, and all that was reported of calls and terminals, against the audit
    log. Orders, items of planned work and the knowledge base against their chains, and the ends of
    the former two against the audit log. Indicator 12: what is stored of false alarms against the
    events in which people said so. Sealed periods: their chain against their events, and every
    record of a sealed month against what it was then.
    """
    with _stored() as session, progress_bar(step_count(session)) as begins:
        found = list(differences(session, _site(), _, begins))
    if as_json:
        print_json([dict(one.document) for one in found])
    else:
        for one in found:
            typer.echo(one.line)
        typer.echo(f"{len(found)} differences")
    raise typer.Exit(1 if found else 0)


def _(text: str) -> str:
    return translations(load_settings().language).gettext(text)


def _figure_text(figure: Figure) -> str:
    sign = "▲ " if figure.is_met is False else ""
    share = share_words(figure)
    text = f"{sign}{value_words(figure, _)}" + (f" ({share})" if share else "")
    if figure.raw is None:
        return text
    before = _("剔除前%(value)s") % {"value": f" {_figure_text(figure.raw)}"}
    return f"{text}  {before}"


def _ratio_text(ratio: SecondaryRatio) -> str:
    share = f"{ratio.numerator:,}/{ratio.denominator:,}"
    return f"{secondary_word(ratio.kind, _)} {show_percent(ratio.value)} ({share})"


def _site() -> Site:
    return load_site(load_settings().inventory)


@contextmanager
def _stored() -> Iterator[Session]:
    with stored() as database, database.reading() as session:
        yield session
