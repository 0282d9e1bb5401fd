"""The filter of a list of calls as an address carries it: empty fields ask for nothing."""

from datetime import date
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends

from ops_core.hotline.calls.days import FIRST_YEAR, LAST_YEAR
from ops_core.hotline.calls.listing import CallFilter
from ops_core.hotline.calls.outcomes import CallOutcome
from ops_core.kernel.errors import Invalid
from ops_core.kernel.i18n import message


def call_filter(
    day: str = "",
    outcome: str = "",
    queue: str = "",
    seat: str = "",
    agent: str = "",
    incident: str = "",
    abnormal: str = "",
) -> CallFilter:
    """Raises :class:`Invalid` for a day, an outcome or a seat that is none."""
    return CallFilter(
        day=asked_day(day),
        outcome=_outcome(outcome),
        queue=queue.strip() or None,
        seat=_seat(seat.strip()),
        agent=agent.strip() or None,
        abnormal=abnormal not in ("", "0", "false"),
        incident=incident.strip() or None,
    )


ChosenCalls = Annotated[CallFilter, Depends(call_filter)]


def address(chosen: CallFilter, **changes: str | None) -> str:
    """The page of these calls; ``changes`` are further or other fields, None leaves one out."""
    fields: dict[str, str | None] = {
        "day": chosen.day.isoformat() if chosen.day else None,
        "outcome": chosen.outcome.value if chosen.outcome else None,
        "queue": chosen.queue,
        "seat": None if chosen.seat is None else str(chosen.seat),
        "agent": chosen.agent,
        "incident": chosen.incident,
        "abnormal": "1" if chosen.abnormal else None,
    }
    query = urlencode({name: text for name, text in (fields | changes).items() if text})
    return f"/calls?{query}" if query else "/calls"


def asked_day(text: str) -> date | None:
    """A day of an address, None for an emptied field. Raises :class:`Invalid` for none at all."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise _wrong("day", text, "2026-11-24")
    return day


def _outcome(text: str) -> CallOutcome | None:
    if not text:
        return None
    try:
        return CallOutcome(text)
    except ValueError:
        raise _wrong("outcome", text, "、".join(CallOutcome)) from None


def _seat(text: str) -> int | None:
    if not text:
        return None
    if text.isdecimal() and len(text) < 9:
        return int(text)
    raise _wrong("seat", text, "37")


def _wrong(field: str, found: str, example: str) -> Invalid:
    return Invalid(
        "筛选条件不正确",
        message("{field} 不能是 {found}。", field=field, found=found),
        message("例如：{example}。", example=example),
    )
