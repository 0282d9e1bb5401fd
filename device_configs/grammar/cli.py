"""``zhishou net check-text``: configuration files held against the command grammar."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from pydantic import JsonValue

from device_configs.grammar.check import check_text
from device_configs.grammar.family import FamilyName, load_family
from device_configs.grammar.faults import CommandFault, FaultKind
from ops_core.kernel.command_line import print_json
from ops_core.kernel.errors import Invalid

EXIT_OUTSIDE = 3
"""No line is wrong, and some are outside what the grammar knows."""


def add_commands(net: typer.Typer) -> None:
    """Add the grammar's commands to the group ``net``."""
    net.command("check-text")(check_files)


def check_files(
    files: Annotated[list[Path], typer.Argument(help="Configuration texts.")],
    family: Annotated[FamilyName, typer.Option(help="The language of the texts.")],
    platform: Annotated[
        str, typer.Option(help="Refuse commands of the family's other platforms, too.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")] = False,
) -> None:
    """Hold configuration texts against the vendor's command grammar.

    Exit code 1: a line is wrong. 3: none is, and some are outside what the grammar knows.
    """
    known = load_family(family.value).platforms
    if platform and platform not in known:
        raise Invalid(
            f"{family.value} has no platform {platform!r}", "", f"known: {', '.join(known)}"
        )
    faults = [
        fault
        for file in files
        for fault in check_text(family.value, _read(file), str(file), platform or None)
    ]
    outside = [fault for fault in faults if fault.kind is FaultKind.OUTSIDE]
    wrong = len(faults) - len(outside)
    if as_json:
        print_json({
            "valid": not faults, "wrong": wrong, "outside": len(outside),
            "faults": [_as_json(fault) for fault in faults],
        })  # fmt: skip
    else:
        for fault in faults:
            mark = "outside what is known: " if fault.kind is FaultKind.OUTSIDE else ""
            typer.echo(f"{mark}{fault}")
        counted = "no fault" if not faults else f"{wrong} faults, {len(outside)} outside"
        typer.echo(f"{len(files)} files, {counted}", err=bool(faults))
    raise typer.Exit(1 if wrong else EXIT_OUTSIDE if outside else 0)


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"{file} cannot be read", str(error), "give a text file in UTF-8") from error


def _as_json(fault: CommandFault) -> JsonValue:
    return {**asdict(fault), "allowed": list(fault.allowed), "message": fault.message}
