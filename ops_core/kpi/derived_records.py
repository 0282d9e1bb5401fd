"""What indicators 1 to 6 and 10 count, held against the append-only events it was made from.

The day sums agree with the calls (:mod:`ops_core.kpi.call_tallies`), and calls that were changed
together with their sums agree as well: only their events still say what they were, and of those the
audit log has a digest.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice
from types import MappingProxyType

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from ops_core.hotline.adjudications.verifying import adjudication_flaws
from ops_core.hotline.calls.digest import source_differences
from ops_core.hotline.calls.model import Call, CallEvent, CallEventKind, call_of
from ops_core.hotline.calls.people import with_person
from ops_core.hotline.calls.service import CALL_SOURCE
from ops_core.hotline.calls.store import call_of_row, event_of
from ops_core.hotline.calls.tables import CallEventRow, CallRow
from ops_core.hotline.presence.digest import PRESENCE, presence_difference
from ops_core.hotline.presence.model import SeatSignIn
from ops_core.hotline.presence.read import all_sign_ins
from ops_core.kernel.i18n import Message, message
from ops_core.kpi.assessment.derived import exemption_differences
from ops_core.kpi.assessment.verifying import assessment_differences
from ops_core.kpi.audited_events import event_differences
from ops_core.kpi.derived_callbacks import callback_differences
from ops_core.kpi.derived_cases import case_differences
from ops_core.kpi.derived_policies import policy_differences
from ops_core.kpi.differences import DerivedDifference, DerivedKind, differing
from ops_core.obligations.verifying import report_flaws
from seat_assets.changes_by_events import change_flaws
from seat_assets.digest import CHANGED, digest_differences
from seat_assets.service_record import SEAT

AT_ONCE = 500
"""Records looked up by one question."""


def derived_differences(session: Session) -> list[DerivedDifference]:
    """Every call, request, callback, attempt, rating, adjudication and report that its events do
    not give.

    Reads every event of calls, in slices; a million take minutes.
    """
    return [one for find in RECORD_CHECKS.values() for one in find(session)]


def journal_differences(session: Session) -> list[DerivedDifference]:
    """Events that are not what the audit log has of them; empty when all agree."""
    return [one for find in JOURNAL_CHECKS.values() for one in find(session)]


def _reports(session: Session) -> Iterator[DerivedDifference]:
    for one in report_flaws(session):
        kind = DerivedKind.REPORT
        yield DerivedDifference(kind, one.report, one.field, one.stored, one.recorded)


def _sources(session: Session) -> Iterator[DerivedDifference]:
    for one in source_differences(session, CALL_SOURCE):
        kind = DerivedKind.SOURCE
        yield DerivedDifference(kind, one.source, "digest", one.stored, one.recorded)


def _terminals(session: Session) -> Iterator[DerivedDifference]:
    for one in digest_differences(session, SEAT):
        kind = DerivedKind.TERMINALS
        yield DerivedDifference(kind, one.act, "digest", one.stored, one.recorded)
        for flaw in change_flaws(session) if one.act == CHANGED else ():
            name = f"{flaw.seat} {flaw.part} {flaw.at.isoformat()}"
            yield DerivedDifference(kind, name, "condition", flaw.stored, flaw.by_events)


def _presence(session: Session) -> Iterator[DerivedDifference]:
    if (found := presence_difference(session)) is not None:
        yield DerivedDifference(DerivedKind.PRESENCE, PRESENCE, "digest", *found)


def _adjudications(session: Session) -> Iterator[DerivedDifference]:
    for one in adjudication_flaws(session):
        kind = DerivedKind.ADJUDICATION
        yield DerivedDifference(kind, one.number, one.field, one.stored, one.recorded)


def _calls(session: Session) -> Iterator[DerivedDifference]:
    starts, sign_ins = _starts(session), _by_seat(all_sign_ins(session))
    rows = session.execute(
        select(CallEventRow.__table__)
        .where(CallEventRow.call != "")
        .order_by(CallEventRow.call, CallEventRow.source)
        .execution_options(yield_per=5000)
    )
    by_call = groupby((event_of(row) for row in rows), key=lambda event: event.name)
    counted = ((name, _call_of(list(events), starts, sign_ins)) for name, events in by_call)
    while some := list(islice(counted, AT_ONCE)):
        stored = _stored_calls(session, [name for name, _ in some])
        for name, call in some:
            yield from differing(DerivedKind.CALL, name, _fields(stored.get(name)), _fields(call))
    for row in session.scalars(select(CallRow).where(~_has_event(session))):
        call = call_of_row(row)
        yield from differing(DerivedKind.CALL, call.call, _fields(call), None)


def _has_event(session: Session) -> ColumnElement[bool]:
    """Asked by the identifier, which the events are indexed by."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    cut = (func.instr if is_sqlite else func.strpos)(CallRow.call, ":")
    source = func.replace(func.replace(CallEventRow.source, "%", "%25"), ":", "%3A")
    return exists().where(
        CallEventRow.call == func.substr(CallRow.call, cut + 1),
        source + ":" + CallEventRow.call == CallRow.call,
    )


