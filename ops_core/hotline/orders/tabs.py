"""Lists of orders by what is to be done: which states each has, what is asked of one (pure)."""

from dataclasses import dataclass
from enum import StrEnum

from ops_core.hotline.orders.steps import ANSWERED_IN, CONTRIBUTED_IN, ENDED, OrderState

PAGE = 100
HANDLED = ENDED | {OrderState.REPLIED, OrderState.APPROVED}
"""States in which no deadline of handling runs any more."""


class OrderTab(StrEnum):
    """Lists of orders by what is to be done; the first six are the operator's."""

    ANSWER = "answer"
    """Orders from the web whose citizen has no answer yet."""
    DISPATCH = "dispatch"
    DISPUTED = "disputed"
    DECLINING = "declining"
    """Somebody proposes not to accept them."""
    EXTENSION = "extension"
    """More time is asked for: the purchaser's."""
    DUE = "due"
    REPLIED = "replied"
    """Under review."""
    APPROVED = "approved"
    SIGN = "sign"
    HANDLE = "handle"
    CONTRIBUTE = "contribute"
    """A co-unit owes its reply."""
    HOLD = "hold"
    """On hold, or asked to be."""
    COMPLETED = "completed"
    ALL = "all"


STATES_OF: dict[OrderTab, frozenset[OrderState]] = {
    OrderTab.ANSWER: ANSWERED_IN,
    OrderTab.DISPATCH: frozenset({OrderState.ACCEPTED, OrderState.RETURNED}),
    OrderTab.DISPUTED: frozenset({OrderState.DISPUTED}),
    OrderTab.DECLINING: frozenset({OrderState.DECLINING}),
    OrderTab.EXTENSION: frozenset({OrderState.EXTENSION}),
    OrderTab.DUE: frozenset(OrderState) - HANDLED - {OrderState.ACCEPTED, OrderState.DECLINING},
    OrderTab.REPLIED: frozenset({OrderState.REPLIED}),
    OrderTab.APPROVED: frozenset({OrderState.APPROVED}),
    OrderTab.SIGN: frozenset({OrderState.DISPATCHED}),
    OrderTab.HANDLE: frozenset(
        {OrderState.SIGNED, OrderState.EXTENSION, OrderState.DISPUTED, OrderState.HOLD_ASKED}
    ),
    OrderTab.CONTRIBUTE: CONTRIBUTED_IN,
    OrderTab.HOLD: frozenset({OrderState.HOLD_ASKED, OrderState.ON_HOLD}),
    OrderTab.COMPLETED: frozenset({OrderState.COMPLETED}),
    OrderTab.ALL: frozenset(OrderState),
}
OLDEST_FIRST = frozenset(
    {
        OrderTab.ANSWER,
        OrderTab.DISPATCH,
        OrderTab.DISPUTED,
        OrderTab.DECLINING,
        OrderTab.EXTENSION,
        OrderTab.REPLIED,
        OrderTab.SIGN,
        OrderTab.HANDLE,
        OrderTab.CONTRIBUTE,
        OrderTab.HOLD,
        OrderTab.APPROVED,
    }
)


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Which orders are asked for; ``unit`` empty: of all. ``after`` is the last number seen.

    ``query`` is the beginning of a number or a part of a title as it is shown: what is masked in it
    cannot be found out by trying.
    """

    tab: OrderTab = OrderTab.ALL
    state: OrderState | None = None
    unit: str = ""
    query: str = ""
    after: str = ""
    limit: int = PAGE
