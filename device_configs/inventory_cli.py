"""``zhishou inventory ...``: the schema of the declaration's files, search in it, its documents.

The declaration's modules are imported by the command that reads it.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from device_configs.documents import cli as document_commands
from device_configs.growth_cli import add_floor
from ops_core.kernel.command_line import command_group, print_json
from ops_core.kernel.errors import Invalid, NotFound

if TYPE_CHECKING:
    from rich.table import Table

    from device_configs.site.model import Device, Site

inventory = command_group("inventory", "Look into the declaration.")

AsJson = Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")]


@inventory.command()
def schema(
    file: Annotated[
        str | None, typer.Argument(help="A file, as policies.yml; all if none.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="Folder to write the schemas to, a file each.")
    ] = None,
    _as_json: Annotated[
        bool, typer.Option("--json", help="The same: it is one JSON document.")
    ] = False,
) -> None:
    """JSON Schema of the declaration's files, for editors."""
    from device_configs.site.schema import ROLE, schema_files, schema_name, schema_of

    known = (*schema_files(), ROLE)
    if file is not None and file not in known:
        raise NotFound("no file of that name", detail=file, remedy=", ".join(known))
    chosen = (file,) if file is not None else known
    schemas = {name: schema_of(name) for name in chosen}
    if output is None:
        print_json(schemas[file] if file is not None else {**schemas})
        return
    output.mkdir(parents=True, exist_ok=True)
    for name, document in schemas.items():
        text = json.dumps(document, ensure_ascii=False, indent=2)
        (output / schema_name(name)).write_text(f"{text}\n", "utf-8")


@inventory.command()
def find(
    terms: Annotated[
        list[str],
        typer.Argument(help="tag=, role=, half=, zone=, rack= ... or a text; all must match."),
    ],
    as_json: AsJson = False,
) -> None:
    """Devices by tag, role, place or text; exit code 1 when none matches."""
    from device_configs.site.search import Term, UnknownTerm, find_devices

    site = _site()
    try:
        found = find_devices(site, [Term.parse(term) for term in terms])
    except UnknownTerm as unknown:
        raise Invalid("no such search term", detail=str(unknown)) from unknown
    if as_json:
        print_json([device.model_dump(mode="json") for device in found])
    elif found:
        from rich.console import Console

        Console().print(_table(site, found))
    else:
        typer.echo("no device matches", err=True)
    if not found:
        raise typer.Exit(1)


def _table(site: "Site", found: "tuple[Device, ...]") -> "Table":
    from rich.table import Table

    from ops_core.kernel.settings import load_settings

    language = load_settings().language
    table = Table("name", "title", "role", "half", "rack", "address", "tags", box=None)
    for device in found:
        tags = " ".join(f"{kind}:{device.tags[kind]}" for kind in site.tag_kinds
                        if kind in device.tags)  # fmt: skip
        table.add_row(device.name, getattr(device.title, language), device.role.name, device.half,
                      device.rack, str(device.management_address or "-"), tags)  # fmt: skip
    return table


@inventory.command()
def show(
    name: Annotated[str, typer.Argument(help="A device, network, link, rule, circuit ...")],
    as_json: AsJson = False,
) -> None:
    """Everything declared under a name, and what refers to it."""
    import yaml

    from device_configs.site.faults import nearest
    from device_configs.site.search import connections, named, names_of

    site = _site()
    found = named(site, name)
    if not found:
        raise NotFound(
            "nothing is declared under that name",
            detail=name,
            remedy=nearest(name, names_of(site)) or "",
        )
    items = [
        {"kind": item.kind}
        | item.value.model_dump(mode="json")
        | (connections(site, name) if item.kind == "device" else {})
        for item in found
    ]
    if as_json:
        print_json(items)
    else:
        typer.echo(yaml.safe_dump_all(items, allow_unicode=True, sort_keys=False), nl=False)


def _site() -> "Site":
    from device_configs.site import load_site
    from ops_core.kernel.settings import load_settings

    return load_site(load_settings().inventory)


inventory.command("add-floor")(add_floor)
document_commands.add_commands(inventory)
