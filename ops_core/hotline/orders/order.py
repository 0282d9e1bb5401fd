"""A work order as a value, and the links of the chain that it follows from (pure)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ops_core.hotline.orders.steps import TRANSITIONS, OrderSide, OrderState, Step
from ops_core.kernel.hash_chain import first_broken, link_hash
from ops_core.kernel.json_values import JsonObject


@dataclass(frozen=True, slots=True)
class OrderWorker:
    """Who takes a step: a person of the operator or the purchaser, or a handler of one unit."""

    name: str
    side: OrderSide
    unit: str = ""


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """One link of an order's chain.

    ``at`` is when it happened, ``recorded_at`` when we learnt of it (both aware UTC); ``unit`` is
    the unit that has the order from this step on, empty before the first dispatch.
    """

    order: str
    sequence: int
    step: Step
    at: datetime
    recorded_at: datetime
    actor: str
    unit: str
    detail: JsonObject
    previous_hash: str
    hash: str


@dataclass(frozen=True, slots=True)
class Order:
    """What the events of an order say; the instants are those of its running cycle."""

    number: str
    state: OrderState
    cycle: int
    version: int
    """How many events it rests on."""
    accepted_at: datetime
    last_at: datetime
    last_hash: str
    unit: str = ""
    dispatched_at: datetime | None = None
    """The cycle's first dispatch: the clocks run from here, signed for or not."""
    signed_at: datetime | None = None
    replied_at: datetime | None = None
    approved_at: datetime | None = None
    """When the reply passed its review."""
    completed_at: datetime | None = None
    dispatcher: str = ""
    objector: str = ""
    replier: str = ""
    """Who gave the reply that is under review, or has passed it."""
    returns: int = 0
    """Over all cycles."""
    answered_at: datetime | None = None
    """When the citizen got the first answer, in whichever cycle."""
    answered_by: str = ""
    first_dispatched_at: datetime | None = None
    """The first dispatch of all cycles."""
    extension_asked: int = 0
    """Working days that the unit asks for and nobody has decided on."""
    extended_by: int = 0
    """Working days that the running cycle was given on top of its own."""
    extensions: int = 0
    """How often the running cycle asked for more time."""
    nudges: int = 0
    """How often the running cycle was pressed by the operator."""
    supervised_at: datetime | None = None
    """When the purchaser first put the running cycle under supervision."""
    proposer: str = ""
    """Who proposed in the running cycle not to accept it."""
    merged_into: str = ""
    """The lead order that is worked on instead."""
    urgency: str = ""
    """Of :class:`ops_core.hotline.deadline_policies.rules.Urgency`, by the first dispatch of the
    cycle."""
    co_units: str = ""
    """Units that contribute in the running cycle, as :func:`joined` writes them."""
    co_waiting: str = ""
    """Those of them whose reply neither came nor is on record as missing."""
    hold_until: str = ""
    """The day of its review, as 2026-12-31, of a hold that is asked for or runs."""
    held_at: datetime | None = None
    """Since when it is on hold."""
    held_days: int = 0
    """Working days of the running cycle that earlier holds took."""
    policy_version: int = 0
    """The deadlines in force when the cycle was first dispatched; before, when it was accepted."""
    sign_within: int = 0
    """Working days by these; likewise the one below."""
    handle_within: int = 0
    sign_hours: int = 0
    """Hours by these, where they say hours; likewise the one below."""
    handle_hours: int = 0

    @property
    def allowed(self) -> tuple[Step, ...]:
        """The steps that the order allows now, to whichever side they belong.

        A first answer is given once, and what was dispatched once has been accepted for good. It is
        not completed while a co-unit owes its reply.
        """
        spent = {
            Step.ANSWER: self.answered_at is not None,
            Step.DECLINE: self.first_dispatched_at is not None,
            Step.CO_REPLY: not self.co_waiting,
            Step.CO_MISSING: not self.co_waiting,
            Step.COMPLETE: bool(self.co_waiting),
        }
        return tuple(step for step in TRANSITIONS[self.state] if not spent.get(step, False))


def joined(units: Iterable[str]) -> str:
    """Names of units as one text in which each can be looked for: ``,water,police,``."""
    names = ",".join(unit for unit in units if unit)
    return f",{names}," if names else ""


def names_of(units: str) -> tuple[str, ...]:
    """The names that :func:`joined` wrote."""
    return tuple(name for name in units.split(",") if name)


def hash_of(event: OrderEvent) -> str:
    """The hash the event ought to bear, from the one before it and all its fields."""
    return link_hash(
        event.previous_hash,
        {
            "order": event.order,
            "sequence": event.sequence,
            "step": event.step.value,
            "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "recorded_at": event.recorded_at.astimezone(UTC).isoformat(timespec="microseconds"),
            "actor": event.actor,
            "unit": event.unit,
            "detail": dict(event.detail),
        },
    )


def first_break(events: Sequence[OrderEvent]) -> int | None:
    """The sequence at which an order's chain is broken, None when every link holds."""
    return first_broken(events, hash_of)
