"""The records a figure opens to, a page at a time (pure)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ops_core.kpi.cursor import Cursor
from ops_core.kpi.judgements import Counts, Judgement, RecordVerdict
from ops_core.kpi.periods import Period
from ops_core.kpi.secondary import SecondaryRatio


@dataclass(frozen=True, slots=True)
class Cohort:
    """The records of a period, judged as of an instant."""

    period: Period
    as_of: datetime


class Show(StrEnum):
    """未达标, 待认定, 计入, 未计入."""

    MISSED = "missed"
    PENDING = "pending"
    COUNTED = "counted"
    LEFT_OUT = "left_out"

    def accepts(self, verdict: RecordVerdict) -> bool:
        match self:
            case Show.MISSED:
                return verdict is RecordVerdict.MISSED
            case Show.PENDING:
                return verdict is RecordVerdict.PENDING
            case Show.COUNTED:
                return verdict is not RecordVerdict.LEFT_OUT
            case Show.LEFT_OUT:
                return verdict is RecordVerdict.LEFT_OUT


class RecordKind(StrEnum):
    CALL = "call"
    ORDER = "order"
    CALLBACK = "callback"
    INCIDENT = "incident"
    TERMINAL = "terminal"
    REPORT = "report"
    TOPIC = "topic"
    """A hot topic that the front line is trained in."""
    NOTICE = "notice"
    """An update notice of the knowledge base."""
    ADJUDICATION = "adjudication"
    REGISTER = "register"


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Why people had a record left out, and who: never the same person twice."""

    cause: str
    """The short reason, by its identifier: :class:`incident.false_alarm.Cause`; empty of an
    exemption."""
    text: str
    proposed_by: str
    confirmed_by: str
    exemption: str = ""
    """The number of the exemption that left it out."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record behind a figure, and how it was judged.

    ``identifier`` is the call's, the order's, ``<order>/<cycle>`` of a callback, the incident's
    number, the seat's, the report's key, or the number of an item of planned work.
    """

    kind: RecordKind
    identifier: str
    at: datetime
    """The cohort's time stamp."""
    judgement: Judgement
    key: str = ""
    """Orders records of the same instant; the identifier unless given."""
    due_at: datetime | None = None
    score: int | None = None
    seat: int | None = None
    agent: str = ""
    exclusion: Exclusion | None = None
    matter: str = ""
    """The adjudication by which it is judged, if by any."""
    ratios: tuple[SecondaryRatio, ...] = ()
    """What it alone is in the ratios that stand beside the figure."""

    @property
    def cursor(self) -> "Cursor":
        return Cursor(self.at, self.key or self.identifier)


@dataclass(frozen=True, slots=True)
class IndicatorReading:
    """What a source counted, and the ratios shown with it.

    ``base`` counts the records of the other kind of a rate; ``unproven`` names the parts of the
    period (``2026-11``) for which nobody has signed that there was nothing.
    """

    counts: Counts
    secondary: tuple[SecondaryRatio, ...] = ()
    base: int | None = None
    unproven: tuple[str, ...] = ()
