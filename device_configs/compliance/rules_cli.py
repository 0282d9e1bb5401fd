"""``zhishou net check-rules``: configuration files held against the compliance rules."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter

from device_configs.compliance.rule_documents import load_rules
from device_configs.compliance.rules_check import (
    ComplianceFinding,
    ComplianceState,
    check_compliance,
)
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.command_line import print_json
from ops_core.kernel.errors import Invalid


class RuledFamily(StrEnum):
    """The languages that rules are written for."""

    HUAWEI_VRP = "huawei_vrp"
    H3C_COMWARE = "h3c_comware"
    ARISTA_EOS = "arista_eos"
    FRR = "frr"


def add_commands(net: typer.Typer) -> None:
    """Add the rules' command to the group ``net``."""
    net.command("check-rules")(check_rules)


def check_rules(
    files: Annotated[list[Path], typer.Argument(help="Configuration texts, one a device.")],
    family: Annotated[RuledFamily, typer.Option(help="The language of the texts.")],
    production: Annotated[
        bool, typer.Option(help="Ask what only a site in production must keep, too.")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")] = False,
) -> None:
    """Hold configurations against the compliance rules; exit code 1 on a finding.

    The file's name without its suffix is the device's. Exceptions of a declaration do not apply.
    """
    rules = load_rules()
    today = SystemClock().now().date()
    found = [
        finding
        for file in files
        for finding in check_compliance(
            file.stem, family.value, _texts(family, file), rules, today=today, production=production
        )
    ]
    if as_json:
        print_json(TypeAdapter(list[ComplianceFinding]).dump_python(found, mode="json"))
    else:
        for finding in found:
            typer.echo(_line(finding))
    raise typer.Exit(1 if found else 0)


def _line(finding: ComplianceFinding) -> str:
    if finding.state is ComplianceState.UNKNOWN:
        what = "unknown: there is no configuration to judge"
    elif finding.missing and finding.line:
        what = f"missing in line {finding.line}: {finding.text}"
    elif finding.missing:
        what = "missing"
    else:
        what = f"line {finding.line}: {finding.text}"
    return f"{finding.device}: {finding.rule}: {what}; {finding.remedy.en}"


def _texts(family: RuledFamily, file: Path) -> str | dict[str, str]:
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"{file} cannot be read", str(error), "give a text file in UTF-8") from error
    return {str(file.resolve()): text} if family is RuledFamily.FRR else text
