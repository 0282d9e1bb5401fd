"""``zhishou data ...``: what is stored, how much of it, and copies that prove themselves."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from pydantic import JsonValue

from monitors.samples import Tags, tags_of
from monitors.store.protocol import StoreUnavailable
from monitors.store.rollup import Rollup
from monitors.store.rollup_protocol import SeriesKey
from ops_core.app.metric_stores import LEDGER_FILE, SQLITE_FILE, opened_history
from ops_core.app.tables import TABLE_MODULES
from ops_core.kernel.archive import Archived, ClosedMonth, archive, closed_months, verify_archive
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.command_line import command_group, print_json, stored
from ops_core.kernel.errors import Conflict, Invalid
from ops_core.kernel.i18n import message, translate
from ops_core.kernel.migrations import load_metadata
from ops_core.kernel.settings import load_settings
from ops_core.kernel.table_sizes import TableSize, table_sizes

data = command_group("data", "What is stored: its size, and archives of it.")

ARCHIVE = "archive"
AsJson = Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")]
Folder = Annotated[
    Path | None, typer.Option("--folder", help="Where archives are; archive/ of the state if unset")
]


@data.command("sizes")
def sizes(as_json: AsJson = False) -> None:
    """Show rows and bytes of every table, and of the metric store's files."""
    with stored(TABLE_MODULES) as database, database.reading() as session:
        found = table_sizes(session, load_metadata(TABLE_MODULES))
    files = _files()
    if as_json:
        print_json({"tables": [_size_json(size) for size in found], "files": dict(files)})
        return
    for size in found:
        years = " ".join(f"{year}:{count}" for year, count in size.by_year.items())
        typer.echo(f"{size.table}\t{size.rows}\t{size.bytes}\t{years}")
    for name, count in files.items():
        typer.echo(f"{name}\t\t{count}\t")


@data.command("history")
def history(
    measurement: Annotated[str, typer.Argument(help="Such as interface.")],
    field: Annotated[str, typer.Argument(help="Such as ifHCInOctets_rate.")],
    tag: Annotated[list[str], typer.Option(help="KEY=VALUE; all tags of the series.")],
    hours: Annotated[float, typer.Option(min=0.01, help="How far back.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Show a series: as measured, in 5 minutes or in hours, whichever fits the span."""
    now = SystemClock().now()
    series = SeriesKey(measurement, _tags(tag), field)
    start = now - timedelta(hours=hours)
    with opened_history(load_settings()) as reader, _refusing():
        found = reader.read(series, start, now, now)
    if as_json:
        values: list[JsonValue] = [_value_json(value) for value in found.values]
        print_json({"resolution": found.resolution.label, "values": values})
        return
    typer.echo(found.resolution.label)
    for value in found.values:
        at = value.start.isoformat(timespec="seconds")
        typer.echo(f"{at}\t{value.count}\t{value.low}\t{value.mean}\t{value.high}\t{value.last}")


@data.command("archive")
def archive_months(
    before: Annotated[str, typer.Option(help="Months that are over on this day, as 2026-11-01.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be written.")
    ] = False,
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Copy closed months of the audit chain and the events into files; nothing is removed.

    What is archived already is left as it is. The current month is never closed.
    """
    where = folder or load_settings().state_directory / ARCHIVE
    until = min(_day(before), SystemClock().now())
    written: list[ClosedMonth] = []
    with stored() as database, database.reading() as session:
        for what in Archived:
            for month in closed_months(session, where, what, until):
                if not dry_run:
                    archive(session, where, month)
                written.append(month)
    _show_months(written, dry_run, as_json)


@data.command("verify")
def verify(folder: Folder = None, as_json: AsJson = False) -> None:
    """Check every archive, and the chain's beside the database; exit code 1 for a flaw."""
    where = folder or load_settings().state_directory / ARCHIVE
    with stored() as database, database.reading() as session:
        flaws = [flaw for what in Archived for flaw in verify_archive(session, where, what)]
    if as_json:
        found: list[JsonValue] = [{"file": f.file, "detail": _(f.detail)} for f in flaws]
        print_json({"intact": not flaws, "flaws": found})
    elif not flaws:
        typer.echo(_("存档完整"))
    else:
        for flaw in flaws:
            typer.echo(f"{flaw.file}\t{_(flaw.detail)}")
    raise typer.Exit(1 if flaws else 0)


def _(text: str) -> str:
    return translate(text, load_settings().language)


def _tags(texts: list[str]) -> Tags:
    pairs = [text.partition("=") for text in texts]
    for text, (key, equals, value) in zip(texts, pairs, strict=True):
        if not (key and equals and value):
            raise Invalid("标签格式不正确", message("{text} 不是 键=值。", text=text))
    return tags_of(**{key: value for key, _, value in pairs})


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except StoreUnavailable as error:
        words = message("{error}", error=str(error))
        raise Conflict("指标库不可用", words, "稍后再试，或查看平台的运行状态。") from error


def _value_json(value: Rollup) -> dict[str, JsonValue]:
    states = value.occurrences
    return {
        "at": value.start.isoformat(),
        "count": value.count,
        "low": value.low,
        "mean": value.mean,
        "high": value.high,
        "last": value.last,
        "last_at": value.last_at.isoformat(),
        "occurrences": None if states is None else dict(states),
    }


def _day(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        words = message("{text} 不是 年-月-日。", text=text)
        raise Invalid("日期格式不正确", words, "日期形如 2026-11-01。") from None


def _files() -> dict[str, int]:
    """Bytes of the metric store's files, where they are ours."""
    state = load_settings().state_directory
    names = (SQLITE_FILE, f"{SQLITE_FILE}-wal", LEDGER_FILE)
    return {name: (state / name).stat().st_size for name in names if (state / name).exists()}


def _size_json(size: TableSize) -> dict[str, JsonValue]:
    by_year: dict[str, JsonValue] = {str(year): rows for year, rows in size.by_year.items()}
    return {"table": size.table, "rows": size.rows, "bytes": size.bytes, "by_year": by_year}


def _show_months(months: list[ClosedMonth], dry_run: bool, as_json: bool) -> None:
    if as_json:
        found: list[JsonValue] = [
            {"table": m.what.value, "month": m.month, "first": m.first, "last": m.last}
            for m in months
        ]
        print_json({"written": not dry_run, "months": found})
        return
    for m in months:
        typer.echo(f"{m.what}\t{m.month}\t{m.first}\t{m.last}")
