"""``zhishou net patch``: the commands between two configuration files."""

from pathlib import Path
from typing import Annotated

import typer
from pydantic import JsonValue

from device_configs.grammar.family import FamilyName, load_family
from device_configs.patches.model import Patch
from device_configs.patches.patch import make_patch
from ops_core.kernel.command_line import print_json
from ops_core.kernel.errors import Invalid


def add_commands(net: typer.Typer) -> None:
    """Add the patch maker's command to the group ``net``."""
    net.command("patch")(patch_files)


def patch_files(
    running: Annotated[Path, typer.Argument(help="What the device has.")],
    intended: Annotated[Path, typer.Argument(help="What it is to have.")],
    family: Annotated[FamilyName, typer.Option(help="The language of the texts.")],
    platform: Annotated[str, typer.Option(help="The dialect of the device.")] = "",
    reach: Annotated[
        str, typer.Option(help="The address by which the device is managed: its port is left.")
    ] = "",
    management: Annotated[
        bool, typer.Option(help="Change lines by which the device is managed, too.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")] = False,
) -> None:
    """Show what leads from one configuration to another; exit code 1 when there is anything.

    Nothing is sent, and secrets are masked.
    """
    known = load_family(family.value).platforms
    if platform and platform not in known:
        raise Invalid(
            f"{family.value} has no platform {platform!r}", "", f"known: {', '.join(known)}"
        )
    patch = make_patch(
        family.value,
        _read(running),
        _read(intended),
        platform=platform or None,
        management=management,
        reach=reach or None,
    )
    if as_json:
        print_json(_document(patch))
    else:
        typer.echo(patch.text, nl=False)
        for command in patch.disruptions:
            where = " / ".join((*command.views, command.text)).removesuffix(" / ")
            typer.echo(f"interrupts {command.disrupts}: {where}", err=True)
        for line in patch.left:
            typer.echo(f"left ({line.reason}): {' / '.join((*line.views, line.text))}", err=True)
        for text in patch.unverified:
            typer.echo(f"secret not verified: {text}", err=True)
    raise typer.Exit(1 if patch.commands or patch.left else 0)


def _document(patch: Patch) -> JsonValue:
    return {
        "empty": patch.empty,
        "commands": [
            {
                "views": list(command.views),
                "text": command.text,
                "removes": command.removes,
                "interrupts": command.disrupts,
            }
            for command in patch.commands
        ],
        "left": [
            {"views": list(line.views), "text": line.text, "reason": line.reason}
            for line in patch.left
        ],
        "unverified": list(patch.unverified),
    }


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"{file} cannot be read", str(error), "give a text file in UTF-8") from error
