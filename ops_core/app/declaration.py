"""``zhishou check``: what is wrong with the declaration, all of it at once."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import typer
from pydantic import JsonValue

from device_configs.site import load_site
from device_configs.site.faults import SiteInvalid
from ops_core.kernel.calendar_file import FILE as CALENDAR
from ops_core.kernel.calendar_file import load_calendar
from ops_core.kernel.command_line import print_json
from ops_core.kernel.errors import Invalid


def check(inventory: Path, as_json: bool) -> int:
    """Print the faults of the declaration, or what it holds; returns the exit code."""
    try:
        site = load_site(inventory)
        calendar = load_calendar(inventory)
    except SiteInvalid as invalid:
        return _tell([asdict(fault) for fault in invalid.faults], str(invalid), as_json)
    except Invalid as refusal:
        lines = refusal.detail.splitlines()
        return _tell([{"file": CALENDAR, "found": line} for line in lines], str(refusal), as_json)
    counts: dict[str, JsonValue] = {
        "devices": len(site.devices),
        "links": len(site.links),
        "networks": len(site.networks),
        "circuits": len(site.circuits),
        "services": len(site.services),
        "seats": len(site.seats),
        "calendar_years": len(calendar.years),
    }
    if as_json:
        print_json({"valid": True, **counts})
    else:
        held = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items())
        typer.echo(f"{site.name}: {held}; no fault")
    return 0


def _tell(faults: Sequence[JsonValue], text: str, as_json: bool) -> int:
    if as_json:
        print_json({"valid": False, "faults": list(faults)})
    else:
        typer.echo(text, err=True)
        typer.echo(f"{len(faults)} faults; nothing may be deployed from this.", err=True)
    return 1
