import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from ops_core.kernel.audit import (
    GENESIS,
    Anchor,
    AuditEntry,
    AuditPage,
    BreakKind,
    add_entries,
    find_breaks,
    hash_of,
    read_audit,
    read_head,
    search_audit,
    verify_chain,
)
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.permissions import Actor

ZHANG = Actor.user("zhang.wei", [])
START = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)


def chain_of(contents: list[tuple[str, str, str]]) -> list[AuditEntry]:
    chain: list[AuditEntry] = []
    for position, (actor, action, detail) in enumerate(contents, start=1):
        at = START + timedelta(seconds=position)
        previous = chain[-1].hash if chain else GENESIS
        entry = AuditEntry(position, at, actor, action, "link", "a", detail, previous, "")
        chain.append(replace(entry, hash=hash_of(entry)))
    return chain


def head_of(chain: list[AuditEntry]) -> Anchor:
    return Anchor(chain[-1].position, chain[-1].hash) if chain else Anchor(0, GENESIS)


chains = st.lists(st.tuples(words, words, words), min_size=1, max_size=8).map(chain_of)


@given(chains)
def test_an_untouched_chain_has_no_break(chain: list[AuditEntry]) -> None:
    assert list(find_breaks(chain, head_of(chain))) == []
    assert list(find_breaks([], Anchor(0, GENESIS))) == []


@given(chains, st.data())
def test_any_edit_is_found_at_the_entry_edited(
    chain: list[AuditEntry], data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, len(chain) - 1))
    entry = chain[index]
    field = data.draw(
        st.sampled_from(["actor", "action", "subject_type", "subject_id", "detail", "hash", "at"])
    )
    value = (
        data.draw(st.datetimes(timezones=st.just(UTC)))
        if field == "at"
        else data.draw(st.one_of(words, words.map(lambda word: getattr(entry, field) + word)))
    )
    if value == getattr(entry, field):
        return
    forged = [*chain[:index], replace(entry, **{field: value}), *chain[index + 1 :]]
    assert next(find_breaks(forged, head_of(chain))).position == entry.position


@given(chains, st.data())
def test_any_deletion_is_found(chain: list[AuditEntry], data: st.DataObject) -> None:
    taken = data.draw(st.sets(st.sampled_from(chain), min_size=1))
    left = [entry for entry in chain if entry not in taken]
    found = list(find_breaks(left, head_of(chain)))
    first_taken = min(entry.position for entry in taken)
    assert found
    assert found[0].position >= first_taken
    assert found[0].kind in {BreakKind.MISSING, BreakKind.HEAD}


@given(chains, st.data())
def test_any_reordering_is_found(chain: list[AuditEntry], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(chain))
    if shuffled == chain:
        return
    renumbered = [replace(e, position=n) for n, e in enumerate(shuffled, start=1)]
    assert list(find_breaks(renumbered, head_of(chain)))


@given(chains, st.data())
def test_a_chain_computed_anew_is_betrayed_by_an_anchor(
    chain: list[AuditEntry], data: st.DataObject
) -> None:
    kept = head_of(chain)
    forged = chain_of([("somebody else", entry.action, entry.detail) for entry in chain])
    assert list(find_breaks(forged, head_of(forged))) == [] or forged == chain
    if forged != chain:
        assert list(find_breaks(forged, head_of(forged), [kept]))
    short = chain[: data.draw(st.integers(0, len(chain) - 1))]
    assert list(find_breaks(short, head_of(short), [kept]))


def record(database: Database, clock: FixedClock, count: int) -> None:
    for number in range(count):
        with unit_of_work(database, None, clock, ZHANG) as uow:
            uow.audit("cut_link", "link", str(number), {})
        clock.advance(timedelta(seconds=1))


def test_a_recorded_chain_verifies_after_it_was_stored(
    database: Database, clock: FixedClock
) -> None:
    clock.advance(timedelta(microseconds=1))
    record(database, clock, 3)
    with database.reading() as session:
        assert verify_chain(session, [read_head(session)]) == []
        assert [entry.position for entry in read_audit(session, limit=2)] == [3, 2]
        assert [entry.position for entry in read_audit(session, before=2)] == [1]


@pytest.mark.parametrize(
    ("tampering", "position", "kind"),
    [
        ("UPDATE audit_entries SET actor = 'li' WHERE position = 2", 2, BreakKind.ALTERED),
        ("UPDATE audit_entries SET detail = '{ }' WHERE position = 2", 2, BreakKind.ALTERED),
        ("UPDATE audit_entries SET at = '2026-01-01' WHERE position = 2", 2, BreakKind.ALTERED),
        ("DELETE FROM audit_entries WHERE position = 1", 2, BreakKind.MISSING),
        ("DELETE FROM audit_entries WHERE position = 3", 3, BreakKind.HEAD),
        ("DELETE FROM audit_entries", 3, BreakKind.HEAD),
        ("DELETE FROM audit_heads", 3, BreakKind.HEAD),
        (
            "UPDATE audit_entries SET position = 9 WHERE position = 1;"
            "UPDATE audit_entries SET position = 1 WHERE position = 2;"
            "UPDATE audit_entries SET position = 2 WHERE position = 9",
            1,
            BreakKind.UNLINKED,
        ),
    ],
    ids=[
        "another actor",
        "a detail spelt differently",
        "another time",
        "the first taken out",
        "the last taken out",
        "all taken out",
        "the head taken out",
        "two exchanged",
    ],
)
def test_tampering_in_the_database_is_found_where_it_was_done(
    database: Database, clock: FixedClock, tampering: str, position: int, kind: BreakKind
) -> None:
    record(database, clock, 3)
    with database.transaction() as session:
        for statement in tampering.split(";"):
            session.execute(text(statement))
    with database.reading() as session:
        first = verify_chain(session)[0]
    assert (first.position, first.kind) == (position, kind)


def test_many_writers_make_one_chain(database: Database, clock: FixedClock) -> None:
    def write() -> None:
        for _ in range(10):
            with unit_of_work(database, None, clock, ZHANG) as uow:
                uow.audit("cut_link", "link", "a", {})
                uow.audit("heal_link", "link", "a", {})

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        assert verify_chain(session) == []
        assert read_head(session).position == 80


def test_a_search_looks_through_a_bounded_part_of_the_log_and_says_where_it_stopped(
    database: Database,
) -> None:
    with database.transaction() as session:
        add_entries(session, chain_of([(f"u{n % 5}", "done", "") for n in range(1, 31)]))
    found, pages, before = [], 0, None
    with database.reading() as session:
        while True:
            page = search_audit(session, 4, before, "u3", searched=10)
            assert len(page.entries) <= 4
            found += [entry.position for entry in page.entries]
            pages += 1
            assert page.is_cut is (page.following is not None)
            if page.following is None:
                break
            before = page.following
        assert (found, pages) == ([28, 23, 18, 13, 8, 3], 3)
        assert search_audit(session, 2, None, "u3", searched=10) == AuditPage(
            tuple(read_audit(session, 2, 29, "u3")), 23, is_cut=False
        )
        beyond = search_audit(session, 2, 10_000, "u3", searched=10)
        assert beyond == search_audit(session, 2, None, "u3", searched=10)
        all_of_it = search_audit(session, 30, None, "", searched=10)
        assert (len(all_of_it.entries), all_of_it.following) == (30, None)
        nothing = search_audit(session, 4, None, "nobody", searched=30)
        assert nothing == AuditPage((), None, is_cut=False)