def _starts(session: Session) -> Mapping[str, Sequence[CallEvent]]:
    found: dict[str, list[CallEvent]] = defaultdict(list)
    kind = CallEventKind.QUEUESTART.value
    for row in session.scalars(select(CallEventRow).where(CallEventRow.kind == kind)):
        found[row.source].append(event_of(row))
    return found


def _by_seat(sign_ins: Sequence[SeatSignIn]) -> Mapping[int, Sequence[SeatSignIn]]:
    found: dict[int, list[SeatSignIn]] = defaultdict(list)
    for one in sign_ins:
        found[one.seat].append(one)
    return found


def _call_of(
    events: Sequence[CallEvent],
    starts: Mapping[str, Sequence[CallEvent]],
    sign_ins: Mapping[int, Sequence[SeatSignIn]],
) -> Call | None:
    of_sources = [s for source in {e.source for e in events} for s in starts.get(source, ())]
    call = call_of(events, of_sources)
    if call is None or call.seat is None:
        return call
    return with_person(call, sign_ins.get(call.seat, ()))


def _stored_calls(session: Session, names: Sequence[str]) -> dict[str, Call]:
    rows = session.scalars(select(CallRow).where(CallRow.call.in_(names)))
    return {row.call: call_of_row(row) for row in rows}


def _fields(call: Call | None) -> dict[str, str] | None:
    if call is None:
        return None
    return {
        "outcome": call.outcome.value,
        "entered_at": call.entered_at.isoformat(),
        "answered_at": call.answered_at.isoformat() if call.answered_at else "none",
        "left_at": call.left_at.isoformat() if call.left_at else "none",
        "queue": call.queue,
        "seat": str(call.seat),
        "agent": call.agent,
        "rung": str(call.rung),
        "transfers": str(call.transfers),
    }


Checks = Mapping[Message, Callable[[Session], Iterable[DerivedDifference]]]
RECORD_CHECKS: Checks = MappingProxyType(
    {
        message("来电记录"): _calls,
        message("诉求记录"): case_differences,
        message("回访和评价记录"): callback_differences,
        message("认定记录"): _adjudications,
        message("报告记录"): _reports,
        message("剔除记录"): exemption_differences,
        message("时限版本"): policy_differences,
        message("考核期和封存链"): assessment_differences,
    }
)
"""Records that are held against their events, by what they are called."""
JOURNAL_CHECKS: Checks = MappingProxyType(
    {
        message("话务系统上报的事件"): _sources,
        message("终端变化"): _terminals,
        message("席位签到"): _presence,
        message("审计日志中的事件"): event_differences,
    }
)
"""Events that are held against the audit log."""
