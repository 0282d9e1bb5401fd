"""Steps of an order that were taken back (pure).

Nothing is deleted: an undo is a link of its own, the one right after the link that it withdraws,
and names that one's sequence. The order is then what it was before the step; only its version, its
last instant and its last hash go on.
"""

from collections.abc import Iterable
from dataclasses import replace

from ops_core.hotline.orders.order import Order, OrderEvent
from ops_core.hotline.orders.refusals import check_time
from ops_core.hotline.orders.steps import Step
from ops_core.kernel.undoing import UNDONE_VERSION, nothing_to_undo


def withdrawn_sequences(events: Iterable[OrderEvent]) -> frozenset[int]:
    """The sequences of the links that an undo withdraws, of one order's links."""
    return frozenset(
        undone
        for event in events
        if event.step is Step.UNDO and isinstance(undone := event.detail.get(UNDONE_VERSION), int)
    )


def effective_links(events: Iterable[OrderEvent]) -> list[OrderEvent]:
    """The links of one order that nothing withdraws; undos themselves are not among them."""
    links = list(events)
    withdrawn = withdrawn_sequences(links)
    return [e for e in links if e.step is not Step.UNDO and e.sequence not in withdrawn]


def taken_back(order: Order | None, before: Order | None, event: OrderEvent) -> Order:
    """The order after an undo of its last step; ``before`` is what it was before that step.

    Raises :class:`Conflict` for an undo of anything but the last step.
    """
    if order is None or before is None or event.detail.get(UNDONE_VERSION) != order.version:
        raise nothing_to_undo()
    check_time(order, event.at)
    return replace(before, version=event.sequence, last_at=event.at, last_hash=event.hash)
