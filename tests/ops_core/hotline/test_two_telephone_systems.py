"""Two telephone systems that give the same identifiers: two calls, and what names either."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.dialects import sqlite

from device_configs.site.model import Site
from ops_core.hotline.adjudications.kinds import AdjudicationKind, EventLevel
from ops_core.hotline.adjudications.model import Submission
from ops_core.hotline.adjudications.service import submit
from ops_core.hotline.callbacks.store import load_task
from ops_core.hotline.calls import read as call_read
from ops_core.hotline.calls.feed import take_batch
from ops_core.hotline.calls.growing_log import GrowingLog
from ops_core.hotline.calls.model import CallEvent, CallEventKind, Outcome
from ops_core.hotline.calls.naming import call_name, name_parts
from ops_core.hotline.calls.queue_log import IncomingEvent, LogSource
from ops_core.hotline.calls.ratings import rate_call
from ops_core.hotline.calls.service import take_events
from ops_core.hotline.calls.store import _TOUCHED
from ops_core.hotline.calls.tables import AttitudeRatingRow, CallRow
from ops_core.hotline.calls.telephone_systems import require_declared
from ops_core.hotline.cases.agent_call import read_agent_call, read_present_call
from ops_core.hotline.cases.service import record_case
from ops_core.hotline.cases.tables import CaseRow
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.kernel.database import Database
from ops_core.kernel.errors import Conflict, Invalid, NotFound
from ops_core.kpi.derived_records import derived_differences
from ops_core.kpi.periods import month_of
from ops_core.kpi.read import read_figure
from tests.ops_core.hotline.conftest import AGENT, REVIEWER, SHANGHAI, TELEPHONY, Work
from tests.ops_core.hotline.test_course_of_an_order import complete, draft
from wallboard.calls.log_follower import LogFollower

KINDS = CallEventKind
AT = datetime(2026, 3, 2, 0, 30, tzinfo=UTC)
UNIQUE = "1772411400.7"
LATER = AT + timedelta(minutes=10)


def reported(source: str, *kinds: CallEventKind, agent: str = "agent.lin") -> list[IncomingEvent]:
    """The same call and the same instants, whichever system reports them."""
    return [
        IncomingEvent(
            CallEvent(
                source, n, UNIQUE, kind, AT + timedelta(seconds=n), "citizen",
                agent if kind in (KINDS.CONNECT, KINDS.COMPLETECALLER) else "",
            ),
            f"1391234567{len(source) % 10}" if kind is KINDS.ENTERQUEUE else "",
        )
        for n, kind in enumerate(kinds)
    ]  # fmt: skip


ANSWERED = (KINDS.ENTERQUEUE, KINDS.CONNECT, KINDS.COMPLETECALLER)


@pytest.fixture
def two_calls(work: Work, vault: ContactVault) -> None:
    """Answered at one gateway, abandoned at the other, in the same seconds."""
    for batch in (reported("vg-a", *ANSWERED), reported("vg-bb", KINDS.ENTERQUEUE, KINDS.ABANDON)):
        with work(TELEPHONY) as uow:
            take_events(uow, vault, batch, SHANGHAI)


@pytest.mark.usefixtures("two_calls")
def test_the_abandoned_call_of_the_other_system_is_counted(database: Database, site: Site) -> None:
    with database.reading() as session:
        month = month_of(AT, site.contract)
        figure = read_figure(session, site, 1, month, LATER)
        stored = {r.call: r.outcome for r in session.scalars(select(CallRow))}
        events = call_read.events_of_call(session, f"vg-a:{UNIQUE}")
        callers = session.scalars(select(CallRow.requester_id)).all()
        assert derived_differences(session) == []
    assert (figure.numerator, figure.denominator) == (1, 2)
    assert stored == {f"vg-a:{UNIQUE}": Outcome.ANSWERED, f"vg-bb:{UNIQUE}": Outcome.ABANDONED}
    assert [event.kind for event in events] == list(ANSWERED)
    assert len(set(callers)) == 2


@pytest.mark.usefixtures("two_calls")
def test_a_start_of_one_system_ends_no_call_of_the_other(
    work: Work, vault: ContactVault, database: Database
) -> None:
    again = AT + timedelta(minutes=1)
    going_on = [
        replace(item, event=replace(item.event, sequence=50, call="9", at=again))
        for source in ("vg-a", "vg-bb")
        for item in reported(source, KINDS.ENTERQUEUE)
    ]
    start = CallEvent("vg-bb", 51, "", KINDS.QUEUESTART, again + timedelta(seconds=5))
    for batch in ([going_on[0]], [going_on[1]], [IncomingEvent(start)]):
        with work(TELEPHONY) as uow:
            take_events(uow, vault, batch, SHANGHAI)
    with database.reading() as session:
        assert session.get_one(CallRow, "vg-a:9").outcome == Outcome.WAITING
        assert session.get_one(CallRow, "vg-bb:9").outcome == Outcome.UNKNOWN


@pytest.mark.usefixtures("two_calls")
def test_a_rating_is_of_the_call_it_names_and_of_none_where_that_is_open(
    work: Work, site: Site, database: Database
) -> None:
    with work(TELEPHONY) as uow, pytest.raises(Conflict) as refused:
        rate_call(uow, site, UNIQUE, 5, LATER)
    assert f"vg-a:{UNIQUE}" in str(refused.value)
    assert f"vg-bb:{UNIQUE}" in str(refused.value)
    with work(TELEPHONY) as uow, pytest.raises(Conflict, match="未接通"):
        rate_call(uow, site, f"vg-bb:{UNIQUE}", 5, LATER)
    with work(TELEPHONY) as uow, pytest.raises(NotFound):
        rate_call(uow, site, "vg-a:1", 5, LATER)
    with work(TELEPHONY) as uow:
        assert rate_call(uow, site, f"vg-a:{UNIQUE}", 5, LATER).is_new
    with database.reading() as session:
        assert session.scalars(select(AttitudeRatingRow.subject)).all() == [f"call:vg-a:{UNIQUE}"]
        assert derived_differences(session) == []


def test_an_identifier_is_enough_where_there_is_one_system(
    work: Work, site: Site, vault: ContactVault, database: Database
) -> None:
    with work(TELEPHONY) as uow:
        take_events(uow, vault, reported("vg-a", *ANSWERED), SHANGHAI)
        assert rate_call(uow, site, UNIQUE, 5, LATER).is_new
    with work(TELEPHONY) as uow:
        assert not rate_call(uow, site, f"vg-a:{UNIQUE}", 1, LATER).is_new
    two = site.model_copy(
        update={"hotline": site.hotline.model_copy(update={"telephone_systems": ("vg-a", "vg-b")})}
    )
    with work(TELEPHONY) as uow, pytest.raises(Conflict):
        rate_call(uow, two, "1772411400.8", 5, LATER)  # the other's call may come later
    with database.reading() as session:
        assert read_agent_call(session, two, UNIQUE).call.call == f"vg-a:{UNIQUE}"


@pytest.mark.usefixtures("two_calls")
def test_a_request_is_of_the_call_it_names_and_its_taker_does_not_call_back(
    work: Work, site: Site, vault: ContactVault, database: Database
) -> None:
    with work(AGENT) as uow, pytest.raises(Conflict, match="须注明话务系统"):
        record_case(uow, site, vault, draft(call=UNIQUE, received_at=AT))
    with work(AGENT) as uow:
        recorded = record_case(uow, site, vault, draft(call=f"vg-a:{UNIQUE}", received_at=AT))
    order = recorded.order
    assert order is not None
    complete(work, site, order)
    with database.reading() as session:
        task = load_task(session, order, 1)
        case = session.scalars(select(CaseRow)).one()
        cases = call_read.cases_of_calls(session, [f"vg-a:{UNIQUE}", f"vg-bb:{UNIQUE}"])
        taken = session.get_one(CallRow, f"vg-a:{UNIQUE}")
    assert task is not None
    assert task.call_agent == "agent.lin"
    assert (case.call, case.requester_id) == (f"vg-a:{UNIQUE}", taken.requester_id)
    assert list(cases) == [f"vg-a:{UNIQUE}"]


@pytest.mark.usefixtures("two_calls")
def test_a_complaint_is_about_the_call_it_names(
    work: Work, site: Site, vault: ContactVault, database: Database
) -> None:
    batch = [
        replace(item, event=replace(item.event, sequence=60 + n, call="only.1"))
        for n, item in enumerate(reported("vg-a", *ANSWERED))
    ]
    with work(TELEPHONY) as uow:
        take_events(uow, vault, batch, SHANGHAI)
    complaint = Submission(
        AdjudicationKind.COMPLAINT, "", AT, "态度生硬", "attitude", EventLevel.GENERAL
    )
    for open_reference in (UNIQUE, "only.1"):  # the other system's call may come later
        with work(REVIEWER) as uow, pytest.raises(Conflict, match="须注明话务系统"):
            submit(uow, site, replace(complaint, call=open_reference))
    with work(REVIEWER) as uow, pytest.raises(NotFound):
        submit(uow, site, replace(complaint, call="vg-bb:only.1"))
    for name in (f"vg-a:{UNIQUE}", f"vg-bb:{UNIQUE}", "vg-a:only.1"):
        with work(REVIEWER) as uow:
            assert submit(uow, site, replace(complaint, call=name)).submission.subject == name


def test_the_same_request_again_is_the_same_whether_it_names_the_system_or_not(
    work: Work, site: Site, vault: ContactVault
) -> None:
    with work(TELEPHONY) as uow:
        take_events(uow, vault, reported("vg-a", *ANSWERED), SHANGHAI)
    plain, named = (draft(call=c, received_at=AT) for c in (UNIQUE, f"vg-a:{UNIQUE}"))
    with work(AGENT) as uow:
        first = record_case(uow, site, vault, plain)
    with work(TELEPHONY) as uow:
        take_events(uow, vault, reported("vg-bb", *ANSWERED), SHANGHAI)
    for again in (plain, named):
        with work(AGENT) as uow:
            found = record_case(uow, site, vault, again)
        assert (found.case, found.is_new) == (first.case, False)
    with work(AGENT) as uow, pytest.raises(Conflict, match="内容不同"):
        record_case(uow, site, vault, draft(call=f"vg-bb:{UNIQUE}", received_at=AT))


def test_the_agents_page_shows_the_call_of_the_system_he_took_it_at(
    work: Work, site: Site, vault: ContactVault, database: Database
) -> None:
    for source, agent in (("vg-a", "agent.lin"), ("vg-bb", "agent.wu")):
        with work(TELEPHONY) as uow:
            batch = reported(source, KINDS.ENTERQUEUE, KINDS.CONNECT, agent=agent)
            take_events(uow, vault, batch, SHANGHAI)
    with database.reading() as session:
        for source, agent in (("vg-a", "agent.lin"), ("vg-bb", "agent.wu")):
            shown = read_present_call(session, agent, LATER)
            assert shown is not None
            assert shown.call.call == f"{source}:{UNIQUE}"
            assert read_agent_call(session, site, shown.call.call) == shown
        with pytest.raises(Conflict):
            read_agent_call(session, site, UNIQUE)


def test_two_followed_logs_with_the_same_lines_and_one_resumed_are_two_calls(
    work: Work, vault: ContactVault, database: Database, tmp_path: Path
) -> None:
    """Each line stands in both logs in the same second; one follower starts anew half way."""
    lines = [
        f"1772411400|{UNIQUE}|citizen|NONE|ENTERQUEUE||13900000001|1\n",
        f"1772411400|{UNIQUE}|citizen|PJSIP/8001|RINGNOANSWER|0\n",
        f"1772411409|{UNIQUE}|citizen|PJSIP/8001|CONNECT|9|x|1\n",
        f"1772411500|{UNIQUE}|citizen|PJSIP/8001|COMPLETECALLER|9|91|1\n",
    ]
    said: list[str] = []

    def follower(source: str) -> LogFollower:
        return LogFollower(
            GrowingLog(tmp_path / source), LogSource(source, {"8001": 1}, SHANGHAI), database,
            vault, said.append,
        )  # fmt: skip

    followers = {source: follower(source) for source in ("vg-a", "vg-b")}
    for number, line in enumerate(lines):
        if number == 2:
            followers["vg-b"] = follower("vg-b")
        for source, following in followers.items():
            with (tmp_path / source).open("a") as log:
                log.write(line)
            following.look()
    assert said == []
    with database.reading() as session:
        rows = session.scalars(select(CallRow).order_by(CallRow.call)).all()
        found = [(row.call, row.outcome, row.rung, row.seat) for row in rows]
        assert derived_differences(session) == []
    assert found == [(f"{s}:{UNIQUE}", Outcome.ANSWERED, 1, 1) for s in ("vg-a", "vg-b")]


def test_a_batch_under_a_name_that_is_not_declared_is_refused(
    work: Work, site: Site, vault: ContactVault
) -> None:
    """Taken in under a second name, each of its calls would be counted twice."""
    hotline = site.hotline.model_copy(update={"telephone_systems": ("vg-a", "vg-b")})
    declared = site.model_copy(update={"hotline": hotline})
    with work(TELEPHONY) as uow, pytest.raises(Invalid, match="未声明") as refused:
        take_batch(uow, declared, vault, "vg-c", [])
    assert "vg-a" in str(refused.value)
    assert require_declared(declared, " vg-b ") == "vg-b"
    assert require_declared(site, "anything") == "anything"


@given(st.lists(st.tuples(st.text(min_size=1), st.text(min_size=1)), max_size=8))
def test_two_calls_never_have_one_name(parts: list[tuple[str, str]]) -> None:
    names = Counter(call_name(*part) for part in set(parts))
    assert len(names) == len(set(parts))
    assert {name_parts(name) for name in names} == set(parts)


@given(st.text(alphabet=":%35aA", min_size=1), st.text(alphabet=":%35aA", min_size=1))
def test_a_name_gives_back_what_it_was_made_of(source: str, identifier: str) -> None:
    assert name_parts(call_name(source, identifier)) == (source, identifier)


def test_what_a_batch_touches_is_found_by_index_whatever_its_source_reported_before(
    sqlite_database: Database,
) -> None:
    """Both the source and the call: either alone may hold nearly everything there is."""
    asked = {"of_source": "a", "of_prefix": "a:", "sequences": [1], "identifiers": ["7"]}
    query = _TOUCHED.params(asked)
    written = query.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    with sqlite_database.engine.connect() as connection:
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {written}")]
    of_events = [step for step in plan if "SEARCH call_events" in step]
    assert len(of_events) == 3
    assert all("=? AND " in step for step in of_events), of_events
    assert not any("SCAN" in step for step in plan), plan
