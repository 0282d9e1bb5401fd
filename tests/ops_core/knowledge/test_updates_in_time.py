"""Indicator 8: by time stamps, to the microsecond, and the same counted anew in SQL."""

from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from device_configs.site.model import Site
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.errors import DomainError
from ops_core.kernel.events import EventBus
from ops_core.knowledge.articles.model import ArticleState, in_force, replay_article
from ops_core.knowledge.articles.service import (
    Draft,
    enter_article,
    publish_draft,
    set_expiry,
    submit_draft,
    update_article,
)
from ops_core.knowledge.chain import Aggregate
from ops_core.knowledge.notices.service import record_notice, withdraw_notice
from ops_core.knowledge.search.index import search_versions
from ops_core.knowledge.store import links_of
from ops_core.knowledge.verifying import knowledge_breaks, knowledge_flaws
from ops_core.kpi.judgements import GOOD, OUTSIDE, Judgement
from ops_core.kpi.judging.notices import (
    NOT_UPDATED,
    STILL_RUNNING,
    WITHDRAWN,
    NoticeUpdate,
    judge_notice,
)
from ops_core.kpi.overview import PeriodChoice, read_indicator
from ops_core.kpi.periods import month_named
from ops_core.kpi.read import read_figure
from ops_core.kpi.records import Show
from tests.migrated import migrated_database
from tests.ops_core.knowledge.people import (
    PURCHASER,
    REVIEWER,
    WRITER,
    Work,
    entered,
    published,
    release,
)
from tests.ops_core.knowledge.recount import recounted_notices
from tests.profile import is_nightly

AT = datetime(2026, 3, 2, 1, tzinfo=UTC)
DAY, TICK, HOUR = timedelta(hours=24), timedelta(microseconds=1), timedelta(hours=1)


@pytest.mark.parametrize(
    ("received_at", "live_at", "now", "is_withdrawn", "judged"),
    [
        pytest.param(AT, AT + DAY, AT + 2 * DAY, False, GOOD, id="exactly 24 hours are in time"),
        pytest.param(AT, AT + DAY + TICK, AT + 2 * DAY, False, NOT_UPDATED, id="a tick later"),
        pytest.param(AT, None, AT + DAY, False, STILL_RUNNING, id="nothing yet, 24 hours not over"),
        pytest.param(AT, None, AT + DAY + TICK, False, NOT_UPDATED, id="nothing, and over"),
        pytest.param(AT, AT + HOUR, AT, False, STILL_RUNNING, id="published, not in force yet"),
        pytest.param(AT, AT + 2 * DAY, AT + DAY + TICK, False, NOT_UPDATED, id="in force too late"),
        pytest.param(AT, None, AT + 9 * DAY, True, WITHDRAWN, id="withdrawn by its issuer"),
        pytest.param(AT - 60 * DAY, None, AT, False, OUTSIDE, id="received in another month"),
    ],
)
def test_a_notice_is_judged_by_its_stamps(
    site: Site,
    received_at: datetime,
    live_at: datetime | None,
    now: datetime,
    is_withdrawn: bool,
    judged: Judgement,
) -> None:
    month = month_named("2026-03", site.contract)
    notice = NoticeUpdate("U-1", received_at, live_at, is_withdrawn)
    assert judge_notice(notice, month, now) == judged


def test_the_figure_is_what_its_links_give_and_opens_to_its_notices(
    work: Work, site: Site, database: Database, clock: FixedClock
) -> None:
    numbers = []
    for point in ("在时限内", "超时", "撤回"):
        with work(WRITER) as uow:
            numbers.append(record_notice(uow, site, "省厅", "王处", [point]).number)
    published(work, site, Draft("在时限内", "正文", numbers[0], 1))
    late = entered(work, site, Draft("超时", "正文", numbers[1], 1))
    with work(PURCHASER) as uow:
        withdraw_notice(uow, numbers[2], "发错")
    clock.advance(DAY + TICK)
    release(work, late)
    month = month_named("2026-03", site.contract)
    with database.reading() as session:
        figure = read_figure(session, site, 8, month, clock.now())
        assert (figure.numerator, figure.denominator, figure.is_met) == (1, 2, False)
        recounted = recounted_notices(session, month.start, month.end, clock.now())
        assert recounted == (1, 2)
        detail = read_indicator(
            session, site, clock.now(), 8, PeriodChoice(month="2026-03"), Show.MISSED
        )
        missed = detail.page.records[0]
        assert (missed.identifier, missed.due_at) == (numbers[1], AT + DAY)


_words = count()


