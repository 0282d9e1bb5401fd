"""Orders as lines of a list, titles masked, deadlines as of an instant."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from device_configs.site.hotline import CaseKind
from device_configs.site.model import Site
from ops_core.hotline.orders.co_deadlines import Contribution, co_deadlines, read_contributions
from ops_core.hotline.orders.deadlines import DeadlineReading, order_deadlines
from ops_core.hotline.orders.order import Order
from ops_core.hotline.orders.store import deadlines_of, order_of
from ops_core.hotline.orders.tables import WorkOrderRow
from ops_core.kernel.masking import mask_text

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ListedOrder:
    """One line of a list. ``deadlines`` are those of the running cycle that have begun, the
    co-units' after the lead unit's."""

    order: Order
    case: str
    kind: CaseKind
    category: str
    region: str
    title: str
    deadlines: tuple[DeadlineReading, ...]

    @property
    def next_deadline(self) -> DeadlineReading | None:
        """The open deadline that ends first, an unknown one last; None when nothing is open."""
        running = [deadline for deadline in self.deadlines if deadline.is_open]
        return min(running, key=lambda one: one.due_at or _NEVER, default=None)


@dataclass(frozen=True, slots=True)
class OrderList:
    """A page of a list; ``after`` asks for the next one, None at the end."""

    orders: tuple[ListedOrder, ...]
    after: str | None


def listed_orders(
    session: Session, rows: Sequence[WorkOrderRow], site: Site, now: datetime
) -> tuple[ListedOrder, ...]:
    """Stored orders as lines of a list, in their order."""
    asked = read_contributions(session, [row.number for row in rows if row.co_units])
    return tuple(listed_of(row, site, now, asked.get(row.number, ())) for row in rows)


def listed_of(
    row: WorkOrderRow, site: Site, now: datetime, asked: Iterable[Contribution] = ()
) -> ListedOrder:
    """A stored order as a line of a list; ``asked`` are its co-units."""
    order, zone = order_of(row), ZoneInfo(site.contract.timezone)
    own = order_deadlines(order, deadlines_of(row), site.calendar, zone, now)
    co = co_deadlines(order, tuple(asked), own[-1], site.calendar, zone, now) if own else ()
    return ListedOrder(
        order=order,
        case=row.case_number,
        kind=CaseKind(row.kind),
        category=row.category,
        region=row.region,
        title=mask_text(row.title),
        deadlines=(*own, *co),
    )
