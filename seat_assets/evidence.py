"""Which conditions of terminals the evidence changes (pure)."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from monitors.evidence import Element, EvidenceRegister, Observation
from seat_assets.model import Change, Current, Part, TerminalCondition


def changes_by(
    current: Current,
    register: EvidenceRegister,
    seats: Iterable[int],
    now: datetime,
    stale_after: timedelta,
) -> tuple[Change, ...]:
    """What the evidence changes about the current conditions.

    A part nobody reported on for ``stale_after`` is unknown since then; the display of a host
    that does not answer is unknown.
    """
    found: list[Change] = []
    reported: dict[Element, list[Observation]] = {}
    for entry in register:
        reported.setdefault(entry.element, []).append(entry)
    for seat in seats:
        host_reports = reported.get(Element.seat_host(seat), ())
        display_reports = reported.get(Element.seat_display(seat), ())
        host, host_at = _condition(host_reports, now, stale_after)
        display, display_at = _condition(display_reports, now, stale_after)
        if host is not TerminalCondition.OK:
            display, display_at = TerminalCondition.UNKNOWN, host_at
        for part, condition, at in (
            (Part.HOST, host, host_at),
            (Part.DISPLAY, display, display_at),
        ):
            known = current.get((seat, part))
            if known is not condition and not (
                known is None and condition is TerminalCondition.UNKNOWN
            ):
                found.append(Change(seat, part, condition, at))
    return tuple(found)


def _condition(
    entries: Sequence[Observation], now: datetime, stale_after: timedelta
) -> tuple[TerminalCondition, datetime]:
    if not entries:
        return TerminalCondition.UNKNOWN, now
    newest = max(entries, key=lambda entry: (entry.observed_at, entry.rank))
    if now - newest.observed_at > stale_after:
        return TerminalCondition.UNKNOWN, newest.observed_at + stale_after
    if newest.ok is None:
        return TerminalCondition.UNKNOWN, newest.observed_at
    return (TerminalCondition.OK if newest.ok else TerminalCondition.BAD), newest.observed_at
