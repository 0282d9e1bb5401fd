"""Forms and buttons of adjudications: what a reader may submit and decide (pure)."""

from dataclasses import dataclass
from datetime import datetime

from ops_core.hotline.adjudications.kinds import (
    RULES,
    AdjudicationCause,
    AdjudicationKind,
    EventLevel,
)
from ops_core.hotline.adjudications.model import (
    NEEDS_TEXT,
    STEP_WORDS,
    Adjudication,
    AdjudicationStep,
    Submission,
    allowed_steps,
    obstacle,
)
from ops_core.kernel.i18n import Message
from ops_core.kernel.permissions import Actor
from ops_core.kernel.times import local_instant
from wallboard.web import Reader


@dataclass(frozen=True, slots=True)
class MatterFields:
    """A matter as somebody writes it; ``occurred_at`` empty: now."""

    kind: AdjudicationKind
    subject: str = ""
    text: str = ""
    nature: str = ""
    level: EventLevel | None = None
    order: str = ""
    call: str = ""
    person: str = ""
    occurred_at: str = ""


@dataclass(frozen=True, slots=True)
class MatterButton:
    """A step that state and kind allow; ``reason`` says why this reader may not take it."""

    step: AdjudicationStep
    word: Message
    causes: tuple[AdjudicationCause, ...]
    needs_text: bool
    reason: Message | None


def submission_of(fields: MatterFields, now: datetime) -> Submission:
    """Raises :class:`ops_core.kernel.errors.Invalid` for no instant."""
    at = local_instant(fields.occurred_at) if fields.occurred_at.strip() else now
    return Submission(
        fields.kind, fields.subject.strip(), at, fields.text, fields.nature, fields.level,
        fields.order.strip(), fields.call.strip(), fields.person.strip(),
    )  # fmt: skip


def kinds_to_submit(reader: Reader) -> tuple[AdjudicationKind, ...]:
    """The kinds of matters this reader may submit."""
    return tuple(
        kind
        for kind, rules in RULES.items()
        if rules.submit is not None and reader.may(rules.submit)
    )


def buttons_of(matter: Adjudication, actor: Actor) -> tuple[MatterButton, ...]:
    """The buttons of a matter's page."""
    causes = RULES[matter.submission.kind].causes
    return tuple(
        MatterButton(
            step, STEP_WORDS[step], causes.get(step.value, ()), step in NEEDS_TEXT,
            obstacle(matter, step, actor),
        )
        for step in allowed_steps(matter)
    )  # fmt: skip
