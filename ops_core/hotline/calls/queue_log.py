"""Lines of a telephone system's log as call events (pure).

The columns are those of Asterisk's ``queue_log`` table (id, time, callid, queuename, agent, event,
data1 ...); other systems' exports are mapped to them. Events that say nothing of a call (an agent
pausing, a reload) are passed over by name; an event nobody knows is a fault, for it might be one
that decides an indicator.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TextIO
from zoneinfo import ZoneInfo

from ops_core.hotline.calls.model import CallEvent, CallEventKind
from ops_core.kernel.errors import Invalid
from ops_core.kernel.masking import normal_number

COLUMNS = ("id", "time", "callid", "queuename", "agent", "event")
PASSED_OVER = frozenset(
    {
        "ADDMEMBER", "REMOVEMEMBER", "PAUSE", "UNPAUSE", "PAUSEALL", "UNPAUSEALL", "PENALTY",
        "AGENTLOGIN", "AGENTLOGOFF", "AGENTCALLBACKLOGIN", "AGENTCALLBACKLOGOFF", "QUEUESTART",
        "CONFIGRELOAD", "RINGCANCELED", "DID", "INFO", "SYSCOMPAT", "AGENTDUMP", "CALLSTATUS",
    }
)  # fmt: skip
_EXTENSION = re.compile(r"^(?:[A-Za-z]+/)?([0-9]{2,8})(?:[@/-].*)?$")
_CALLER = "data2"
_NOBODY = frozenset({"", "NONE"})
WITHHELD = frozenset({"", "anonymous", "unknown", "unavailable", "restricted"})


@dataclass(frozen=True, slots=True)
class IncomingEvent:
    """An event with the caller's number, which is only sent as the call enters a queue."""

    event: CallEvent
    caller: str = ""


@dataclass(frozen=True, slots=True)
class LineFault:
    """One thing wrong with one line of a file or item of a batch."""

    line: int
    field: str
    found: str
    remedy: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.field}: found {self.found!r}; {self.remedy}"


class LogInvalid(Invalid):
    """A log none of which was taken; ``faults`` names everything that is wrong with it."""

    def __init__(self, name: str, faults: tuple[LineFault, ...]) -> None:
        shown = "\n".join(f"{name}: {fault}" for fault in faults[:50])
        more = f"\n… {len(faults) - 50}" if len(faults) > 50 else ""
        super().__init__("话务记录有误，未导入任何一行", shown + more, "请改正后重新导入。")
        self.faults = faults


def read_csv(
    file: TextIO, name: str, source: str, seats: Mapping[str, int], zone: ZoneInfo
) -> list[IncomingEvent]:
    """Every call event of a CSV export, in the file's order.

    ``seats`` gives the seat at each extension; ``zone`` is that of times without an offset.
    Raises :class:`LogInvalid` with all faults, so that a file is taken whole or not at all.
    """
    rows = csv.DictReader(file)
    missing = [column for column in COLUMNS if column not in (rows.fieldnames or ())]
    if missing:
        remedy = f"start the file with the header {','.join(COLUMNS)},data1,data2,..."
        raise LogInvalid(name, (LineFault(1, ",".join(missing), "", remedy),))
    found: list[IncomingEvent] = []
    faults: list[LineFault] = []
    for row in rows:
        line = _Line(rows.line_num, row, faults)
        event = line.event(source, seats, zone)
        if event is not None:
            found.append(event)
    if faults:
        raise LogInvalid(name, tuple(faults))
    return found


class _Line:
    """One line being read; what is wrong with it goes to the list of faults."""

    def __init__(self, number: int, row: Mapping[str, str | None], faults: list[LineFault]) -> None:
        self._number, self._row, self._faults = number, row, faults

    def event(self, source: str, seats: Mapping[str, int], zone: ZoneInfo) -> IncomingEvent | None:
        before = len(self._faults)
        name = self._text("event")
        if name in PASSED_OVER:
            return None
        kind = self._kind(name)
        sequence, at = self._sequence(), self._instant(zone)
        call = self._text("callid")
        if not call:
            self._fault("callid", "give the call's identifier")
        for field in ("callid", "queuename", "agent"):
            if not self._text(field).isprintable():
                self._fault(field, "remove the control characters")
        caller = self._caller() if kind is CallEventKind.ENTERQUEUE else ""
        if len(self._faults) > before or kind is None or sequence is None or at is None:
            return None
        member = self._text("agent")
        agent = "" if member in _NOBODY else member
        event = CallEvent(
            source, sequence, call, kind, at, self._text("queuename"), agent,
            seats.get(extension_of(agent)),
        )  # fmt: skip
        return IncomingEvent(event, caller)

    def _text(self, field: str) -> str:
        return (self._row.get(field) or "").strip()

    def _fault(self, field: str, remedy: str) -> None:
        self._faults.append(LineFault(self._number, field, self._text(field), remedy))

    def _kind(self, name: str) -> CallEventKind | None:
        try:
            return CallEventKind(name)
        except ValueError:
            self._fault("event", f"use one of {', '.join(CallEventKind)}")
            return None

    def _sequence(self) -> int | None:
        text = self._text("id")
        if text.isdecimal() and len(text) < 19:
            return int(text)
        self._fault("id", "give the line's own number in its source")
        return None

    def _instant(self, zone: ZoneInfo) -> datetime | None:
        at = instant_of(self._text("time"), zone)
        if at is None:
            self._fault("time", "use 2026-11-24 08:30:00[.ffffff][+08:00] or seconds since 1970")
        return at

    def _caller(self) -> str:
        text = self._text(_CALLER)
        if text.lower() in WITHHELD:
            return ""
        try:
            return normal_number(text)
        except Invalid:
            self._faults.append(
                LineFault(self._number, _CALLER, "…", "give the caller's number or leave it empty")
            )
            return ""


def instant_of(text: str, zone: ZoneInfo) -> datetime | None:
    """An instant in UTC from ISO 8601 (``zone`` where it has no offset) or Unix seconds."""
    try:
        if text.replace(".", "", 1).isdecimal():
            return datetime.fromtimestamp(float(text), UTC)
        at = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


def extension_of(agent: str) -> str:
    """The extension a queue member's name stands for: ``PJSIP/8001`` is 8001; "" for none."""
    found = _EXTENSION.match(agent)
    return found.group(1) if found else ""


def batches(events: Iterable[IncomingEvent], size: int) -> Iterator[list[IncomingEvent]]:
    """The events in batches of ``size``, always cut at the same places of the same log."""
    batch: list[IncomingEvent] = []
    for event in events:
        batch.append(event)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
