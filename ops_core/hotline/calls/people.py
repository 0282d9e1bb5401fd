"""Who took a call: the person at the seat whose extension the log names (pure)."""

from collections.abc import Sequence
from dataclasses import replace

from ops_core.hotline.calls.model import Call
from ops_core.hotline.calls.queue_log import extension_of
from ops_core.hotline.presence.model import SeatSignIn, person_at


def is_channel(agent: str) -> bool:
    """Whether a log names no person but a channel, such as ``PJSIP/8001``."""
    return bool(extension_of(agent))


def with_person(call: Call, sign_ins: Sequence[SeatSignIn]) -> Call:
    """The call with whoever was at the seat as it was answered; else with what the log says.

    A channel that nobody was signed in at stays a channel: who took the call is unknown.
    """
    if call.seat is None or call.answered_at is None or not is_channel(call.agent):
        return call
    person = person_at(sign_ins, call.seat, call.answered_at)
    return replace(call, agent=person) if person else call
