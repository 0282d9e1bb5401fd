"""What the demonstration brings, one at a time (values)."""

from dataclasses import dataclass
from datetime import datetime

from ops_core.hotline.adjudications.model import Submission
from ops_core.hotline.callbacks.model import Answers, AttemptResult, CallbackOutcome
from ops_core.hotline.calls.queue_log import IncomingEvent
from ops_core.hotline.cases.model import CaseDraft
from ops_core.hotline.orders.particulars import NO_PARTICULARS, Particulars
from ops_core.hotline.orders.steps import Step
from ops_core.kernel.permissions import Actor


@dataclass(frozen=True, slots=True)
class Heard:
    """The telephone system reports an event of a call."""

    at: datetime
    item: IncomingEvent


@dataclass(frozen=True, slots=True)
class RatedCall:
    """A caller rates the attitude after the call."""

    at: datetime
    call: str
    score: int


@dataclass(frozen=True, slots=True)
class Requested:
    """A request comes in. On the telephone whoever took the call writes it, ``actor`` by plan.

    ``until`` is the last that is planned for its order; the request's own instant without one.
    """

    at: datetime
    draft: CaseDraft
    actor: Actor
    until: datetime


@dataclass(frozen=True, slots=True)
class Stepped:
    """Somebody takes a step of the order of the request ``ref``; ``version`` is what he sees."""

    at: datetime
    ref: str
    version: int
    step: Step
    actor: Actor
    unit: str = ""
    remark: str = ""
    particulars: Particulars = NO_PARTICULARS
    """Without an order to merge into, and without an article: what is on record gives them."""


@dataclass(frozen=True, slots=True)
class CalledBack:
    """An attempt at a callback, or its end as unreachable.

    ``version`` is that of the task before it. Reached without ``answers`` is a refusal;
    ``outcome`` is None for an attempt that reached nobody.
    """

    at: datetime
    ref: str
    cycle: int
    version: int
    actor: Actor
    result: AttemptResult
    outcome: CallbackOutcome | None = None
    answers: Answers | None = None
    recording: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Filed:
    """Somebody puts a matter before the purchaser."""

    at: datetime
    submission: Submission
    actor: Actor


@dataclass(frozen=True, slots=True)
class Decided:
    """The purchaser decides what has lain before him for a while."""

    at: datetime
    actor: Actor


Happening = Heard | RatedCall | Requested | Stepped | CalledBack | Filed | Decided


def subject_of(happening: Happening) -> str:
    """What it is about: a call, or the request an order came from."""
    match happening:
        case Heard():
            return happening.item.event.call
        case RatedCall():
            return happening.call
        case Requested():
            return happening.draft.source_ref
        case Stepped() | CalledBack():
            return happening.ref
        case Filed():
            return happening.submission.subject
        case Decided():
            return happening.actor.name


def order_key(happening: Happening) -> tuple[datetime, int, str, int]:
    """By which happenings are put in order of time, always the same way."""
    match happening:
        case Heard():
            return happening.at, 0, happening.item.event.call, happening.item.event.sequence
        case RatedCall():
            return happening.at, 1, happening.call, 0
        case Requested():
            return happening.at, 2, happening.draft.source_ref, 0
        case Stepped():
            return happening.at, 3, happening.ref, happening.version
        case CalledBack():
            return happening.at, 4, happening.ref, happening.version
        case Filed():
            return happening.at, 5, happening.submission.subject, 0
        case Decided():
            return happening.at, 6, happening.actor.name, 0
