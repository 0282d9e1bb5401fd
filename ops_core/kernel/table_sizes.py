"""How much each table holds: rows by year (UTC) of recording; bytes on disk, indexes included."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Column, MetaData, Table, extract, func, select, text
from sqlalchemy.orm import Session

from ops_core.kernel.database import UtcDateTime

_SQLITE = """
SELECT coalesce(object.tbl_name, page.name), sum(page.pgsize)
FROM dbstat AS page LEFT JOIN sqlite_master AS object ON object.name = page.name GROUP BY 1
"""
_POSTGRESQL = """
SELECT relname, pg_total_relation_size(relid) FROM pg_stat_user_tables
"""


@dataclass(frozen=True, slots=True)
class TableSize:
    """One table. ``by_year`` is empty for one without an instant; it counts rows."""

    table: str
    rows: int
    bytes: int
    by_year: Mapping[int, int] = field(default_factory=dict)


def table_sizes(session: Session, metadata: MetaData) -> list[TableSize]:
    """Every declared table, the largest first."""
    statement = _SQLITE if session.get_bind().dialect.name == "sqlite" else _POSTGRESQL
    sizes = {name: int(size) for name, size in session.execute(text(statement))}
    found = [_size_of(session, table, sizes.get(table.name, 0)) for table in metadata.sorted_tables]
    return sorted(found, key=lambda size: (-size.bytes, size.table))


def _size_of(session: Session, table: Table, size: int) -> TableSize:
    column = _time_column(table)
    if column is None:
        rows = session.scalar(select(func.count()).select_from(table)) or 0
        return TableSize(table.name, rows, size)
    is_zoned = session.get_bind().dialect.name == "postgresql"
    # PostgreSQL reads an instant in the session's zone.
    year = extract("year", func.timezone("UTC", column) if is_zoned else column)
    counted = session.execute(select(year, func.count()).group_by(year).order_by(year))
    by_year = {int(year): count for year, count in counted}
    return TableSize(table.name, sum(by_year.values()), size, by_year)


def _time_column(table: Table) -> Column[object] | None:
    """When a row was made: the first instant that every row has."""
    instants = (c for c in table.columns if isinstance(c.type, UtcDateTime) and not c.nullable)
    return next(instants, None)
