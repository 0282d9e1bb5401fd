"""Invariant 10: however the events of calls arrive, the calls and their tallies are the same."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from ops_core.hotline.calls.model import CallEvent, CallEventKind, Outcome, call_of
from ops_core.hotline.calls.queue_log import IncomingEvent
from ops_core.hotline.calls.service import take_events
from ops_core.hotline.calls.store import call_of_row
from ops_core.hotline.calls.tables import CallRow, CallTallyRow
from ops_core.hotline.calls.tallies import recount, tally_key
from ops_core.hotline.contacts.tables import RequesterRow
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.kernel.database import Database
from tests.ops_core.hotline.conftest import SHANGHAI, TELEPHONY, Work

START = datetime(2026, 3, 1, 15, 59, tzinfo=UTC)
"""A minute before midnight in Shanghai: calls fall on two days."""
CALLS = 2
_batches = count()

Told = tuple[int, CallEventKind, int, bool]
"""Call, kind, seconds after the start, whether the caller's number is told."""
histories = st.lists(
    st.tuples(
        st.integers(0, CALLS - 1),
        st.sampled_from(CallEventKind),
        st.integers(0, 120),
        st.booleans(),
    ),
    min_size=1,
    max_size=14,
)
Tallies = Counter[tuple[str, str, bool]]


def incoming(source: str, told: list[Told]) -> list[IncomingEvent]:
    """The history in the numbering of a source of its own; all sources name the same calls."""
    return [
        IncomingEvent(
            CallEvent(
                source, number, "" if kind is CallEventKind.QUEUESTART else str(call),
                kind, START + timedelta(seconds=second),
                "citizen", f"agent-{number % 3}", number % 72 + 1,
            ),
            f"1391234567{call}" if named and kind is CallEventKind.ENTERQUEUE else "",
        )
        for number, (call, kind, second, named) in enumerate(told)
    ]  # fmt: skip


def arrivals(data: st.DataObject, known: list[IncomingEvent]) -> list[list[IncomingEvent]]:
    """The events in any order, some of them again, in lots cut anywhere."""
    again = data.draw(st.lists(st.sampled_from(known), max_size=6))
    order = data.draw(st.permutations(known + again))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(order)), max_size=4)))
    bounds = zip([0, *cuts], [*cuts, len(order)], strict=True)
    return [lot for lot in (order[a:b] for a, b in bounds) if lot]


def tallied(database: Database) -> Tallies:
    """The stored tallies, which are those the calls themselves give."""
    with database.reading() as session:
        rows = session.scalars(select(CallTallyRow).where(CallTallyRow.count != 0))
        stored = {(row.day, row.outcome, row.offered): row.count for row in rows}
        assert stored == recount(session, SHANGHAI)
    return Counter(stored)


def test_neither_order_nor_lots_nor_repetition_matters(
    database: Database, work: Work, vault: ContactVault
) -> None:
    examples = 40 if database.engine.dialect.name == "sqlite" else 10

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(histories, st.data())
    def whatever_arrives(told: list[Told], data: st.DataObject) -> None:
        known = incoming(f"pbx-{next(_batches)}", told)
        before = tallied(database)
        for lot in arrivals(data, known):
            with work(TELEPHONY) as uow:
                take_events(uow, vault, lot, SHANGHAI)
            tallied(database)
        check(known, before, database, vault.unseal)

    whatever_arrives()


def test_a_caller_who_is_told_of_later_is_not_lost(
    database: Database, work: Work, vault: ContactVault
) -> None:
    """The event that tells the number changes nothing else of a call that waits."""
    entered = CallEventKind.ENTERQUEUE
    known = incoming("pbx", [(0, entered, 0, False), (0, entered, 9, True)])
    for item in known:
        with work(TELEPHONY) as uow:
            take_events(uow, vault, [item], SHANGHAI)
    check(known, Counter(), database, vault.unseal)


def check(
    known: list[IncomingEvent],
    before: Tallies,
    database: Database,
    unseal: Callable[[str], str],
) -> None:
    """The calls are what their set of events says, and every one that entered is tallied once."""
    by_call: dict[str, list[IncomingEvent]] = {}
    for item in known:
        by_call.setdefault(item.event.name, []).append(item)
    starts = [item.event for item in by_call.pop("", [])]
    calls = {name: call_of((i.event for i in items), starts) for name, items in by_call.items()}
    expected = {name: call for name, call in calls.items() if call is not None}
    callers = {name: next((i.caller for i in by_call[name] if i.caller), None) for name in expected}
    with database.reading() as session:
        rows = session.scalars(select(CallRow).where(CallRow.call.in_(by_call))).all()
        assert {row.call: call_of_row(row) for row in rows} == expected
        for row in rows:
            requester = row.requester_id and session.get_one(RequesterRow, row.requester_id)
            number = unseal(requester.number_sealed) if requester else None
            assert number == callers[row.call]
    moved = tallied(database)
    moved.subtract(before)
    assert +moved == Counter(tally_key(call, SHANGHAI) for call in expected.values())
    outcomes = Counter(call.outcome for call in expected.values())
    entered = sum(has_entered({i.event.kind for i in items}) for items in by_call.values())
    assert sum(outcomes[outcome] for outcome in Outcome) == entered


def has_entered(kinds: set[CallEventKind]) -> bool:
    """It is said, or follows from what happens in a queue alone."""
    return bool(
        kinds
        & {
            CallEventKind.ENTERQUEUE, CallEventKind.CONNECT, CallEventKind.ABANDON,
            CallEventKind.EXITWITHTIMEOUT, CallEventKind.EXITEMPTY, CallEventKind.EXITWITHKEY,
            CallEventKind.AGENTDUMP,
        }
    )  # fmt: skip
