"""``zhishou audit verify`` and ``anchor``: the chain, what ends by it, and its anchors outside."""

from pathlib import Path
from typing import Annotated

import typer
from pydantic import JsonValue
from sqlalchemy.orm import Session

from device_configs.site import load_site
from device_configs.twin.client import running_twin
from incident.sealed import incident_breaks
from ops_core.app.anchoring import anchor_now
from ops_core.app.log_audit import log_audit_of
from ops_core.hotline.orders.ends import order_breaks
from ops_core.kernel.anchors import ANCHORS, parse_anchor, read_anchors
from ops_core.kernel.audit import Anchor, Break, read_head, verify_chain
from ops_core.kernel.cli import AsJson, audit
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.command_line import print_json, stored
from ops_core.kernel.evidence_links import evidence_breaks
from ops_core.kernel.i18n import translate
from ops_core.kernel.settings import load_settings
from ops_core.knowledge.verifying import knowledge_breaks
from ops_core.obligations.verifying import report_breaks
from ops_core.registers.verifying import register_breaks

__all__ = ["audit"]


@audit.command("verify")
def verify(
    anchor: Annotated[
        list[str] | None,
        typer.Option(help="POSITION:HASH noted earlier, as this command prints it; repeatable."),
    ] = None,
    anchors_from: Annotated[
        Path | None,
        typer.Option("--anchors", help="A file of anchors; the state directory's unless given."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check every link of the audit chain, against the anchors noted daily, too; and that orders
    and incidents are what the last entry about each says. Exit code 1 when anything is broken."""
    noted = read_anchors(anchors_from or load_settings().state_directory / ANCHORS)
    anchors = [*(one.anchor for one in noted), *map(parse_anchor, anchor or [])]
    with stored() as database, database.reading() as session:
        breaks, head = all_breaks(session, anchors), read_head(session)
    tip = f"{head.position}:{head.hash}"
    if as_json:
        found: list[JsonValue] = [
            {"position": b.position, "kind": b.kind, "detail": _(b.detail)} for b in breaks
        ]
        print_json({"intact": not breaks, "anchor": tip, "anchors": len(anchors), "breaks": found})
    elif breaks:
        for b in breaks:
            typer.echo(f"{b.position}\t{b.kind}\t{_(b.detail)}")
    else:
        typer.echo(f"{_('审计链完整')}\t{tip}")
    raise typer.Exit(1 if breaks else 0)


@audit.command("anchor")
def note(as_json: AsJson = False) -> None:
    """Note the chain's end now: in the file of anchors and with the declared log audit."""
    settings = load_settings()
    site = load_site(settings.inventory)
    with stored() as database, database.reading() as session:
        head = read_head(session)
    path = settings.state_directory / ANCHORS
    send = log_audit_of(site, running_twin(settings.state_directory))
    line = anchor_now(path, SystemClock().now(), head, site, send)
    if as_json:
        print_json({"anchor": f"{head.position}:{head.hash}", "file": str(path)})
    else:
        typer.echo(line)


def all_breaks(session: Session, anchors: list[Anchor]) -> list[Break]:
    """Broken links, and things that are not what the log says of them."""
    return [
        *verify_chain(session, anchors),
        *order_breaks(session),
        *incident_breaks(session),
        *evidence_breaks(session),
        *report_breaks(session),
        *knowledge_breaks(session),
        *register_breaks(session),
    ]


def _(text: str) -> str:
    return translate(text, load_settings().language)
