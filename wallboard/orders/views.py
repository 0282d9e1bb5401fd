"""What the consoles need of orders: the protocol of the desk behind them.

What a desk gives is what :mod:`ops_core.hotline.orders.read` reads: masked, with its limits.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from device_configs.site.model import Title
from ops_core.hotline.cases.read import TakenCall
from ops_core.hotline.contacts.requesters import Contact
from ops_core.hotline.orders.model import Step
from ops_core.hotline.orders.read import OrderFilter, OrderList, OrderRecord, OrderTab
from ops_core.kernel.permissions import Actor


@dataclass(frozen=True, slots=True)
class TouchingIncident:
    """An incident of the seat that took the call, while the call went on."""

    number: str
    headline: Title


@dataclass(frozen=True, slots=True)
class OrderDetail:
    """An order with the call it came by and the incidents that touched that call."""

    record: OrderRecord
    call: TakenCall | None
    incidents: tuple[TouchingIncident, ...]


class OrderDesk(Protocol):
    """The orders as the consoles need them. Called from worker threads.

    Whoever names an unknown order gets :class:`ops_core.kernel.errors.NotFound`.
    """

    def listed(self, wanted: OrderFilter) -> OrderList: ...

    def counts(self, unit: str) -> Mapping[OrderTab, int]:
        """How many orders every tab holds, of one unit or (empty) of all."""
        ...

    def detail(self, number: str) -> OrderDetail: ...

    def unit_of(self, number: str) -> str:
        """The unit that has the order, empty before its dispatch."""
        ...

    def take_step(
        self, number: str, step: Step, unit: str, remark: str, version: int | None, actor: Actor
    ) -> None:
        """Raises Forbidden, Conflict and Invalid as the order service does."""
        ...

    def contact(self, number: str, actor: Actor) -> Contact:
        """Number and name in the clear, on record. Raises Forbidden, NotFound."""
        ...
