"""``zhishou indicators ...``: the assessed figures, their records, and a check of their sums."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from pydantic import JsonValue
from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session

from device_configs.site import Site, load_site
from incident.false_alarm import Cause, Mark
from incident.marked import mark_differences
from incident.words import cause_word
from ops_core.hotline.orders.verifying import order_flaws
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.command_line import command_group, print_json, stored
from ops_core.kernel.i18n import translations
from ops_core.kernel.settings import load_settings
from ops_core.kernel.times import date_time
from ops_core.knowledge.verifying import knowledge_flaws
from ops_core.kpi.assessment.cli import add_commands
from ops_core.kpi.assessment.exemption_cli import exemptions
from ops_core.kpi.assessment.verifying import sealed_differences
from ops_core.kpi.call_tallies import tally_differences
from ops_core.kpi.day_sums import day_sum_differences
from ops_core.kpi.derived_records import derived_differences, journal_differences
from ops_core.kpi.derived_registers import register_differences
from ops_core.kpi.documents import detail_model, overview_model
from ops_core.kpi.figures import Figure
from ops_core.kpi.overview import PeriodChoice, read_indicator, read_overview
from ops_core.kpi.periods import PeriodKind
from ops_core.kpi.ratios import show_percent
from ops_core.kpi.records import Show
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
        share = f"{ratio.numerator:,}/{ratio.denominator:,}"
        typer.echo(f"{secondary_word(ratio.kind, _)} {show_percent(ratio.value)} ({share})")
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
    with _stored() as session:
        found = tally_differences(session, _site())
        sums = list(day_sum_differences(session))
        marks = mark_differences(session)
        derived = [
            *derived_differences(session),
            *journal_differences(session),
            *register_differences(session, _site()),
        ]
        orders = list(order_flaws(session))
        knowledge = list(knowledge_flaws(session))
        sealed = list(sealed_differences(session, _site()))
    if as_json:
        days: list[JsonValue] = [
            {"day": d.day, "outcome": d.outcome.value, "offered": d.offered,
             "stored": d.stored, "counted": d.counted}
            for d in found
        ]  # fmt: skip
        of_sums: list[JsonValue] = [
            {"series": d.series, "day": d.day, "kind": d.kind,
             "stored": d.stored, "counted": d.counted}
            for d in sums
        ]  # fmt: skip
        of_marks: list[JsonValue] = [
            {"incident": m.number, "stored": _state_of(m.stored), "counted": _state_of(m.recorded)}
            for m in marks
        ]
        of_records: list[JsonValue] = [
            {"kind": d.kind.value, "record": d.identifier, "field": d.field,
             "stored": d.stored, "counted": d.by_events}
            for d in derived
        ]  # fmt: skip
        of_orders: list[JsonValue] = [
            {"kind": "order", "record": o.order, "field": o.field,
             "stored": o.stored, "counted": o.recorded}
            for o in orders
        ]  # fmt: skip
        of_knowledge: list[JsonValue] = [
            {"kind": "knowledge", "record": k.record, "field": k.field,
             "stored": k.stored, "counted": k.by_links}
            for k in knowledge
        ]  # fmt: skip
        of_seals: list[JsonValue] = [
            {"kind": "sealed_record", "month": s.month, "indicator": s.indicator,
             "record": s.record, "stored": s.sealed, "counted": s.now}
            for s in sealed
        ]  # fmt: skip
        print_json(days + of_sums + of_marks + of_records + of_orders + of_knowledge + of_seals)
    else:
        for d in found:
            seat = "offered" if d.offered else "not offered"
            typer.echo(f"{d.day} {d.outcome} ({seat}): stored {d.stored}, counted {d.counted}")
        for one_sum in sums:
            kind = f"{one_sum.series} {one_sum.kind}".rstrip()
            typer.echo(f"{one_sum.day} {kind}: stored {one_sum.stored}, counted {one_sum.counted}")
        for m in marks:
            stored_as, by_events = _state_of(m.stored), _state_of(m.recorded)
            typer.echo(f"{m.number} false alarm: stored {stored_as}, by its events {by_events}")
        for one in derived:
            typer.echo(
                f"{one.kind} {one.identifier} {one.field}: "
                f"stored {one.stored}, by its events {one.by_events}"
            )
        for o in orders:
            typer.echo(f"order {o.order} {o.field}: stored {o.stored}, recorded {o.recorded}")
        for k in knowledge:
            typer.echo(f"{k.record} {k.field}: stored {k.stored}, by its chain {k.by_links}")
        for s in sealed:
            typer.echo(f"{s.month}/{s.indicator} {s.record}: sealed {s.sealed}, now {s.now}")
        differences = (*found, *sums, *marks, *derived, *orders, *knowledge, *sealed)
        typer.echo(f"{len(differences)} differences")
    raise typer.Exit(1 if found or sums or marks or derived or orders or knowledge or sealed else 0)


def _state_of(mark: Mark | None) -> str:
    return "none" if mark is None else mark.state.value


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


def _site() -> Site:
    return load_site(load_settings().inventory)


@contextmanager
def _stored() -> Iterator[Session]:
    with stored() as database, database.reading() as session:
        yield session
