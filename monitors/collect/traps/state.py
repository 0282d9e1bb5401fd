"""How the trap receiver fares: counts by sender and kind, as figures and concerns."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from ops_core.kernel.health import Concern, Measure, MeasureKind
from ops_core.kernel.i18n import message

UNDECLARED_LABEL = "(undeclared)"
DROPS_MATTER_FOR = timedelta(minutes=1)


class Refusal(StrEnum):
    """Why a datagram was not read."""

    NOT_SNMP = "not_snmp"
    TOO_LARGE = "too_large"
    VERSION = "version"
    NO_NOTIFICATION = "no_notification"
    COMMUNITY = "community"
    ENGINE = "engine"
    """An engine id that no declared device has, or not yet."""
    USER = "user"
    LEVEL = "level"
    """Not signed or not encrypted."""
    MAC = "mac"
    TIME = "time"
    """Authentic but outside the time window: a replay, or a sender that lost its time."""
    REPLAY = "replay"
    """A copy of a message of version 3 that was read before."""
    PRIVACY = "privacy"
    FAULT = "fault"
    """Reading it failed for a reason of ours; it is in the log."""


@dataclass(frozen=True, slots=True)
class SenderState:
    """Datagrams of one sender since the start; ``name`` is empty for all undeclared ones."""

    name: str
    received: int = 0
    decoded: int = 0
    duplicates: int = 0
    limited: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)
    limited_since: datetime | None = None
    """Set while the sender sends more than is read."""


@dataclass(frozen=True, slots=True)
class TrapState:
    """The receiver at an instant; counts since its start.

    ``unknown_source`` are datagrams that no declared device answers for, ``repeated`` findings
    said again within seconds, ``meaningless`` authentic notifications about nothing declared.
    ``kernel_drops`` never reached us: evidence of our own lateness. ``waiting`` are not read yet.
    ``undeclared`` counts the last few undeclared addresses.
    """

    received: int = 0
    decoded: int = 0
    duplicates: int = 0
    limited: int = 0
    unknown_source: int = 0
    refused: int = 0
    meaningless: int = 0
    repeated: int = 0
    kernel_drops: int = 0
    dropped_at: datetime | None = None
    waiting: int = 0
    decode_s: float = 0.0
    senders: Mapping[str, SenderState] = field(default_factory=dict)
    undeclared: Mapping[str, int] = field(default_factory=dict)
    shared_engines: tuple[tuple[str, ...], ...] = ()

    @property
    def refused_by_kind(self) -> Mapping[str, int]:
        found: dict[str, int] = {}
        for sender in self.senders.values():
            for kind, count in sender.refused.items():
                found[kind] = found.get(kind, 0) + count
        return found


_BY_SENDER = (
    ("received", "Datagrams that reached the trap port"),
    ("decoded", "Traps and informs read"),
    ("duplicates", "Copies of a sender's last trap, dropped unread"),
    ("limited", "Datagrams beyond their sender's share, dropped unread"),
)
_TOTALS = (
    ("meaningless", "Traps about nothing that is declared"),
    ("repeated", "Traps that repeated a finding within seconds"),
    ("unknown_source", "Datagrams that no declared device answers for"),
    ("kernel_drops", "Datagrams that found the trap socket's queue full"),
)


def measures_of(state: TrapState) -> Iterator[Measure]:
    """Figures for /metrics: senders that sent something, by declared name."""
    for name, text in _BY_SENDER:
        for sender in state.senders.values():
            labels = {"sender": sender.name or UNDECLARED_LABEL}
            yield _counter(f"zhishou_trap_{name}_total", text, getattr(sender, name), labels)
    for sender in state.senders.values():
        for kind, count in sender.refused.items():
            labels = {"sender": sender.name or UNDECLARED_LABEL, "kind": kind}
            yield _counter("zhishou_trap_refused_total", "Datagrams refused", count, labels)
    for name, text in _TOTALS:
        yield _counter(f"zhishou_trap_{name}_total", text, getattr(state, name))
    yield _counter("zhishou_trap_decode_seconds_total", "CPU time of reading traps", state.decode_s)
    yield Measure("zhishou_trap_waiting", "Datagrams that wait to be read", state.waiting)


def _counter(
    name: str, text: str, value: float, labels: Mapping[str, str] | None = None
) -> Measure:
    return Measure(name, text, value, MeasureKind.COUNTER, labels or {})


def concerns_of(state: TrapState, now: datetime) -> Iterator[Concern]:
    """What is wrong with the reception of traps now; nothing of it is vital: polls go on."""
    for sender in state.senders.values():
        if sender.limited_since is None:
            continue
        if sender.name:
            text = message("{device} 的 Trap 报文过多，已限流，改以轮询为准", device=sender.name)
        else:
            text = message("未登记的地址发来过多 Trap 报文，已限流")
        key = f"traps/limited/{sender.name or UNDECLARED_LABEL}"
        yield Concern(key, text, since=sender.limited_since)
    if state.dropped_at is not None and now - state.dropped_at < DROPS_MATTER_FOR:
        text = message("Trap 端口来不及读取，内核已丢弃 {count} 个报文", count=state.kernel_drops)
        yield Concern("traps/kernel-drops", text, since=state.dropped_at)
    for devices in state.shared_engines:
        names = "、".join(devices)
        text = message("{devices} 的 SNMP 引擎标识相同，v3 Trap 无法区分来源", devices=names)
        yield Concern(f"traps/engine/{'+'.join(devices)}", text)
