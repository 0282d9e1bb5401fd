"""``zhishou compliance``: the devices held against the compliance rules."""

from typing import TYPE_CHECKING, Annotated

import typer

from ops_core.kernel.command_line import command_group, operator, print_json, stored

if TYPE_CHECKING:
    from collections.abc import Iterable

    from device_configs.compliance.rules_judgement import RuleVerdict

compliance = command_group("compliance", "Configurations against the compliance rules.")

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]
Limit = Annotated[
    list[str] | None, typer.Option("--limit", "-l", help="A device or role; may be repeated.")
]


@compliance.command("check")
def check(limit: Limit = None, as_json: AsJson = False) -> None:
    """Ask the devices now; exit code 1 a rule is violated, 2 only something unknown."""
    from device_configs.compliance.rules_service import check_rules
    from device_configs.deploy.remote import shells_to
    from device_configs.deploy.selection import select_devices
    from device_configs.deploy.work import DeploymentWork
    from device_configs.site import load_site
    from ops_core.kernel.clock import SystemClock
    from ops_core.kernel.events import EventBus
    from ops_core.kernel.settings import load_settings

    settings = load_settings()
    site = load_site(settings.inventory)
    devices = select_devices(site, limit or ())
    with stored() as database, shells_to(settings, site) as shells:
        work = DeploymentWork(site, settings, database, EventBus(), SystemClock())
        check_rules(work, shells, operator(), limit or ())
    _show(devices, as_json)


@compliance.command("show")
def show(limit: Limit = None, as_json: AsJson = False) -> None:
    """What the last checks say now, exceptions applied; exit codes as of check."""
    from device_configs.deploy.selection import select_devices
    from device_configs.site import load_site
    from ops_core.kernel.settings import load_settings

    _show(select_devices(load_site(load_settings().inventory), limit or ()), as_json)


def _show(devices: "Iterable[str]", as_json: bool) -> None:
    from zoneinfo import ZoneInfo

    from pydantic import TypeAdapter

    from device_configs.compliance.rule_documents import load_rules
    from device_configs.compliance.rules_check import ComplianceState
    from device_configs.compliance.rules_judgement import RuleVerdict, judge_rules
    from device_configs.compliance.rules_store import read_rules_checks
    from device_configs.site import load_site
    from ops_core.kernel.clock import SystemClock
    from ops_core.kernel.settings import load_settings

    site, chosen = load_site(load_settings().inventory), frozenset(devices)
    with stored() as database, database.reading() as session:
        checks = read_rules_checks(session)
    zone = ZoneInfo(site.contract.timezone)
    verdicts = tuple(
        verdict
        for verdict in judge_rules(site, load_rules(), checks, SystemClock().now(), zone)
        if verdict.device in chosen
    )
    if as_json:
        print_json(TypeAdapter(tuple[RuleVerdict, ...]).dump_python(verdicts, mode="json"))
    else:
        for verdict in verdicts:
            for line in _lines(verdict):
                typer.echo(line)
    states = {verdict.state for verdict in verdicts}
    if ComplianceState.VIOLATED in states:
        raise typer.Exit(1)
    if ComplianceState.UNKNOWN in states:
        raise typer.Exit(2)


def _lines(verdict: "RuleVerdict") -> "Iterable[str]":
    head = f"{verdict.device:10} {verdict.state:9} {verdict.rule.name}"
    if verdict.reason is not None:
        yield f"{head}: {verdict.problem or verdict.reason}"
        return
    if not verdict.places:
        yield head
    until = ""
    if verdict.exception is not None:
        name, day = verdict.exception.name, verdict.exception.until
        until = f"  ({name} {'ran out on' if verdict.expired else 'holds through'} {day})"
    for place in verdict.places:
        where = f"{place.file}:{place.line}" if place.line else place.file
        what = "missing" if place.missing else place.text
        yield f"{head}: {' '.join(filter(None, (where, what)))}{until}"