class Editors(RuleBasedStateMachine):
    """One article and its notices, published, ended and updated in any order."""

    def __init__(self, database: Database, site: Site) -> None:
        super().__init__()
        self.database, self.site = database, site
        self.clock, self.bus = FixedClock(AT), EventBus()
        self.word = f"zz{next(_words)}"
        self.notices: list[str] = []
        self.seen: list[tuple[datetime, int | None]] = []
        with self.work(WRITER) as uow:
            draft = Draft(f"{self.word} 一", "正文")
            self.number = enter_article(uow, site, "wages", [], draft).number

    def work(self, actor):  # type: ignore[no-untyped-def]
        return unit_of_work(self.database, self.bus, self.clock, actor)

    def article(self):  # type: ignore[no-untyped-def]
        with self.database.reading() as session:
            return replay_article(links_of(session, Aggregate.ARTICLE, self.number))

    @rule(minutes=st.sampled_from([1, 30, 23 * 60, 24 * 60]))
    def time_goes_by(self, minutes: int) -> None:
        current = in_force(self.article().published, self.clock.now())
        self.seen.append((self.clock.now(), current and current.version))
        self.clock.advance(timedelta(minutes=minutes))

    @rule(before=st.sampled_from([0, 1, 300]))
    def somebody_asks_for_an_update(self, before: int) -> None:
        at = self.clock.now() - timedelta(minutes=before)
        with self.work(WRITER) as uow:
            self.notices.append(record_notice(uow, self.site, "省厅", "王", ["一"], at).number)

    @precondition(lambda self: self.article().state is ArticleState.IDLE)
    @rule(answers=st.booleans())
    def an_update_is_begun(self, answers: bool) -> None:
        notice = self.notices[-1] if answers and self.notices else ""
        try:
            with self.work(WRITER) as uow:
                draft = Draft(f"{self.word} 新", "正文", notice, 1 if notice else 0)
                update_article(uow, self.number, draft)
        except DomainError:
            assert notice, "only a notice that waits for nothing is refused"

    @precondition(lambda self: self.article().state is ArticleState.DRAFT)
    @rule(
        later=st.sampled_from([None, 0, 60, 1500]),
        ends=st.sampled_from([None, 30, 2000]),
    )
    def the_draft_is_published(self, later: int | None, ends: int | None) -> None:
        with self.work(WRITER) as uow:
            submit_draft(uow, self.number)
        begins = None if later is None else self.clock.now() + timedelta(minutes=later)
        until = (begins or self.clock.now()) + timedelta(minutes=ends) if ends else None
        try:
            with self.work(REVIEWER) as uow:
                publish_draft(uow, self.number, begins, until)
        except DomainError:
            self.clock.advance(TICK)
            with self.work(REVIEWER) as uow:
                publish_draft(uow, self.number)

    @rule(version=st.integers(1, 4), minutes=st.sampled_from([None, -5, 0, 45]))
    def an_end_is_set(self, version: int, minutes: int | None) -> None:
        at = None if minutes is None else self.clock.now() + timedelta(minutes=minutes)
        try:
            with self.work(REVIEWER) as uow:
                set_expiry(uow, self.number, version, at, "维护")
        except DomainError:
            return

    @invariant()
    def an_agent_finds_what_is_in_force_and_nothing_else(self) -> None:
        now, article = self.clock.now(), self.article()
        current = in_force(article.published, now)
        with self.database.reading() as session:
            found = [one.version for one in search_versions(session, self.word, now)]
        assert found == ([] if current is None else [current.version])

    @invariant()
    def what_was_in_force_stays_so(self) -> None:
        published = self.article().published
        for at, version in self.seen:
            current = in_force(published, at)
            assert (current and current.version) == version

    @invariant()
    def the_figure_is_what_the_links_give(self) -> None:
        month = month_named("2026-03", self.site.contract)
        with self.database.reading() as session:
            figure = read_figure(session, self.site, 8, month, self.clock.now())
            again = recounted_notices(session, month.start, month.end, self.clock.now())
            assert (figure.numerator, figure.denominator) == again

    def teardown(self) -> None:
        with self.database.reading() as session:
            assert [*knowledge_flaws(session), *knowledge_breaks(session)] == []


def test_whatever_editors_do_agents_find_what_is_in_force(tmp_path: Path, site: Site) -> None:
    database = migrated_database(tmp_path / "editors.sqlite")
    examples, steps = (200, 30) if is_nightly() else (6, 12)
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        lambda: Editors(database, site),
        settings=settings(max_examples=examples, stateful_step_count=steps, deadline=None),
    )
    database.close()
