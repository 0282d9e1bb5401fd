"""What stands against submitting and sealing a month of an indicator (pure)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ops_core.kpi.figures import Figure
from ops_core.kpi.judgements import RecordVerdict
from ops_core.kpi.reasons import UNDECIDED


class MissingKind(StrEnum):
    NOT_OVER = "not_over"
    """The month is running."""
    UNDECIDED = "undecided"
    """Records whose clock is running: what they will be is not known."""
    PENDING = "pending"
    """Records of which people have yet to say as what they count."""
    UNPROVEN = "unproven"
    """Nobody signed that there was nothing."""
    EXEMPTIONS = "exemptions"
    """Requests that the purchaser has not decided."""


@dataclass(frozen=True, slots=True)
class Lack:
    kind: MissingKind
    count: int = 0


def missing_of(figure: Figure, waiting: int, now: datetime) -> tuple[Lack, ...]:
    """Of a month's figure; ``waiting`` counts undecided requests for exemption."""
    return tuple(_missing(figure, waiting, now))


def _missing(figure: Figure, waiting: int, now: datetime) -> Iterator[Lack]:
    if now < figure.period.end:
        yield Lack(MissingKind.NOT_OVER)
    reasons = figure.counts.reasons(RecordVerdict.LEFT_OUT)
    if undecided := sum(count for reason, count in reasons if reason in UNDECIDED):
        yield Lack(MissingKind.UNDECIDED, undecided)
    if figure.pending:
        yield Lack(MissingKind.PENDING, figure.pending)
    if figure.is_unproven:
        yield Lack(MissingKind.UNPROVEN, len(figure.unproven))
    if waiting:
        yield Lack(MissingKind.EXEMPTIONS, waiting)
