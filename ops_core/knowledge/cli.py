"""``zhishou knowledge ...``: search, articles and their steps, update notices, enquiries."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter
from rich.console import Console
from rich.table import Table

from device_configs.site import load_site
from device_configs.site.model import Site
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.command_line import command_group, operators_work, print_json, stored
from ops_core.kernel.i18n import translate
from ops_core.kernel.settings import load_settings
from ops_core.kernel.times import SITE_ZONE, date_time
from ops_core.knowledge.articles.model import ARTICLE_STATE_WORDS, ARTICLE_STEP_WORDS, ArticleStep
from ops_core.knowledge.articles.read import ArticleTab, list_articles, read_article
from ops_core.knowledge.articles.service import (
    Draft,
    discard_draft,
    enter_article,
    publish_draft,
    revise_draft,
    send_back_draft,
    set_expiry,
    sort_article,
    submit_draft,
    update_article,
)
from ops_core.knowledge.enquiries.cli import enquiries
from ops_core.knowledge.notices.cli import notices
from ops_core.knowledge.search.index import search_versions
from ops_core.knowledge.search.rebuilding import reindex

knowledge = command_group("knowledge", "The knowledge base: search, articles, notices, questions.")
knowledge.add_typer(notices)
knowledge.add_typer(enquiries)

AsJson = Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")]
Number = Annotated[str, typer.Argument(help="For example K-20261124-0001.")]
Title = Annotated[str, typer.Option(help="One line.")]
Body = Annotated[Path, typer.Option(exists=True, dir_okay=False, help="A file of UTF-8 text.")]
Category = Annotated[str, typer.Option(help="A name of hotline.yml.")]
Keywords = Annotated[str, typer.Option(help="With blanks between them.")]
Reason = Annotated[str, typer.Option(help="Why.")]
At = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%dT%H:%M"], help="Site's time.")]
Notice = Annotated[str, typer.Option(help="The update notice that it fulfils.")]
Point = Annotated[int, typer.Option(help="Which point of the notice, from 1.")]


@knowledge.command("search")
def search(
    query: Annotated[str, typer.Argument(help="Words, in any order.")],
    category: Category = "",
    limit: Annotated[int, typer.Option(min=1, max=100)] = 20,
    as_json: AsJson = False,
) -> None:
    """Find versions that are in force now, the best first."""
    with stored() as database, database.reading() as session:
        found = search_versions(session, query, SystemClock().now(), category, limit)
    if as_json:
        print_json(_json(list(found)))
        return
    for one in found:
        typer.echo(f"{one.article}/{one.version}  {one.title}")


@knowledge.command("list")
def show_list(tab: ArticleTab = ArticleTab.ALL, as_json: AsJson = False) -> None:
    """List articles, the latest first."""
    with stored() as database, database.reading() as session:
        found = list_articles(session, SystemClock().now(), tab)
    if as_json:
        print_json(_json(list(found)))
        return
    table = Table(_("编号"), _("状态"), _("现行版本"), _("标题"))
    for one in found:
        state = _(ARTICLE_STATE_WORDS[one.state])
        table.add_row(one.number, state, str(one.version or "—"), one.title)
    Console().print(table)


@knowledge.command("show")
def show(number: Number, as_json: AsJson = False) -> None:
    """Show one article with its draft, its versions and its history."""
    with stored() as database, database.reading() as session:
        record = read_article(session, number, SystemClock().now())
    if as_json:
        print_json(_json(record))
        return
    article = record.article
    typer.echo(f"{article.number}  {_(ARTICLE_STATE_WORDS[article.state])}  {article.title}")
    for one in record.versions:
        begins, until = one.version.effective_from, one.until
        window = f"{date_time(begins) if begins else ''} – {date_time(until) if until else ''}"
        typer.echo(f"{one.version.version}  {window}  {one.version.title}")
    for step in record.history:
        word = _(ARTICLE_STEP_WORDS[ArticleStep(step.step)])
        typer.echo(f"{date_time(step.at)}  {word}  {step.actor}  {step.remark}".rstrip())
    if record.broken_at is not None:
        typer.echo(_("事件链在第 {n} 环断裂。").format(n=record.broken_at), err=True)
        raise typer.Exit(1)


@knowledge.command("enter")
def enter(
    title: Title, body: Body, category: Category, keywords: Keywords = "", notice: Notice = "",
    point: Point = 0,
) -> None:  # fmt: skip
    """Begin an article with its draft."""
    draft = Draft(title, body.read_text("utf-8"), notice, point)
    with operators_work() as uow:
        typer.echo(enter_article(uow, _site(), category, keywords.split(), draft).number)


@knowledge.command("update")
def update(
    number: Number, title: Title, body: Body, notice: Notice = "", point: Point = 0,
    correction: Annotated[str, typer.Option(help="The correction that it answers.")] = "",
) -> None:  # fmt: skip
    """Begin the next version of an article."""
    with operators_work() as uow:
        draft = Draft(title, body.read_text("utf-8"), notice, point, correction)
        update_article(uow, number, draft)


@knowledge.command("revise")
def revise(number: Number, title: Title, body: Body) -> None:
    """Write the draft anew."""
    with operators_work() as uow:
        revise_draft(uow, number, title, body.read_text("utf-8"))


@knowledge.command("sort")
def sort(number: Number, category: Category, keywords: Keywords = "") -> None:
    """Put an article under another category, with other keywords."""
    with operators_work() as uow:
        sort_article(uow, _site(), number, category, keywords.split())


@knowledge.command("submit")
def submit(number: Number) -> None:
    """Hand the draft in for review."""
    with operators_work() as uow:
        submit_draft(uow, number)


@knowledge.command("discard")
def discard(number: Number) -> None:
    """Give the draft up; versions in force stay."""
    with operators_work() as uow:
        discard_draft(uow, number)


@knowledge.command("publish")
def publish(number: Number, effective_from: At = None, expires_at: At = None) -> None:
    """Publish a draft that another person wrote."""
    with operators_work() as uow:
        publish_draft(uow, number, _in_zone(effective_from), _in_zone(expires_at))


@knowledge.command("send-back")
def send_back(number: Number, reason: Reason) -> None:
    """Send a draft back that another person wrote."""
    with operators_work() as uow:
        send_back_draft(uow, number, reason)


@knowledge.command("expire")
def expire(
    number: Number, version: Annotated[int, typer.Argument()], reason: Reason, at: At = None
) -> None:
    """Set when a published version ends; without an instant it goes on."""
    with operators_work() as uow:
        set_expiry(uow, number, version, _in_zone(at), reason)


@knowledge.command("reindex")
def make_index_anew() -> None:
    """Make the full-text index anew; cut texts anew that another dictionary had cut."""
    with operators_work() as uow:
        typer.echo(reindex(uow.session))


def _in_zone(at: datetime | None) -> datetime | None:
    return None if at is None else at.replace(tzinfo=SITE_ZONE)


def _json(value: object) -> Any:
    return TypeAdapter(Any).dump_python(value, mode="json")


def _(text: str) -> str:
    return translate(text, load_settings().language)


def _site() -> Site:
    return load_site(load_settings().inventory)
