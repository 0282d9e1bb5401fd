"""A merged order is summed by the answer of its lead order; orders that came back have an index."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

_ZONE = ZoneInfo("Asia/Shanghai")
_DAY, _INSTANT = timedelta(days=1), timedelta(microseconds=1)
_AT = sa.DateTime(timezone=True)
_CASES = sa.table(
    "cases", sa.column("number", sa.Text), sa.column("channel", sa.Text),
    sa.column("received_at", _AT),
)  # fmt: skip
_ORDERS = sa.table(
    "work_orders", sa.column("number", sa.Text), sa.column("case_number", sa.Text),
    sa.column("answered_at", _AT), sa.column("merged_into", sa.Text),
)  # fmt: skip
_SUMS = sa.table(
    "day_sums", sa.column("series", sa.Text), sa.column("day", sa.Text),
    sa.column("kind", sa.Text), sa.column("count", sa.Integer),
)  # fmt: skip
_LEADS = _ORDERS.alias("leads")


def upgrade() -> None:
    came_back = sa.text("returns > 0")
    op.create_index(
        "ix_work_orders_returned",
        "work_orders",
        ["first_dispatched_at", "number"],
        sqlite_where=came_back,
        postgresql_where=came_back,
    )
    _move(-1)


def downgrade() -> None:
    _move(1)
    op.drop_index("ix_work_orders_returned", "work_orders")


def _move(unanswered: int) -> None:
    """Orders that have their lead's answer, from the ones without one (-1) or back to them (1)."""
    moves: Counter[tuple[str, str]] = Counter()
    for received, answered in op.get_bind().execute(_answered_with_their_lead()).all():
        kind = "at_once" if answered <= received + _DAY else _day_of(answered - _INSTANT)
        moves[_day_of(received), ""] += unanswered
        moves[_day_of(received), kind] -= unanswered
    for (day, kind), by in moves.items():
        _add(day, kind, by)


def _answered_with_their_lead() -> sa.Select[Any]:
    return (
        sa.select(_CASES.c.received_at, _LEADS.c.answered_at)
        .select_from(_ORDERS)
        .join(_CASES, _CASES.c.number == _ORDERS.c.case_number)
        .join(_LEADS, _LEADS.c.number == _ORDERS.c.merged_into)
        .where(_CASES.c.channel.in_(("web", "wechat")), _LEADS.c.answered_at.is_not(None))
        .where(_ORDERS.c.answered_at.is_(None))
    )


def _add(day: str, kind: str, by: int) -> None:
    of_sum = (_SUMS.c.series == "web_answers") & (_SUMS.c.day == day) & (_SUMS.c.kind == kind)
    found = op.get_bind().execute(
        sa.update(_SUMS).where(of_sum).values(count=_SUMS.c.count + by)
    )  # fmt: skip
    if not found.rowcount:
        row = {"series": "web_answers", "day": day, "kind": kind, "count": by}
        op.get_bind().execute(sa.insert(_SUMS).values(row))


def _day_of(at: datetime) -> str:
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return f"{aware.astimezone(_ZONE):%Y-%m-%d}"
