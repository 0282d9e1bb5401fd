"""What a device says of its draining (``device-drain status``); pure."""

from dataclasses import dataclass
from enum import StrEnum


class Participation(StrEnum):
    """Whether a device carries its share of the traffic."""

    SERVING = "serving"
    DRAINED = "drained"
    UNKNOWN = "unknown"
    """It did not answer, or not in words that are understood; never counts as either."""


@dataclass(frozen=True)
class DrainState:
    """``forwarded`` counts packets since the device started; None where it forwards none by role
    or did not say. ``seconds_left`` of a drained device may be below 0 while it ends the drain."""

    device: str
    participation: Participation
    seconds_left: int | None = None
    who: str = ""
    virtual: tuple[str, ...] = ()
    """Virtual addresses that it holds."""
    forwarded: int | None = None
    answered: str = ""
    """What it answered instead, where it is unknown."""


def read_state(device: str, returncode: int, text: str) -> DrainState:
    """Read the lines of ``device-drain status``; whatever is not understood makes it unknown."""
    reported = dict(line.partition(" ")[::2] for line in text.splitlines())
    state, left = reported.get("state"), reported.get("seconds_left")
    forwarded = reported.get("forwarded", "")
    drained = state == Participation.DRAINED
    if returncode != 0 or not ((drained and _is_number(left)) or state == Participation.SERVING):
        return DrainState(device, Participation.UNKNOWN, answered=text.strip()[-500:])
    return DrainState(
        device=device,
        participation=Participation(str(state)),
        seconds_left=int(left) if drained and left is not None else None,
        who=reported.get("who", "") if drained else "",
        virtual=tuple(reported.get("virtual", "").split()),
        forwarded=int(forwarded) if _is_number(forwarded) else None,
    )


def _is_number(text: str | None) -> bool:
    return text is not None and text.isascii() and text.removeprefix("-").isdigit()


def forwarded_a_second(before: DrainState, after: DrainState, seconds: float) -> float | None:
    """Packets a second between two answers; None where either did not say."""
    if before.forwarded is None or after.forwarded is None or seconds <= 0:
        return None
    return max(0, after.forwarded - before.forwarded) / seconds
