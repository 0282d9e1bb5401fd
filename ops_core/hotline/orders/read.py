"""One order with its request, its course and its deadlines, as screens and programs read it.

Texts and remarks are masked here; deadlines are computed at the instant of reading.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from device_configs.site.hotline import CaseKind
from device_configs.site.model import Site
from ops_core.hotline.callbacks.read import CallbackRecord, callbacks_of_order
from ops_core.hotline.cases.read import CaseRecord, read_case
from ops_core.hotline.deadline_policies.rules import Urgency
from ops_core.hotline.deadline_policies.store import rules_in_force
from ops_core.hotline.deadline_policies.time_limits import TimeLimit
from ops_core.hotline.orders.citations import Citation, citations_of
from ops_core.hotline.orders.co_deadlines import contributions_of
from ops_core.hotline.orders.deadlines import Deadlines
from ops_core.hotline.orders.linked import LinkedOrder, read_lead, read_merged
from ops_core.hotline.orders.listed import ListedOrder, listed_of
from ops_core.hotline.orders.order import OrderEvent, first_break
from ops_core.hotline.orders.steps import ENDED, NEW_CYCLES, Step
from ops_core.hotline.orders.store import deadlines_of, events_of_order, find_row
from ops_core.hotline.orders.tables import WorkOrderRow
from ops_core.hotline.orders.withdrawn import withdrawn_sequences
from ops_core.kernel.masking import mask_text

_CHOSEN = ("reason", "service", "lead", "urgency", "co_unit", "until")
"""What is chosen with a step, by its name in an event and in :class:`HistoryEntry`."""


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One step of an order's chain, its remark masked."""

    sequence: int
    step: Step
    at: datetime
    actor: str
    unit: str
    proposed_unit: str
    remark: str
    cycle: int
    days: int = 0
    """Working days of 延期 that were asked for."""
    cited: tuple[Citation, ...] = ()
    """Versions of the knowledge base that the request was taken, or answered, with."""
    reason: str = ""
    """Of :class:`ops_core.hotline.orders.particulars.DeclineReason`."""
    service: str = ""
    """Of :class:`ops_core.hotline.orders.particulars.EmergencyService`."""
    lead: str = ""
    """The order that this one was merged into."""
    urgency: str = ""
    """Of :class:`ops_core.hotline.deadline_policies.rules.Urgency`."""
    co_unit: str = ""
    until: str = ""
    """The day on which a hold is reviewed."""
    their_number: str = ""
    """Under which number the system that took the step has the order."""
    is_withdrawn: bool = False
    """Whether it was taken back."""


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """Everything known of an order; ``broken_at`` is the link at which its chain is broken."""

    listed: ListedOrder
    case: CaseRecord
    course: tuple[HistoryEntry, ...]
    broken_at: int | None
    callbacks: tuple[CallbackRecord, ...]
    proposed_unit: str
    pinned: Deadlines
    """Those of its running cycle; before the dispatch, those in force now."""
    by_urgency: Mapping[str, TimeLimit] = field(default_factory=dict)
    """How long it could take if it were dispatched now; empty once it is dispatched."""
    lead: LinkedOrder | None = None
    """The order that it is merged into; it has the answer of that one."""
    merged: tuple[LinkedOrder, ...] = ()
    """Orders that are merged into it."""


def read_order(session: Session, site: Site, number: str, now: datetime) -> OrderRecord:
    """One order with its request, its course and its callbacks. Raises NotFound."""
    row = find_row(session, number)
    events = events_of_order(session, number)
    pinned, by_urgency = _deadlines_now(session, site, row, now)
    return OrderRecord(
        listed=listed_of(row, site, now, contributions_of(events)),
        case=read_case(session, row.case_number),
        course=tuple(_history(events)),
        broken_at=first_break(events),
        callbacks=callbacks_of_order(session, site, number, now),
        proposed_unit=site.hotline.proposed_unit(row.category, row.region)
        if row.category in site.hotline.category_of
        else "",
        pinned=pinned,
        by_urgency=by_urgency,
        lead=read_lead(session, row.merged_into),
        merged=read_merged(session, number),
    )


def _deadlines_now(
    session: Session, site: Site, row: WorkOrderRow, now: datetime
) -> tuple[Deadlines, Mapping[str, TimeLimit]]:
    """Those of the order; before its dispatch, those in force now, and by urgency."""
    stored = deadlines_of(row)
    if row.dispatched_at is not None or row.state in ENDED:
        return stored, {}
    version, rules = rules_in_force(session, site.hotline, now)
    kind = CaseKind(row.kind)
    signing, handling = rules.sign_within[Urgency.ORDINARY], rules.handle_within[kind]
    ordinary = handling[Urgency.ORDINARY]
    now_in_force = Deadlines(
        version, signing.working_days, ordinary.working_days, stored.callback_within,
        signing.hours, ordinary.hours,
    )  # fmt: skip
    return now_in_force, {urgency.value: limit for urgency, limit in handling.items()}


def _history(events: Sequence[OrderEvent]) -> Iterable[HistoryEntry]:
    cycle, withdrawn = 1, withdrawn_sequences(events)
    for event in events:
        cycle += event.step in NEW_CYCLES
        yield HistoryEntry(
            sequence=event.sequence,
            step=event.step,
            at=event.at,
            actor=event.actor,
            unit=event.unit,
            proposed_unit=str(event.detail.get("proposed_unit", "")),
            remark=mask_text(str(event.detail.get("remark", ""))),
            cycle=cycle,
            days=asked if isinstance(asked := event.detail.get("days"), int) else 0,
            cited=citations_of(event.detail),
            is_withdrawn=event.sequence in withdrawn,
            their_number=mask_text(str(event.detail.get("their_number", ""))),
            **{name: str(event.detail.get(name, "")) for name in _CHOSEN},
        )
