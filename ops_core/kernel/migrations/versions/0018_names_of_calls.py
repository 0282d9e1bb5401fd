"""Calls are named by their telephone system and its identifier: ``<source>:<identifier>``.

Two systems that gave one identifier had one call, and what became of the other's caller was lost.
Names follow from the events, which are not touched; a call without any gets the only source
there is, else ``unknown``. A call that several sources reported becomes one of each; what
named it, a rating or a request, goes with the one that was taken first.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_ZONE = ZoneInfo("Asia/Shanghai")  # the days of tallies
_ENDS = {
    "ABANDON": "abandoned", "EXITWITHTIMEOUT": "timed_out", "EXITEMPTY": "overflowed",
    "EXITWITHKEY": "left_by_key", "AGENTDUMP": "dropped", "BLINDTRANSFER": "unknown",
    "ATTENDEDTRANSFER": "unknown", "COMPLETEAGENT": "unknown", "COMPLETECALLER": "unknown",
}  # fmt: skip
_TRANSFERS = ("BLINDTRANSFER", "ATTENDEDTRANSFER")
_INSTANT = sa.DateTime(timezone=True)
_EVENTS = sa.table(
    "call_events", sa.column("source", sa.Text), sa.column("sequence", sa.BigInteger),
    sa.column("call", sa.Text), sa.column("kind", sa.Text), sa.column("at", _INSTANT),
    sa.column("queue", sa.Text), sa.column("agent", sa.Text), sa.column("seat", sa.Integer),
)  # fmt: skip
_CALLS = sa.table(
    "calls", sa.column("call", sa.Text), sa.column("entered_at", _INSTANT),
    sa.column("queue", sa.Text), sa.column("outcome", sa.Text),
    sa.column("answered_at", _INSTANT), sa.column("left_at", _INSTANT),
    sa.column("agent", sa.Text), sa.column("seat", sa.Integer), sa.column("rung", sa.Integer),
    sa.column("transfers", sa.Integer), sa.column("requester_id", sa.BigInteger),
)  # fmt: skip
_TALLIES = sa.table(
    "call_tallies", sa.column("day", sa.Text), sa.column("outcome", sa.Text),
    sa.column("offered", sa.Boolean), sa.column("count", sa.Integer),
)  # fmt: skip
_CASES = sa.table("cases", sa.column("call", sa.Text))
_RATINGS = sa.table("attitude_ratings", sa.column("subject", sa.Text))
_NAMING = ((_CASES, _CASES.c.call, ""), (_RATINGS, _RATINGS.c.subject, "call:"))
"""What names a call, and what stands before the name."""


def upgrade() -> None:
    connection = op.get_bind()
    shared = _shared(connection)
    default = _default_source(connection)
    for table, column, begin in (*_NAMING, (_CALLS, _CALLS.c.call, "")):
        identifier = sa.func.substr(column, len(begin) + 1)
        events = _EVENTS.alias()
        source = sa.select(sa.func.min(events.c.source)).where(events.c.call == identifier)
        name = _escaped(sa.func.coalesce(source.scalar_subquery(), default)) + ":" + identifier
        named = sa.func.substr(column, 1, len(begin)) == begin
        op.execute(sa.update(table).where(named).values({column.name: begin + name}))
    starts = connection.execute(sa.select(_EVENTS).where(_EVENTS.c.kind == "QUEUESTART")).all()
    for call in shared:
        _divide(connection, call, starts)
    op.create_index("ix_call_events_call_source", "call_events", ["call", "source"])
    op.drop_index("ix_call_events_call", "call_events")


def downgrade() -> None:
    """Raises ValueError where two calls would be one again: no earlier release holds both."""
    connection = op.get_bind()
    if shared := _shared(connection):
        raise ValueError(f"calls of several telephone systems bear one identifier: {shared[:5]}")
    op.create_index("ix_call_events_call", "call_events", ["call"])
    op.drop_index("ix_call_events_call_source", "call_events")
    cut = sa.func.instr if connection.dialect.name == "sqlite" else sa.func.strpos
    for table, column, begin in (*_NAMING, (_CALLS, _CALLS.c.call, "")):
        name = sa.func.substr(column, len(begin) + 1)
        plain = begin + sa.func.substr(name, cut(name, ":") + 1)
        named = sa.func.substr(column, 1, len(begin)) == begin
        op.execute(sa.update(table).where(named).values({column.name: plain}))


def _escaped(source: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    return sa.func.replace(sa.func.replace(source, "%", "%25"), ":", "%3A", type_=sa.Text)


def _name(source: str, identifier: str) -> str:
    return f"{source.replace('%', '%25').replace(':', '%3A')}:{identifier}"


def _shared(connection: sa.Connection) -> Sequence[str]:
    """Identifiers that several sources reported."""
    source = _EVENTS.c.source
    several = sa.func.min(source) != sa.func.max(source)
    asked = sa.select(_EVENTS.c.call).where(_EVENTS.c.call != "").group_by(_EVENTS.c.call)
    return connection.scalars(asked.having(several)).all()


def _default_source(connection: sa.Connection) -> str:
    least, most = connection.execute(
        sa.select(sa.func.min(_EVENTS.c.source), sa.func.max(_EVENTS.c.source))
    ).one()
    return least if least is not None and least == most else "unknown"


def _divide(connection: sa.Connection, identifier: str, starts: Sequence[sa.Row[Any]]) -> None:
    """Have a call of each source where there was one of all."""
    events = connection.execute(sa.select(_EVENTS).where(_EVENTS.c.call == identifier)).all()
    sources = sorted({event.source for event in events})
    first = min(events, key=lambda e: (e.kind != "CONNECT", e.at, e.source, e.sequence)).source
    before, after = _name(sources[0], identifier), _name(first, identifier)
    for table, column, begin in _NAMING:
        follow = sa.update(table).where(column == begin + before)
        connection.execute(follow.values({column.name: begin + after}))
    stored = connection.execute(sa.select(_CALLS).where(_CALLS.c.call == before)).one_or_none()
    if stored is None:
        return
    connection.execute(sa.delete(_CALLS).where(_CALLS.c.call == before))
    _tally(connection, stored._mapping, -1)
    for source in sources:
        call = _call_of(source, identifier, events, starts)
        if call is None:
            continue
        call["requester_id"] = stored.requester_id if source == first else None
        connection.execute(sa.insert(_CALLS).values(call))
        _tally(connection, call, 1)


def _call_of(
    source: str, identifier: str, events: Sequence[sa.Row[Any]], starts: Sequence[sa.Row[Any]]
) -> dict[str, Any] | None:
    """What a source's events of a call amount to, by the rules of this revision's day."""
    mine = sorted((e for e in events if e.source == source), key=_order)
    entries = [event for event in mine if event.kind == "ENTERQUEUE"]
    if not entries:
        return None
    taken = next((event for event in mine if event.kind == "CONNECT"), None)
    outcome, left_at = _end(mine, taken)
    later = [s for s in starts if s.source == source and _order(s) > _order(mine[-1])]
    if left_at is None and later:
        outcome, left_at = outcome if taken else "unknown", min(later, key=_order).at
    return {
        "call": _name(source, identifier),
        "entered_at": entries[0].at,
        "queue": entries[0].queue,
        "outcome": outcome,
        "answered_at": taken.at if taken else None,
        "left_at": left_at,
        "agent": taken.agent if taken else "",
        "seat": taken.seat if taken else None,
        "rung": len({(e.at, e.agent) for e in mine if e.kind == "RINGNOANSWER"}),
        "transfers": len({(e.at, e.kind, e.agent) for e in mine if e.kind in _TRANSFERS}),
    }


def _order(event: sa.Row[Any]) -> tuple[datetime, int]:
    return event.at, event.sequence


def _end(mine: Sequence[sa.Row[Any]], taken: object) -> tuple[str, datetime | None]:
    if taken is not None:
        last = next(e for e in reversed(mine) if e.kind != "RINGNOANSWER")
        return "answered", None if last.kind in ("CONNECT", "ENTERQUEUE") else last.at
    last = next(e for e in reversed(mine) if e.kind in _ENDS or e.kind == "ENTERQUEUE")
    return ("waiting", None) if last.kind == "ENTERQUEUE" else (_ENDS[last.kind], last.at)


def _tally(connection: sa.Connection, call: Any, by: int) -> None:
    entered = call["entered_at"]
    aware = entered if entered.tzinfo else entered.replace(tzinfo=UTC)
    key = {
        "day": f"{aware.astimezone(_ZONE):%Y-%m-%d}",
        "outcome": call["outcome"],
        "offered": call["rung"] > 0 or call["answered_at"] is not None,
    }
    this = sa.and_(*(_TALLIES.c[name] == value for name, value in key.items()))
    more = sa.update(_TALLIES).where(this).values(count=_TALLIES.c.count + by)
    if connection.execute(more).rowcount == 0:
        connection.execute(sa.insert(_TALLIES).values(**key, count=by))
