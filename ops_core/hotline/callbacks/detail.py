"""One callback with what its caller has to know: the request, and what the unit replied."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.hotline.callbacks.model import check_unreachable
from ops_core.hotline.callbacks.read import CallbackRecord, read_callback
from ops_core.hotline.cases.read import CaseRecord, read_case
from ops_core.hotline.orders.read import HistoryEntry, read_order
from ops_core.hotline.orders.steps import Step
from ops_core.kernel.errors import Conflict

REPLYING = (Step.REPLY, Step.COMPLETE)
"""Steps in which the unit says what it did."""


@dataclass(frozen=True, slots=True)
class CallbackDetail:
    """A callback with the request it is about, and what the unit replied in its cycle.

    ``not_yet`` says why giving up as unreachable is refused now; None when it is possible.
    """

    callback: CallbackRecord
    case: CaseRecord
    replies: tuple[HistoryEntry, ...]
    not_yet: Conflict | None


def read_detail(
    session: Session, site: Site, order: str, cycle: int, now: datetime
) -> CallbackDetail:
    """Raises :class:`ops_core.kernel.errors.NotFound`."""
    callback = read_callback(session, site, order, cycle, now)
    case = read_case(session, callback.case)
    history = read_order(session, site, order, now).course
    replies = tuple(e for e in history if e.cycle == cycle and e.step in REPLYING)
    return CallbackDetail(callback, case, replies, _why_not_yet(callback, site))


def _why_not_yet(callback: CallbackRecord, site: Site) -> Conflict | None:
    zone = ZoneInfo(site.contract.timezone)
    try:
        check_unreachable(callback.attempts, site.hotline.orders.callback, zone)
    except Conflict as reason:
        return reason
    return None
