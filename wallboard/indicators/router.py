"""The page of all indicators and the page of each, open to its records."""

from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from incident.false_alarm_terms import Cause
from incident.words import cause_word
from ops_core.kernel.i18n import Translate, translations
from ops_core.kernel.permissions import Permission
from ops_core.kpi.adjusting import record_name
from ops_core.kpi.figures import Figure
from ops_core.kpi.judgements import RecordVerdict
from ops_core.kpi.overview import (
    IndicatorDetail,
    PeriodChoice,
    read_indicator,
    read_overview,
)
from ops_core.kpi.periods import PeriodKind
from ops_core.kpi.records import Record, Show
from ops_core.kpi.words import (
    period_word,
    reason_word,
    secondary_word,
    show_word,
    verdict_word,
)
from wallboard.indicators.links import RecordLink, links_of
from wallboard.wall.tiles import bar
from wallboard.web import Reader, SignedInReader
from wallboard.work import Reading

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Tab:
    """A choice on the page of an indicator; ``count`` of the records behind it, if it has one."""

    word: str
    href: str
    is_current: bool
    count: int | None = None


@router.get("/indicators")
async def list_indicators(reader: SignedInReader, read: Reading, month: str = "") -> HTMLResponse:
    await reader.require(Permission.SEE_INDICATORS, "page", "indicators")
    overview = await read(lambda seen: read_overview(seen.session, seen.site, seen.now, month))
    return reader.page(
        "console/indicators.html", overview=overview, month=month, **_vocabulary(reader)
    )


@router.get("/indicators/{number}")
async def show_indicator(
    reader: SignedInReader,
    read: Reading,
    number: int,
    period: PeriodKind | None = None,
    month: str = "",
    show: Show | None = None,
    after: str = "",
) -> HTMLResponse:
    await reader.require(Permission.SEE_INDICATORS, "page", "indicators")
    choice = PeriodChoice(period, month)
    detail = await read(
        lambda seen: read_indicator(seen.session, seen.site, seen.now, number, choice, show, after)
    )
    translate = translations(reader.language).gettext
    kind = detail.figure.period.kind
    following = detail.page.following
    return reader.page(
        "console/indicator.html",
        detail=detail,
        month=month,
        address=address_of(number, period, month, show, after),
        periods=_period_tabs(detail, month, translate),
        tabs=_record_tabs(detail, month, translate),
        rows=_rows(reader, detail.page.records, translate),
        first=address_of(number, kind, month, detail.show) if after else None,
        following=following and address_of(number, kind, month, detail.show, str(following)),
        **_vocabulary(reader),
    )


def address_of(
    number: int,
    kind: PeriodKind | None = None,
    month: str = "",
    show: Show | None = None,
    after: str = "",
) -> str:
    """The address of an indicator's page; what is not chosen is not in it."""
    chosen = {"period": kind and kind.value, "month": month, "show": show and show.value,
              "after": after}  # fmt: skip
    query = urlencode({name: value for name, value in chosen.items() if value})
    return f"/indicators/{number}?{query}" if query else f"/indicators/{number}"


def _period_tabs(detail: IndicatorDetail, month: str, translate: Translate) -> list[Tab]:
    number, current = detail.figure.number, detail.figure.period.kind
    return [
        Tab(period_word(kind, translate), address_of(number, kind, month), kind is current)
        for kind in detail.kinds
    ]


def _record_tabs(detail: IndicatorDetail, month: str, translate: Translate) -> list[Tab]:
    number, kind = detail.figure.number, detail.figure.period.kind
    counts = detail.figure.counts
    return [
        Tab(
            show_word(show, translate),
            address_of(number, kind, month, show),
            show is detail.show,
            sum(counts.count(verdict) for verdict in RecordVerdict if show.accepts(verdict)),
        )
        for show in Show
        if show is not Show.PENDING or show is detail.show or detail.figure.pending
    ]


def _rows(
    reader: Reader, records: tuple[Record, ...], translate: Translate
) -> list[tuple[Record, tuple[RecordLink, ...], str | None]]:
    """Each record with its links, and the first of them that the reader may open."""
    rows = []
    for record in records:
        links = links_of(record, translate)
        allowed = (link.href for link in links if reader.may(link.permission))
        rows.append((record, links, next(allowed, None)))
    return rows


def exemption_address(number: int, record: Record) -> str:
    """Where a record's exemption is asked for, its name and instant filled in."""
    asked = {"indicator": number, "record": record_name(record), "start": record.at.isoformat()}
    return f"/exemptions?{urlencode(asked)}"


def _vocabulary(reader: Reader) -> dict[str, object]:
    translate = translations(reader.language).gettext

    def reasons(figure: Figure, verdict: str) -> list[tuple[str, int]]:
        found = figure.counts.reasons(RecordVerdict(verdict))
        return [(reason_word(reason, translate), count) for reason, count in found if reason]

    return {
        "bar": bar,
        "exemption_of": exemption_address,
        "address_of": address_of,
        "period_word": lambda kind: period_word(kind, translate),
        "reason_word": lambda reason: reason_word(reason, translate),
        "verdict_word": lambda judgement: verdict_word(judgement, translate),
        "cause_word": lambda cause: cause_word(Cause(cause), translate),
        "secondary_word": lambda kind: secondary_word(kind, translate),
        "reasons": reasons,
    }
