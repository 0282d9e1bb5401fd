"""``zhishou evidence ...``: files of evidence, and whether they are what they were."""

from typing import Annotated

import typer

from ops_core.kernel.command_line import command_group, print_json, stored
from ops_core.kernel.evidence_files import evidence_store
from ops_core.kernel.evidence_links import (
    discard_unlinked,
    evidence_breaks,
    evidence_flaws,
    evidence_of,
)
from ops_core.kernel.i18n import translate
from ops_core.kernel.settings import load_settings

evidence = command_group("evidence", "Files of evidence, by their hash.")

AsJson = Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")]


@evidence.command("list")
def show_list(
    subject_type: Annotated[str, typer.Argument(help="What they belong to, such as register.")],
    subject_id: Annotated[str, typer.Argument(help="Its number.")],
    as_json: AsJson = False,
) -> None:
    """List the files of a subject."""
    with stored() as database, database.reading() as session:
        found = evidence_of(session, subject_type, subject_id)
    if as_json:
        print_json(
            [
                {"number": one.number, "name": one.name, "size": one.size, "sha256": one.sha256,
                 "media_type": one.media_type, "uploaded_by": one.uploaded_by,
                 "at": one.at.isoformat()}
                for one in found
            ]
        )  # fmt: skip
        return
    for one in found:
        at = one.at.isoformat(timespec="seconds")
        fields = (one.number, one.name, str(one.size), one.sha256, one.uploaded_by, at)
        typer.echo("\t".join(fields))


@evidence.command("verify")
def verify(as_json: AsJson = False) -> None:
    """Hold every file against its hash, and its row against the audit log; exit code 1 when one
    is missing or changed."""
    store = evidence_store(load_settings())
    with stored() as database, database.reading() as session:
        flaws, breaks = list(evidence_flaws(session, store)), list(evidence_breaks(session))
    if as_json:
        print_json(
            {
                "intact": not (flaws or breaks),
                "files": [
                    {"number": f.number, "name": f.name, "detail": _(f.detail)} for f in flaws
                ],
                "rows": [{"position": b.position, "detail": _(b.detail)} for b in breaks],
            }
        )
    else:
        for flaw in flaws:
            typer.echo(f"{flaw.number}\t{flaw.name}\t{_(flaw.detail)}")
        for broken in breaks:
            typer.echo(f"{broken.position}\t{_(broken.detail)}")
        if not (flaws or breaks):
            typer.echo(_("证据文件完整"))
    raise typer.Exit(1 if flaws or breaks else 0)


@evidence.command("clean")
def clean(as_json: AsJson = False) -> None:
    """Take away files that nothing has referred to for a day: their command was refused."""
    store = evidence_store(load_settings())
    with stored() as database, database.reading() as session:
        gone = discard_unlinked(session, store)
    if as_json:
        print_json({"discarded": list(gone)})
        return
    for sha256 in gone:
        typer.echo(sha256)


def _(text: str) -> str:
    return translate(text, load_settings().language)
