"""``zhishou inventory document``: the documents of the declaration as files."""

from pathlib import Path
from typing import Annotated

import typer

from ops_core.kernel.command_line import print_json
from ops_core.kernel.errors import Invalid
from ops_core.kernel.i18n import Language


def add_commands(inventory: typer.Typer) -> None:
    """Put the command into the group ``zhishou inventory``."""
    inventory.command("document")(document)


def document(
    output: Annotated[Path, typer.Option(help="Folder to write to; made if it is not there.")],
    language: Annotated[
        Language | None, typer.Option(help="Language of the documents; the platform's if none.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")] = False,
) -> None:
    """Write the topology, the racks, and a workbook of addresses, cables, racks and policies.

    A file whose content would not change is left alone.
    """
    from device_configs.documents.files import DocumentFile, file_content
    from device_configs.documents.speech import Speech
    from device_configs.site import load_site
    from ops_core.kernel.settings import load_settings

    settings = load_settings()
    site = load_site(settings.inventory)
    speech = Speech(language or Language(settings.language))
    contents = {file: file_content(site, file, speech) for file in DocumentFile}
    try:
        changed = {file: _write(output / file, content) for file, content in contents.items()}
    except OSError as error:
        raise Invalid("cannot write there", str(error), "name another --output") from error
    if as_json:
        print_json([
            {"file": str(output / file), "bytes": len(contents[file]), "changed": new}
            for file, new in changed.items()
        ])  # fmt: skip
        return
    for file, new in changed.items():
        typer.echo(f"{output / file}{'' if new else ' (unchanged)'}")


def _write(path: Path, content: bytes) -> bool:
    """Whether the file was new or different."""
    if path.exists() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return True
