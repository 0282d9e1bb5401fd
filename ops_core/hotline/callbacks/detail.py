"""One callback with what its caller has to know: the request, and what the unit replied."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.hotline.callbacks.model import CALLBACK, check_unreachable
from ops_core.hotline.callbacks.read import CallbackRecord, read_callback
from ops_core.hotline.callbacks.undoing import undo_offer
from ops_core.hotline.cases.read import CaseRecord, read_case
from ops_core.hotline.orders.read import HistoryEntry, read_order
from ops_core.hotline.orders.steps import Step
from ops_core.kernel.errors import Conflict
from ops_core.kernel.events import events_of
from ops_core.kernel.undoing import UndoOffer

REPLYING = (Step.REPLY, Step.COMPLETE)
"""Steps in which the unit says what it did."""


@dataclass(frozen=True, slots=True)
class CallbackDetail:
    """A callback with the request it is about, and what the unit replied in its cycle.

    ``not_yet`` says why giving up as unreachable is refused now; None when it is possible.
    ``undo``: the last try or outcome, which whoever recorded it may still take back.
    """

    callback: CallbackRecord
    case: CaseRecord
    replies: tuple[HistoryEntry, ...]
    not_yet: Conflict | None
    undo: UndoOffer | None


def read_detail(
    session: Session, site: Site, order: str, cycle: int, now: datetime
) -> CallbackDetail:
    """Raises :class:`ops_core.kernel.errors.NotFound`."""
    callback = read_callback(session, site, order, cycle, now)
    case = read_case(session, callback.case)
    history = read_order(session, site, order, now).course
    replies = tuple(
        e for e in history if e.cycle == cycle and e.step in REPLYING and not e.is_withdrawn
    )
    undo = undo_offer(events_of(session, CALLBACK, f"{order}/{cycle}"))
    still = undo if undo is not None and undo.is_open(now) else None
    return CallbackDetail(callback, case, replies, _why_not_yet(callback, site), still)


def _why_not_yet(callback: CallbackRecord, site: Site) -> Conflict | None:
    zone = ZoneInfo(site.contract.timezone)
    try:
        check_unreachable(callback.attempts, site.hotline.orders.callback, zone)
    except Conflict as reason:
        return reason
    return None
