"""What ``zhishou indicators verify`` holds against what, check by check, and how it is reported."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import JsonValue
from sqlalchemy.orm import Session

from device_configs.site.model import Site
from incident.false_alarm import Mark
from incident.marked import MarkDifference, mark_differences
from ops_core.hotline.orders.verifying import OrderFlaw, order_flaws
from ops_core.kernel.i18n import Message, message
from ops_core.knowledge.verifying import KnowledgeFlaw, knowledge_flaws
from ops_core.kpi.assessment.seals import RecordDifference
from ops_core.kpi.assessment.verifying import seal_count, sealed_differences
from ops_core.kpi.call_tallies import TallyDifference, tally_differences
from ops_core.kpi.day_sums import DaySumDifference, day_sum_differences
from ops_core.kpi.derived_records import JOURNAL_CHECKS, RECORD_CHECKS
from ops_core.kpi.derived_registers import register_differences
from ops_core.kpi.differences import DerivedDifference

Begins = Callable[[str], None]
"""Is given the name of what begins now."""


@dataclass(frozen=True, slots=True)
class ReportedDifference:
    """Something that is not what it rests on, for people and for programs."""

    line: str
    document: Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class FigureCheck:
    title: Message
    find: Callable[[Session, Site], Iterable[Any]]
    report: Callable[[Any], ReportedDifference]


def differences(
    session: Session, site: Site, translate: Callable[[str], str], begins: Begins
) -> Iterator[ReportedDifference]:
    """Everything that differs; ``begins`` is given each check, and each sealed value, in turn."""
    for check in CHECKS:
        begins(translate(check.title))
        yield from map(check.report, check.find(session, site))
    title = translate(SEALED)
    for one in sealed_differences(session, site, begins=lambda name: begins(f"{title} {name}")):
        yield _of_seal(one)


def step_count(session: Session) -> int:
    """How often :func:`differences` says that something begins."""
    return len(CHECKS) + seal_count(session)


def _of_tally(d: TallyDifference) -> ReportedDifference:
    seat = "offered" if d.offered else "not offered"
    return ReportedDifference(
        f"{d.day} {d.outcome} ({seat}): stored {d.stored}, counted {d.counted}",
        {"day": d.day, "outcome": d.outcome.value, "offered": d.offered,
         "stored": d.stored, "counted": d.counted},
    )  # fmt: skip


def _of_sum(d: DaySumDifference) -> ReportedDifference:
    kind = f"{d.series} {d.kind}".rstrip()
    return ReportedDifference(
        f"{d.day} {kind}: stored {d.stored}, counted {d.counted}",
        {"series": d.series, "day": d.day, "kind": d.kind,
         "stored": d.stored, "counted": d.counted},
    )  # fmt: skip


def _of_mark(m: MarkDifference) -> ReportedDifference:
    stored, by_events = _state_of(m.stored), _state_of(m.recorded)
    return ReportedDifference(
        f"{m.number} false alarm: stored {stored}, by its events {by_events}",
        {"incident": m.number, "stored": stored, "counted": by_events},
    )


def _state_of(mark: Mark | None) -> str:
    return "none" if mark is None else mark.state.value


def _of_record(d: DerivedDifference) -> ReportedDifference:
    return ReportedDifference(
        f"{d.kind} {d.identifier} {d.field}: stored {d.stored}, by its events {d.by_events}",
        {"kind": d.kind.value, "record": d.identifier, "field": d.field,
         "stored": d.stored, "counted": d.by_events},
    )  # fmt: skip


def _of_order(o: OrderFlaw) -> ReportedDifference:
    return ReportedDifference(
        f"order {o.order} {o.field}: stored {o.stored}, recorded {o.recorded}",
        {"kind": "order", "record": o.order, "field": o.field,
         "stored": o.stored, "counted": o.recorded},
    )  # fmt: skip


def _of_knowledge(k: KnowledgeFlaw) -> ReportedDifference:
    return ReportedDifference(
        f"{k.record} {k.field}: stored {k.stored}, by its chain {k.by_links}",
        {"kind": "knowledge", "record": k.record, "field": k.field,
         "stored": k.stored, "counted": k.by_links},
    )  # fmt: skip


def _of_seal(s: RecordDifference) -> ReportedDifference:
    return ReportedDifference(
        f"{s.month}/{s.indicator} {s.record}: sealed {s.sealed}, now {s.now}",
        {"kind": "sealed_record", "month": s.month, "indicator": s.indicator,
         "record": s.record, "stored": s.sealed, "counted": s.now},
    )  # fmt: skip


def _without_site(
    find: Callable[[Session], Iterable[Any]],
) -> Callable[[Session, Site], Iterable[Any]]:
    """Of a check that needs no site."""

    def found(session: Session, _: Site) -> Iterable[Any]:
        return find(session)

    return found


def _of_records(
    checks: Mapping[Message, Callable[[Session], Iterable[DerivedDifference]]],
) -> Iterator[FigureCheck]:
    for title, find in checks.items():
        yield FigureCheck(title, _without_site(find), _of_record)


SEALED = message("封存值")
CHECKS = (
    FigureCheck(message("来电的日合计"), tally_differences, _of_tally),
    FigureCheck(
        message("诉求、工单、回访和评价的日合计"),
        _without_site(day_sum_differences),
        _of_sum,
    ),
    FigureCheck(message("误报标记"), _without_site(mark_differences), _of_mark),
    *_of_records(RECORD_CHECKS),
    *_of_records(JOURNAL_CHECKS),
    FigureCheck(message("计划工作"), register_differences, _of_record),
    FigureCheck(message("工单的流程链"), _without_site(order_flaws), _of_order),
    FigureCheck(message("知识库"), _without_site(knowledge_flaws), _of_knowledge),
)
