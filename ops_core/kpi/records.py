"""The records a figure opens to, a page at a time (pure)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from ops_core.kernel.errors import Invalid
from ops_core.kpi.figures import Counts, Judgement, SecondaryRatio, Verdict
from ops_core.kpi.periods import Period

PAGE_SIZE = 100
_STAMP = "%Y%m%dT%H%M%S.%f"


@dataclass(frozen=True, slots=True)
class Cohort:
    """The records of a period, judged as of an instant."""

    period: Period
    as_of: datetime


class Show(StrEnum):
    """未达标, 计入, 未计入."""

    MISSED = "missed"
    COUNTED = "counted"
    LEFT_OUT = "left_out"

    def wants(self, verdict: Verdict) -> bool:
        match self:
            case Show.MISSED:
                return verdict is Verdict.MISSED
            case Show.COUNTED:
                return verdict is not Verdict.LEFT_OUT
            case Show.LEFT_OUT:
                return verdict is Verdict.LEFT_OUT


class RecordKind(StrEnum):
    CALL = "call"
    CALLBACK = "callback"
    INCIDENT = "incident"
    TERMINAL = "terminal"


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Why people had a record left out, and who: never the same person twice."""

    cause: str
    """The short reason, by its identifier: :class:`incident.false_alarm.Cause`."""
    text: str
    proposed_by: str
    confirmed_by: str


@dataclass(frozen=True, slots=True)
class Record:
    """One record behind a figure, and how it was judged.

    ``identifier`` is the call's, ``<order>/<cycle>``, the incident's number or the seat's.
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

    @property
    def cursor(self) -> "Cursor":
        return Cursor(self.at, self.key or self.identifier)


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last record of a page: the next page begins after it, towards older ones."""

    at: datetime
    key: str

    def __str__(self) -> str:
        return f"{self.at.astimezone(UTC).strftime(_STAMP)}~{self.key}"

    @staticmethod
    def read(text: str) -> "Cursor | None":
        """The cursor of a page's address, None for the first page. Raises :class:`Invalid`."""
        if not text:
            return None
        stamp, _, key = text.partition("~")
        try:
            at = datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
        except ValueError:
            at = None
        if at is None or not key or not key.isprintable():
            raise Invalid("翻页位置不正确", "", "请从第一页重新翻起。")
        return Cursor(at, key)


@dataclass(frozen=True, slots=True)
class Page:
    """Records, the latest first; ``following`` leads to older ones, None at the end."""

    records: tuple[Record, ...]
    following: Cursor | None = None


def page_of(found: Iterable[Record], limit: int = PAGE_SIZE) -> Page:
    """A page of what a source found: one record more than fits says that there are others."""
    records: list[Record] = []
    for record in found:
        if len(records) == limit:
            return Page(tuple(records), records[-1].cursor)
        records.append(record)
    return Page(tuple(records))


def page_from(records: Iterable[Record], after: Cursor | None, limit: int = PAGE_SIZE) -> Page:
    """A page of records that are at hand, the latest first."""
    if after is None:
        return page_of(records, limit)
    seen = (after.at, after.key)
    return page_of((r for r in records if (r.at, r.cursor.key) < seen), limit)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a source counted, and the ratios beside it."""

    counts: Counts
    secondary: tuple[SecondaryRatio, ...] = ()
