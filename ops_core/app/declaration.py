"""``zhishou check``: what is wrong with the declaration, all of it at once."""

from dataclasses import asdict
from pathlib import Path

import typer
from pydantic import JsonValue

from device_configs.site import load_site
from device_configs.site.faults import SiteInvalid
from ops_core.kernel.command_line import print_json


def check(inventory: Path, as_json: bool) -> int:
    """Print the faults of the declaration, or what it holds; returns the exit code."""
    try:
        site = load_site(inventory)
    except SiteInvalid as invalid:
        faults: list[JsonValue] = [asdict(fault) for fault in invalid.faults]
        if as_json:
            print_json({"valid": False, "faults": faults})
        else:
            typer.echo(str(invalid), err=True)
            many = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
            typer.echo(f"{many}; nothing may be deployed from this.", err=True)
        return 1
    counts: dict[str, JsonValue] = {
        "devices": len(site.devices),
        "links": len(site.links),
        "networks": len(site.networks),
        "circuits": len(site.circuits),
        "services": len(site.services),
        "seats": len(site.seats),
        "rules": sum(len(rule_set.rules) for rule_set in site.rule_sets.values()),
        "shared_risk_groups": len(site.shared_risk_groups),
        "accepted_risks": len(site.accepted_risks),
        "accounts": len(site.accounts),
        "calendar_years": len(site.calendar.years),
    }
    if as_json:
        print_json({"valid": True, **counts})
    else:
        held = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items())
        typer.echo(f"{site.name}: {held}; no fault")
    return 0
