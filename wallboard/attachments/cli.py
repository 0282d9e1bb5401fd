"""``zhishou attachments ...``: files of records, seen and added as the person who signs in."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from pydantic import TypeAdapter

from device_configs.site import load_site
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.command_line import command_group, print_json, stored
from ops_core.kernel.evidence_files import StoredFile, evidence_store
from ops_core.kernel.i18n import Language, translate
from ops_core.kernel.permissions import Actor, require_any
from ops_core.kernel.personal_commands import (
    refusals_on_record,
    who_signs_in,
    work_in_person,
)
from ops_core.kernel.settings import load_settings
from wallboard.attachments.kinds import check_personal, kind_named
from wallboard.attachments.records import AttachmentModel, files_of, model_of
from wallboard.people import People
from wallboard.snapshot import Snapshot

attachments = command_group(
    "attachments", "Files attached to orders, decisions, exemptions and topics, as a person."
)

Kind = Annotated[str, typer.Argument(help="orders, adjudications, exemptions or topics.")]
Number = Annotated[str, typer.Argument(help="For example W-20261124-00001.")]
Who = Annotated[str, typer.Option("--as", help="Your user name; the password is asked for.")]
FromInput = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")]
_FILES: TypeAdapter[Sequence[AttachmentModel]] = TypeAdapter(Sequence[AttachmentModel])


@attachments.command("list")
def show_list(
    kind: Kind,
    number: Number,
    who: Who = "",
    password_stdin: FromInput = False,
    as_json: AsJson = False,
) -> None:
    """List the files of a record."""
    attached = kind_named(kind)  # asked before the password
    site, people = load_site(load_settings().inventory), People()
    with stored() as database:
        actor = who_signs_in(database, who, password_stdin)
        with (
            refusals_on_record(database, actor, (attached.types[0], number), "list"),
            database.reading() as session,
        ):
            seen = Snapshot(session, site, SystemClock().now())
            found = files_of(seen, actor, kind, number)
            people.refresh(session, seen.now)
    _show([_named(one, people, actor) for one in found], as_json)


@attachments.command("add")
def add(
    kind: Kind,
    number: Number,
    files: Annotated[
        list[Path], typer.Argument(help="What to attach.", exists=True, dir_okay=False)
    ],
    personal: Annotated[
        bool, typer.Option("--personal", help="With personal data: of orders alone.")
    ] = False,
    who: Who = "",
    password_stdin: FromInput = False,
    as_json: AsJson = False,
) -> None:
    """Attach files while the record is open: all of them, or none."""
    attached, settings = kind_named(kind), load_settings()
    check_personal(attached, is_personal=personal)
    people = People()
    zone = ZoneInfo(load_site(settings.inventory).contract.timezone)
    with stored() as database:
        actor = who_signs_in(database, who, password_stdin)
        with refusals_on_record(database, actor, (attached.types[0], number), "attach"):
            require_any(actor, attached.adding)
        kept = _taken_in(files)
        with work_in_person(database, actor, (attached.types[0], number), "attach") as uow:
            made = attached.attach(uow, number, kept, zone, personal)
            people.refresh(uow.session, uow.clock.now())
    _show([_named(model_of(one), people, actor) for one in made], as_json)


def _named(file: AttachmentModel, people: People, actor: Actor) -> AttachmentModel:
    """As the page shows it: a unit is not told who works at the centre."""
    shown = people.shown_to_unit(file.uploaded_by, actor.unit)
    return replace(file, uploaded_by=translate(shown, Language.CHINESE))


def _taken_in(files: Sequence[Path]) -> Sequence[StoredFile]:
    store, kept = evidence_store(load_settings()), []
    for path in files:
        with path.open("rb") as source:
            kept.append(store.take_in(path.name, source))
    return kept


def _show(found: Sequence[AttachmentModel], as_json: bool) -> None:
    if as_json:
        print_json(_FILES.dump_python(found, mode="json"))
        return
    for one in found:
        typer.echo(f"{one.number}\t{one.name}\t{one.size}\t{one.sha256}")
