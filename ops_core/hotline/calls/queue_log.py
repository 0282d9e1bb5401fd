"""Lines of a telephone system's log as call events (pure).

The columns are those of Asterisk's ``queue_log`` (id, time, callid, queuename, agent, event, data1
...); other systems' exports are mapped to them. Events that say nothing of a call (an agent
pausing, a reload) are passed over by name and counted; a name that is neither known nor declared to
be passed over is a fault, for it might be one that decides an indicator.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from ops_core.hotline.calls.caller_id import caller_number
from ops_core.hotline.calls.model import CallEvent, CallEventKind
from ops_core.kernel.errors import Invalid
from ops_core.kernel.written_instant import instant_written

PASSED_OVER = frozenset(
    {
        "ADDMEMBER", "REMOVEMEMBER", "PAUSE", "UNPAUSE", "PAUSEALL", "UNPAUSEALL", "PENALTY",
        "AGENTLOGIN", "AGENTLOGOFF", "AGENTCALLBACKLOGIN", "AGENTCALLBACKLOGOFF",
        "CONFIGRELOAD", "RINGCANCELED", "DID", "INFO", "SYSCOMPAT", "CALLSTATUS",
    }
)  # fmt: skip
FORMER_NAMES: Mapping[str, CallEventKind] = MappingProxyType(
    {"TRANSFER": CallEventKind.BLINDTRANSFER}
)
"""Names of Asterisk 1.8 and before."""
_EXTENSION = re.compile(r"^(?:[A-Za-z][A-Za-z0-9]*[/:])*([0-9]{2,8})(?:[@/;-].*)?$")
_CALLER = "data2"
_NOBODY = frozenset({"", "NONE"})
# A bare number such as 20260302 is a day that somebody wrote, no second of 1970.
_EPOCH = re.compile(r"^[1-9][0-9]{9}(?:\.[0-9]{1,9})?$")
LONGEST_CALL, LONGEST_NAME = 200, 100
"""Characters of what names a call, and of a queue and a member; PostgreSQL indexes no long text."""
_LONGEST: Mapping[str, int] = MappingProxyType(
    {"callid": LONGEST_CALL, "queuename": LONGEST_NAME, "agent": LONGEST_NAME}
)


@dataclass(frozen=True, slots=True)
class IncomingEvent:
    """An event with the caller's number, which is only sent as the call enters a queue."""

    event: CallEvent
    caller: str = ""
    seat_by_extension: bool = False
    """Its seat was looked up in the declaration, and is no part of what the source reports."""


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

    def __init__(self, faults: tuple[tuple[str, LineFault], ...]) -> None:
        shown = "\n".join(f"{name}: {fault}" for name, fault in faults[:50])
        more = f"\n… {len(faults) - 50}" if len(faults) > 50 else ""
        super().__init__("话务记录有误，未导入任何一行", shown + more, "请改正后重新导入。")
        self.faults = faults


@dataclass(frozen=True, slots=True)
class LogSource:
    """Where a log comes from. ``seats`` gives the seat at each extension, ``zone`` is that of times
    without an offset, ``passes_over`` are names that the site writes itself."""

    name: str
    seats: Mapping[str, int]
    zone: ZoneInfo
    passes_over: frozenset[str] = frozenset()


@dataclass(slots=True)
class LogReading:
    """What was read of a log so far, and everything that is wrong with it by file and line."""

    source: LogSource
    events: list[IncomingEvent] = field(default_factory=list)
    faults: list[tuple[str, LineFault]] = field(default_factory=list)
    passed_over: Counter[str] = field(default_factory=Counter)

    def take(self, file: str, line: int, row: Mapping[str, str]) -> None:
        """Read the columns of a line."""
        read = _Line(line, row)
        name = read.text("event")
        if name in PASSED_OVER or name in self.source.passes_over:
            self.passed_over[name] += 1
            return
        event = read.event(self.source)
        if event is not None:
            self.events.append(event)
        self.faults += [(file, fault) for fault in read.faults]

    def refuse(self, file: str, line: int, field_: str, found: str, remedy: str) -> None:
        """A line that has no columns to read."""
        self.faults.append((file, LineFault(line, field_, found, remedy)))

    def require_faultless(self) -> None:
        """Raises :class:`LogInvalid` with all faults: a log is taken whole or not at all."""
        if self.faults:
            raise LogInvalid(tuple(self.faults))


class _Line:
    """One line being read, and what is wrong with it."""

    def __init__(self, number: int, row: Mapping[str, str]) -> None:
        self._number, self._row = number, row
        self.faults: list[LineFault] = []

    def event(self, source: LogSource) -> IncomingEvent | None:
        kind = self._kind(self.text("event"))
        sequence, at = self._sequence(), self._instant(source.zone)
        call = self._call(kind)
        for column, longest in _LONGEST.items():
            if not self.text(column).isprintable():
                self._fault(column, "remove the control characters")
            elif len(self.text(column)) > longest:
                self._fault(column, f"give at most {longest} characters")
        if self.faults or kind is None or sequence is None or at is None:
            return None
        member = self.text("agent")
        agent = "" if member in _NOBODY else member
        event = CallEvent(
            source.name, sequence, call, kind, at, self.text("queuename"), agent,
            source.seats.get(extension_of(agent)),
        )  # fmt: skip
        entered = kind is CallEventKind.ENTERQUEUE
        caller = caller_number(self.text(_CALLER)) if entered else ""
        return IncomingEvent(event, caller, seat_by_extension=True)

    def text(self, column: str) -> str:
        return self._row.get(column, "").strip()

    def _fault(self, column: str, remedy: str) -> None:
        self.faults.append(LineFault(self._number, column, self.text(column), remedy))

    def _kind(self, name: str) -> CallEventKind | None:
        if name in FORMER_NAMES:
            return FORMER_NAMES[name]
        try:
            return CallEventKind(name)
        except ValueError:
            known = ", ".join(CallEventKind)
            self._fault("event", f"use one of {known}; if it says nothing of a call, name it in "
                        "hotline.yml, passed_over_events")  # fmt: skip
            return None

    def _call(self, kind: CallEventKind | None) -> str:
        if kind is CallEventKind.QUEUESTART:
            return ""
        call = self.text("callid")
        if call in _NOBODY:
            self._fault("callid", "give the call's identifier")
        return call

    def _sequence(self) -> int | None:
        text = self.text("id")
        if text.isdecimal() and len(text) <= 19 and int(text) < 2**63:
            return int(text)
        self._fault("id", "give the line's own number in its source")
        return None

    def _instant(self, zone: ZoneInfo) -> datetime | None:
        at = instant_of(self.text("time"), zone)
        if at is None:
            self._fault("time", "use 2026-11-24 08:30:00[.ffffff][+08:00] or seconds since 1970")
        return at


def instant_of(text: str, zone: ZoneInfo) -> datetime | None:
    """An instant in UTC from ISO 8601 (``zone`` where it has no offset) or Unix seconds.

    None for anything else: a number that is no second since 2001, a day without a time.
    """
    if _EPOCH.match(text):
        return datetime.fromtimestamp(float(text), UTC)
    return instant_written(text, zone)


def extension_of(agent: str) -> str:
    """The extension a queue member's name stands for; "" for none.

    It is 8001 of ``PJSIP/8001``, ``sip:8001@pbx`` and ``sofia/internal/8001@pbx``.
    """
    found = _EXTENSION.match(agent)
    return found.group(1) if found else ""
