"""Taking an own act back while it is fresh (pure).

Nothing recorded is deleted: an undo is an event of its own, which names the kind and the version of
the one that it withdraws. What stands of a history is what no undo withdraws.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from ops_core.kernel.errors import Conflict, Forbidden
from ops_core.kernel.i18n import message
from ops_core.kernel.json_values import JsonObject
from ops_core.kernel.permissions import Actor

UNDO_WITHIN = timedelta(minutes=1)
UNDONE_VERSION = "undone_version"
"""The member of an undo's payload with the version that the withdrawn event led to."""


class RecordedAct(Protocol):
    """An event, as far as it matters here; its payload holds the ``version`` it led to."""

    @property
    def type(self) -> str: ...
    @property
    def payload(self) -> JsonObject: ...
    @property
    def occurred_at(self) -> datetime: ...
    @property
    def actor(self) -> str: ...


Act = TypeVar("Act", bound=RecordedAct)


@dataclass(frozen=True, slots=True)
class UndoOffer:
    """What ``by`` may take back until an instant (aware UTC)."""

    type: str
    version: int
    by: str
    until: datetime

    def is_open(self, now: datetime) -> bool:
        """Whether its minute runs at an instant: by a clock that was set back nobody can tell."""
        return self.until - 2 * UNDO_WITHIN <= now <= self.until


def effective(events: Sequence[Act]) -> list[Act]:
    """The events, in their order, that no undo withdraws; undos themselves are not among them."""
    withdrawn = {e.payload[UNDONE_VERSION] for e in events if UNDONE_VERSION in e.payload}
    return [
        event
        for event in events
        if UNDONE_VERSION not in event.payload and event.payload.get("version") not in withdrawn
    ]


def offer_of(act: RecordedAct | None, undoable: frozenset[str]) -> UndoOffer | None:
    """What may be taken back of the last act that stands; None where nothing may.

    Acts recorded before their versions were are none.
    """
    if act is None or act.type not in undoable:
        return None
    version = act.payload.get("version")
    if not isinstance(version, int):
        return None
    return UndoOffer(act.type, version, act.actor, act.occurred_at + UNDO_WITHIN)


def nothing_to_undo() -> Conflict:
    """The refusal where no act is there that could be taken back."""
    return Conflict("没有可撤销的操作", "", "只能撤销本人刚做的、其后没有别的变化的操作。")


def check_undo(offer: UndoOffer | None, actor: Actor, now: datetime) -> UndoOffer:
    """The act to withdraw.

    Raises Conflict where there is none or the minute is over, Forbidden for somebody else's act.
    """
    if offer is None:
        raise nothing_to_undo()
    if offer.by != str(actor):
        raise Forbidden(
            "只能撤销本人的操作",
            "最近的操作由他人完成。",
            "请由本人撤销，或用后续步骤更正。",
        )
    if now <= offer.until and not offer.is_open(now):
        raise Conflict(
            "无法确认撤销时限",
            "系统时钟早于该操作的时间。",
            "请核对服务器时钟；用后续步骤更正，并写明原因。",
        )
    if now > offer.until:
        raise Conflict(
            "已过撤销时限",
            message("操作后 {seconds} 秒内可以撤销。", seconds=int(UNDO_WITHIN.total_seconds())),
            "请用后续步骤更正，并写明原因。",
        )
    return offer
