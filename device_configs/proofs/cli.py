"""``zhishou net prove`` and ``zhishou net reach``."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import JsonValue
from rich.console import Console
from rich.text import Text
from sqlalchemy.exc import SQLAlchemyError

from device_configs.accounts.evidence import audit_evidence
from device_configs.proofs.against_cli import difference_json, exit_code_for, show_difference
from device_configs.proofs.coverage import AuditEvidence
from device_configs.proofs.differential.comparing import compare_declarations
from device_configs.proofs.differential.old_declaration import declaration_at
from device_configs.proofs.prove import NAMES, overall, prove, subject_of
from device_configs.proofs.questions import Filtered, WayAnswer, ask
from device_configs.proofs.running import with_running
from device_configs.proofs.verdict import Finding, Proof, ProofVerdict
from device_configs.site import Site, load_site
from device_configs.site.faults import SiteInvalid
from ops_core.kernel.command_line import print_json
from ops_core.kernel.database import open_database
from ops_core.kernel.environment import DATABASE
from ops_core.kernel.errors import DatabaseBusy, NotFound
from ops_core.kernel.i18n import message
from ops_core.kernel.settings import load_settings

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]
Inventory = Annotated[
    Path | None, typer.Option("--inventory", help="Folder of the declaration, if not the usual.")
]

EXIT_CODES = {ProofVerdict.HOLDS: 0, ProofVerdict.VIOLATED: 1, ProofVerdict.UNKNOWN: 2}

_STYLES = {
    ProofVerdict.HOLDS: "green",
    ProofVerdict.VIOLATED: "bold red",
    ProofVerdict.UNKNOWN: "yellow",
}


def add_commands(net: typer.Typer) -> None:
    """Put the commands of the proofs into the group ``zhishou net``."""
    net.command("prove")(prove_command)
    net.command("reach")(reach_command)


def prove_command(
    as_json: AsJson = False,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", help=f"One of {', '.join(NAMES)}; may be repeated."),
    ] = None,
    notes: Annotated[
        bool, typer.Option("--notes", help="Also what is accepted, and double failures.")
    ] = False,
    against: Annotated[
        str | None,
        typer.Option(
            "--against",
            metavar="OLD",
            help="Instead: what this declaration opens and closes against an older one; a folder, "
            "an archive, or a git revision of the inventory. Exit code 0 nothing, 1 it opens "
            "something, 2 undecided, 10 it only closes.",
        ),
    ] = None,
    running: Annotated[
        Path | None,
        typer.Option(
            "--running",
            metavar="FOLDER",
            help="What devices run, not what is rendered: DEVICE.cfg of a box, DEVICE/etc/... of a "
            "Linux device. One that is not there is unknown.",
        ),
    ] = None,
    inventory: Inventory = None,
) -> None:
    """Prove the declaration; exit code 0 all hold, 1 one is violated, 2 one is unknown."""
    if against is not None:
        raise typer.Exit(_compare(against, inventory or load_settings().inventory, as_json))
    for name in only or ():
        if name not in NAMES:
            raise NotFound(
                "没有这个证明", message("{name} 不是证明。", name=name), "、".join(NAMES)
            )
    site = _site(inventory)
    subject = subject_of(site, _last_audit() if inventory is None else None)
    proofs = prove(subject if running is None else with_running(subject, running), only or ())
    if as_json:
        print_json([_proof_json(proof) for proof in proofs])
    else:
        for proof in proofs:
            _show(Console(highlight=False, soft_wrap=True), proof, notes)
    raise typer.Exit(EXIT_CODES[overall(proofs)])


def _compare(against: str, inventory: Path, as_json: bool) -> int:
    with declaration_at(against, inventory) as older:
        found = compare_declarations(_site(inventory), _site(older))
    if as_json:
        print_json(difference_json(found))
    else:
        show_difference(Console(highlight=False, soft_wrap=True), found)
    return exit_code_for(found)


def reach_command(
    source: Annotated[
        str, typer.Argument(metavar="FROM", help="seat-001, core-a, seats, 10.1.1.1")
    ],
    destination: Annotated[str, typer.Argument(metavar="TO", help="platform, egov, svc, 10.1.1.2")],
    service: Annotated[
        str | None, typer.Option("--service", help="A service or an application.")
    ] = None,
    as_json: AsJson = False,
    inventory: Inventory = None,
) -> None:
    """Who can reach what, by which rule, over which way; exit code 1 when nothing arrives."""
    answer = ask(_site(inventory), source, destination, service)
    if as_json:
        print_json(_answer_json(answer))
    else:
        _print_answer(Console(highlight=False, soft_wrap=True), answer)
    raise typer.Exit(0 if answer.reaches else 1)


def _site(inventory: Path | None) -> Site:
    try:
        return load_site(inventory or load_settings().inventory)
    except SiteInvalid as invalid:
        typer.echo(str(invalid), err=True)
        typer.echo(f"{len(invalid.faults)} faults; nothing can be proved about it.", err=True)
        raise typer.Exit(1) from invalid


def _last_audit() -> AuditEvidence | None:
    """The last audit of this installation; None where it has no database, or cannot read it."""
    settings = load_settings()
    if settings.database_url is None and not (settings.state_directory / DATABASE).exists():
        return None
    database = open_database(settings)
    try:
        with database.reading() as session:
            return audit_evidence(session, datetime.now(UTC))
    except (DatabaseBusy, SQLAlchemyError):
        return None
    finally:
        database.close()


def _show(console: Console, proof: Proof, with_notes: bool) -> None:
    style = _STYLES[proof.verdict]
    counts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in proof.counts.items())
    console.print(Text.assemble((f"{proof.verdict:9}", style), f"{proof.name:14}", proof.title),
                  Text(f"({counts})", style="dim"))  # fmt: skip
    for finding in proof.findings:
        _show_finding(console, finding, "red")
    for finding in proof.undecided:
        _show_finding(console, finding, "yellow")
    for finding in proof.notes if with_notes else ():
        _show_finding(console, finding, "dim")


def _show_finding(console: Console, finding: Finding, style: str) -> None:
    console.print(Text.assemble("  ", (", ".join(finding.elements), style), f": {finding.what}"))
    console.print(Text(f"      {finding.why}; {finding.remedy}"))
    if finding.witness:
        console.print(Text(f"      e.g. {finding.witness}", style="dim"))


def _print_answer(console: Console, answer: WayAnswer) -> None:
    style, word = ("green", "reaches") if answer.reaches else ("bold red", "does not reach")
    reason = f": {answer.reason}" if answer.reason else ""
    console.print(
        Text.assemble(f"{answer.source} ", (word, style), f" {answer.destination}{reason}")
    )
    for leg in answer.legs:
        console.print(Text(f"  {' > '.join(leg.devices)}"))
        for filtered in leg.filters:
            _print_filter(console, filtered)
        if leg.channels:
            console.print(Text(f"    {leg.devices[-1]} carries on {', '.join(leg.channels)}"))


def _print_filter(console: Console, filtered: Filtered) -> None:
    for passage in filtered.passages:
        word, style = ("allow", "green") if passage.permits else ("deny ", "red")
        rule = passage.rule or "the default"
        console.print(
            Text.assemble(f"    {filtered.device}  ", (word, style), f"  {rule}: "
                          f"{', '.join(passage.services)} (e.g. {passage.example})")
        )  # fmt: skip


def _proof_json(proof: Proof) -> JsonValue:
    return {
        "name": proof.name,
        "title": proof.title,
        "verdict": proof.verdict.value,
        "counts": dict(proof.counts),
        "findings": [_finding_json(finding) for finding in proof.findings],
        "undecided": [_finding_json(finding) for finding in proof.undecided],
        "notes": [_finding_json(finding) for finding in proof.notes],
    }


def _finding_json(finding: Finding) -> JsonValue:
    return {
        "elements": list(finding.elements),
        "what": finding.what,
        "why": finding.why,
        "remedy": finding.remedy,
        "witness": finding.witness,
    }


def _answer_json(answer: WayAnswer) -> JsonValue:
    return {
        "from": answer.source,
        "to": answer.destination,
        "reaches": answer.reaches,
        "reason": answer.reason,
        "legs": [
            {
                "devices": list(leg.devices),
                "channels": list(leg.channels),
                "filters": [_filter_json(filtered) for filtered in leg.filters],
            }
            for leg in answer.legs
        ],
    }


def _filter_json(filtered: Filtered) -> JsonValue:
    return {
        "device": filtered.device,
        "rule_set": filtered.rule_set,
        "passages": [
            {
                "rule": passage.rule,
                "permits": passage.permits,
                "services": list(passage.services),
                "example": passage.example,
            }
            for passage in filtered.passages
        ],
    }
