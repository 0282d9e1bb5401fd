"""``zhishou calendar ...``: the working days that every deadline is computed from."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from ops_core.kernel.command_line import command_group, print_json

if TYPE_CHECKING:
    from ops_core.kernel.working_days import WorkCalendar

calendar = command_group("calendar", "Working days and deadlines.")

AsJson = Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")]
Day = Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="A day, as 2026-09-30.")]


@calendar.command("show")
def show(as_json: AsJson = False) -> None:
    """The published years: notice, days off, make-up days."""
    found = _calendar()
    if as_json:
        print_json(
            {
                "version": found.version,
                "years": {
                    str(year): {
                        "notice": entry.notice,
                        "holidays": [day.isoformat() for day in sorted(entry.holidays)],
                        "make_up_days": [day.isoformat() for day in sorted(entry.make_up_days)],
                    }
                    for year, entry in sorted(found.years.items())
                },
            }
        )
        return
    typer.echo(f"version {found.version}")
    for year, entry in sorted(found.years.items()):
        first, last = date(year - 1, 12, 31), date(year, 12, 31)
        # The day before the year is the start of the count and itself never looked up.
        typer.echo(f"{year}  {entry.notice}  {found.between(first, last)} working days")
        typer.echo(f"      off: {' '.join(f'{d:%m-%d}' for d in sorted(entry.holidays))}")
        typer.echo(f"  make-up: {' '.join(f'{d:%m-%d}' for d in sorted(entry.make_up_days))}")


@calendar.command("after")
def after(
    day: Day,
    count: Annotated[int, typer.Argument(min=1, help="How many working days.")],
    as_json: AsJson = False,
) -> None:
    """The day that is so many working days after a day, which itself does not count."""
    found = _calendar()
    last = found.after(day.date(), count)
    if as_json:
        print_json({"day": last.isoformat(), "version": found.version})
    else:
        typer.echo(last.isoformat())


def _calendar() -> "WorkCalendar":
    from device_configs.site import load_site
    from ops_core.kernel.settings import load_settings

    return load_site(load_settings().inventory).calendar
