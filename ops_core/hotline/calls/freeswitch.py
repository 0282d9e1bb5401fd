"""FreeSWITCH's records of calls in mod_callcenter's queues, as mod_cdr_csv writes them (pure).

mod_cdr_csv writes one line a leg when it ends, by a template of the site and without a header. Ours
begins with a word of its own, so that a file is known by any of its lines; the variables are those
that mod_callcenter sets on the caller's leg. A line is one call's whole stay in the queue: it
gives entry, answer and end as events, numbered by what they are, in whatever order lines come.
"""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType

from ops_core.hotline.calls.caller_id import caller_number
from ops_core.hotline.calls.model import CallEvent, CallEventKind
from ops_core.hotline.calls.queue_log import (
    LONGEST_CALL,
    LONGEST_NAME,
    IncomingEvent,
    LogReading,
    extension_of,
    instant_of,
)
from ops_core.kernel.strict_csv import read_records

MARK = "callcenter,"
COLUMNS = (
    "mark", "uuid", "cc_side", "cc_queue", "caller_id_number", "cc_queue_joined_epoch",
    "cc_queue_answered_epoch", "cc_queue_terminated_epoch", "cc_queue_canceled_epoch",
    "cc_cancel_reason", "cc_agent", "end_epoch", "sip_hangup_disposition",
)  # fmt: skip
TEMPLATE = MARK + ",".join(f'"${{{name}}}"' for name in COLUMNS[1:])
"""For ``<template name="callcenter">`` in cdr_csv.conf.xml."""
_LEFT_BY: Mapping[str, CallEventKind] = MappingProxyType(
    {
        "TIMEOUT": CallEventKind.EXITWITHTIMEOUT,
        "NO_AGENT_TIMEOUT": CallEventKind.EXITEMPTY,
        "EXIT_WITH_KEY": CallEventKind.EXITWITHKEY,
        "BREAK_OUT": CallEventKind.ABANDON,
        "NONE": CallEventKind.ABANDON,
        "": CallEventKind.ABANDON,
    }
)
"""mod_callcenter's MEMBER_CANCEL_REASON_CHART; a caller who hangs up breaks out."""
_HUNG_UP_BY_CALLER = "recv_bye"
AGENT_LEG, NO_QUEUE = "agent leg", "no queue"
"""What is passed over, and counted."""
_CONTENT_BITS = 31


def read_callcenter(lines: Iterable[str], name: str, reading: LogReading, first: int = 1) -> None:
    """Read lines of such a file; ``first`` is the number of the first one."""
    for record in read_records(lines):
        number = record.line + first - 1
        if record.problem:
            reading.refuse(name, number, "line", record.problem, record.remedy)
        elif len(record.cells) != len(COLUMNS) or f"{record.cells[0]}," != MARK:
            reading.refuse(name, number, "line", f"{len(record.cells)} cells",
                           f"set the template of cdr_csv.conf.xml to {TEMPLATE}")  # fmt: skip
        else:
            _take(dict(zip(COLUMNS, record.cells, strict=True)), name, number, reading)


def _take(row: Mapping[str, str], name: str, number: int, reading: LogReading) -> None:
    if row["cc_side"] == "agent":
        reading.passed_over[AGENT_LEG] += 1
        return
    if not row["cc_queue"]:
        reading.passed_over[NO_QUEUE] += 1
        return
    problem = _problem(row, reading)
    if problem is not None:
        column, remedy = problem
        reading.refuse(name, number, column, row[column], remedy)
        return
    reading.events += _events(row, reading)


def _problem(row: Mapping[str, str], reading: LogReading) -> tuple[str, str] | None:
    """The first column that cannot be read, and what to do about it."""
    if not row["uuid"] or not row["uuid"].isprintable() or len(row["uuid"]) > LONGEST_CALL:
        return "uuid", f"give the call's identifier, at most {LONGEST_CALL} characters"
    for column in COLUMNS:
        optional = column not in ("cc_queue_joined_epoch", "end_epoch")
        if not column.endswith("_epoch") or (optional and not row[column]):
            continue
        if instant_of(row[column], reading.source.zone) is None:
            return column, "give seconds since 1970"
    if not row["cc_queue_answered_epoch"] and row["cc_cancel_reason"] not in _LEFT_BY:
        return "cc_cancel_reason", f"use one of {', '.join(filter(None, _LEFT_BY))}"
    for column in ("cc_queue", "cc_agent"):
        if not row[column].isprintable() or len(row[column]) > LONGEST_NAME:
            return column, f"give at most {LONGEST_NAME} characters, without control characters"
    return None


def _events(row: Mapping[str, str], reading: LogReading) -> Iterable[IncomingEvent]:
    """Entry, answer and end, as far as there was any."""
    entered = _event(row, reading, CallEventKind.ENTERQUEUE, row["cc_queue_joined_epoch"])
    yield IncomingEvent(entered, caller_number(row["caller_id_number"]), seat_by_extension=True)
    if row["cc_queue_answered_epoch"]:
        by_caller = row["sip_hangup_disposition"] == _HUNG_UP_BY_CALLER
        over = CallEventKind.COMPLETECALLER if by_caller else CallEventKind.COMPLETEAGENT
        ended = row["cc_queue_terminated_epoch"] or row["end_epoch"]
        answered = row["cc_queue_answered_epoch"]
        taken = _event(row, reading, CallEventKind.CONNECT, answered)
        yield IncomingEvent(taken, seat_by_extension=True)
        yield IncomingEvent(_event(row, reading, over, ended), seat_by_extension=True)
    else:
        left = _LEFT_BY[row["cc_cancel_reason"]]
        ended = row["cc_queue_canceled_epoch"] or row["end_epoch"]
        yield IncomingEvent(_event(row, reading, left, ended), seat_by_extension=True)


def _event(
    row: Mapping[str, str], reading: LogReading, kind: CallEventKind, epoch: str
) -> CallEvent:
    source = reading.source
    at = instant_of(epoch, source.zone)
    if at is None:
        raise ValueError(f"{epoch!r} was checked before")
    taken = kind in (
        CallEventKind.CONNECT, CallEventKind.COMPLETECALLER, CallEventKind.COMPLETEAGENT,
    )  # fmt: skip
    agent = row["cc_agent"] if taken else ""
    return CallEvent(
        source.name, _sequence(row["uuid"], kind, at), row["uuid"], kind, at,
        row["cc_queue"].partition("@")[0], agent, source.seats.get(extension_of(agent)),
    )  # fmt: skip


def _sequence(uuid: str, kind: CallEventKind, at: datetime) -> int:
    """An event's own number: grows with the second; below 2**63."""
    digest = hashlib.blake2b(f"{uuid} {kind.value}".encode(), digest_size=4).digest()
    content = int.from_bytes(digest) & ((1 << _CONTENT_BITS) - 1)
    return (int(at.astimezone(UTC).timestamp()) << _CONTENT_BITS) | content
