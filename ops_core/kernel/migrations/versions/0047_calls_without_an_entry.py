"""Calls that were taken or lost in a queue are calls, too, where nobody reported their entry.

They were in no indicator: with the line of its entry an abandoned caller was lost from the figure.
Rows and tallies follow from the events, which are not touched.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

_ZONE = ZoneInfo("Asia/Shanghai")  # the days of tallies
_LOST = {
    "ABANDON": "abandoned", "EXITWITHTIMEOUT": "timed_out", "EXITEMPTY": "overflowed",
    "EXITWITHKEY": "left_by_key", "AGENTDUMP": "dropped",
}  # fmt: skip
_TRANSFERS = ("BLINDTRANSFER", "ATTENDEDTRANSFER")
_ENDS = {**_LOST, **dict.fromkeys((*_TRANSFERS, "COMPLETEAGENT", "COMPLETECALLER"), "unknown")}
_NO_QUEUE = ("", "NONE")
_CHANNEL = re.compile(r"^(?:[A-Za-z]+/)?([0-9]{2,8})(?:[@/-].*)?$")
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
    sa.column("transfers", sa.Integer),
)  # fmt: skip
_SIGN_INS = sa.table(
    "seat_sign_ins", sa.column("id", sa.BigInteger), sa.column("seat", sa.Integer),
    sa.column("person", sa.Text), sa.column("at", _INSTANT), sa.column("until", _INSTANT),
)  # fmt: skip
_TALLIES = sa.table(
    "call_tallies", sa.column("day", sa.Text), sa.column("outcome", sa.Text),
    sa.column("offered", sa.Boolean), sa.column("count", sa.Integer),
)  # fmt: skip


def upgrade() -> None:
    connection = op.get_bind()
    for events in _without_an_entry(connection):
        call = _call_of(connection, events)
        connection.execute(sa.insert(_CALLS).values(call))
        _tally(connection, call, 1)


def downgrade() -> None:
    connection = op.get_bind()
    for events in _without_an_entry(connection):
        call = _call_of(connection, events)
        connection.execute(sa.delete(_CALLS).where(_CALLS.c.call == call["call"]))
        _tally(connection, call, -1)


def _without_an_entry(connection: sa.Connection) -> Iterator[Sequence[sa.Row[Any]]]:
    """The events of each call that was taken or lost in a queue and whose entry is missing."""
    event, other = _EVENTS, _EVENTS.alias()
    this = sa.and_(other.c.source == event.c.source, other.c.call == event.c.call)
    known = sa.exists().where(this, other.c.kind == "ENTERQUEUE")
    of_queue = other.c.queue.not_in(_NO_QUEUE)
    was_in = sa.exists().where(this, other.c.kind.in_(["CONNECT", *_LOST]), of_queue)
    order = (event.c.source, event.c.call, event.c.at, event.c.sequence)
    rows = connection.execute(
        sa.select(event).where(event.c.call != "", ~known, was_in).order_by(*order)
    )
    found = defaultdict(list)
    for row in rows:
        found[row.source, row.call].append(row)
    yield from found.values()


def _call_of(connection: sa.Connection, events: Sequence[sa.Row[Any]]) -> dict[str, Any]:
    """What they amount to, by the rules of this revision's day."""
    heard = next(e for e in events if e.queue not in _NO_QUEUE)
    taken = next((e for e in events if e.kind == "CONNECT"), None)
    source = heard.source.replace("%", "%25").replace(":", "%3A")
    rung = {(e.at, e.agent) for e in events if e.kind == "RINGNOANSWER"}
    moved = {(e.at, e.kind, e.agent) for e in events if e.kind in _TRANSFERS}
    return {
        "call": f"{source}:{heard.call}",
        "entered_at": heard.at,
        "queue": heard.queue,
        **(_lost(events) if taken is None else _answered(connection, events, taken)),
        "rung": len(rung),
        "transfers": len(moved),
    }


def _lost(events: Sequence[sa.Row[Any]]) -> Mapping[str, Any]:
    last = next(e for e in reversed(events) if e.kind in _ENDS)
    ended = {"outcome": _ENDS[last.kind], "left_at": last.at}
    return {**ended, "answered_at": None, "agent": "", "seat": None}


def _answered(
    connection: sa.Connection, events: Sequence[sa.Row[Any]], taken: sa.Row[Any]
) -> Mapping[str, Any]:
    last = next(e for e in reversed(events) if e.kind != "RINGNOANSWER")
    left_at = _start_after(connection, events[-1]) if last.kind == "CONNECT" else last.at
    return {
        "outcome": "answered",
        "answered_at": taken.at,
        "left_at": left_at,
        "agent": _person(connection, taken),
        "seat": taken.seat,
    }


def _start_after(connection: sa.Connection, last: sa.Row[Any]) -> datetime | None:
    """When the telephone system lost what still went on."""
    event = _EVENTS.c
    later = sa.or_(event.at > last.at, sa.and_(event.at == last.at, event.sequence > last.sequence))
    start = sa.select(event.at).where(
        event.source == last.source, event.kind == "QUEUESTART", later
    )  # fmt: skip
    return connection.scalars(start.order_by(event.at, event.sequence).limit(1)).first()


def _person(connection: sa.Connection, taken: sa.Row[Any]) -> str:
    """Who was signed in at the seat of a channel; else what the log says."""
    if taken.seat is None or _CHANNEL.match(taken.agent) is None:
        return str(taken.agent)
    signed = _SIGN_INS.c
    asked = sa.select(_SIGN_INS).where(signed.seat == taken.seat, signed.at <= taken.at)
    last = connection.execute(asked.order_by(signed.at.desc(), signed.id.desc()).limit(1)).first()
    is_there = last is not None and taken.at < last.until and last.person
    return str(last.person) if last is not None and is_there else str(taken.agent)


def _tally(connection: sa.Connection, call: dict[str, Any], by: int) -> None:
    entered: datetime = call["entered_at"]
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
