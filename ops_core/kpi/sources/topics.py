"""Indicator 7's records: hot topics."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.knowledge.tables import HotTopicPersonRow, HotTopicRow
from ops_core.knowledge.training.roster import joined_since
from ops_core.kpi.cursor import Cursor
from ops_core.kpi.judgements import RecordVerdict, tally
from ops_core.kpi.judging.topics import TopicTraining, judge_topic
from ops_core.kpi.pages import Page, page_from
from ops_core.kpi.periods import Period
from ops_core.kpi.records import Cohort, IndicatorReading, Record, RecordKind, Show
from ops_core.kpi.secondary import SecondaryKind, SecondaryRatio

NUMBER = 7


@dataclass(frozen=True)
class TopicSource:
    """Hot topics by the instant of their declaration; each is judged anew."""

    site: Site

    def read(self, session: Session, cohort: Cohort) -> IndicatorReading:
        """Every topic of the period, judged; beside it the share of people trained in time."""
        found = read_topics(session, cohort.period)
        judged = [(topic, judge_topic(topic, cohort.period, cohort.as_of)) for topic in found]
        counts = tally(judgement for _, judgement in judged)
        counted = [topic for topic, j in judged if j.verdict is not RecordVerdict.LEFT_OUT]
        if not counted:
            return IndicatorReading(counts)
        return IndicatorReading(counts, (_people(counted),))

    def page(self, session: Session, cohort: Cohort, show: Show, after: Cursor | None) -> Page:
        """Topics of the period, the latest first."""
        records = [_record(topic, cohort) for topic in read_topics(session, cohort.period)]
        return page_from((r for r in records if show.accepts(r.judgement.verdict)), after)


SOURCE = TopicSource


def _people(topics: Sequence[TopicTraining]) -> SecondaryRatio:
    """Trained in time, of those who had to be."""
    return SecondaryRatio(
        SecondaryKind.TRAINED_PEOPLE,
        sum(topic.in_time for topic in topics),
        sum(len(topic.trained_at) for topic in topics),
    )


def read_topics(session: Session, period: Period) -> Sequence[TopicTraining]:
    """The topics declared in a period, the latest first, with everybody who is counted."""
    row = HotTopicRow
    rows = session.scalars(
        select(row)
        .where(row.declared_at >= period.start, row.declared_at < period.end)
        .order_by(row.declared_at.desc(), row.number.desc())
    ).all()
    known = _known(session, [one.number for one in rows])
    return [_training(session, one, known[one.number]) for one in rows]


Known = Mapping[str, tuple[datetime | None, bool]]


def _known(session: Session, topics: Sequence[str]) -> Mapping[str, Known]:
    row = HotTopicPersonRow
    found: dict[str, dict[str, tuple[datetime | None, bool]]] = defaultdict(dict)
    for start in range(0, len(topics), 500):
        people = session.execute(
            select(row.topic, row.person, row.done_at, row.was_excused).where(
                row.topic.in_(topics[start : start + 500])
            )
        )
        for topic, person, done_at, was_excused in people:
            found[topic][person] = (done_at, was_excused)
    return found


def _training(session: Session, row: HotTopicRow, known: Known) -> TopicTraining:
    people = dict.fromkeys((*row.roster, *joined_since(session, row.declared_at)))
    held = [known.get(person, (None, False)) for person in people]
    counted = tuple(done_at for done_at, was_excused in held if not was_excused)
    return TopicTraining(row.number, row.declared_at, counted)


def _record(topic: TopicTraining, cohort: Cohort) -> Record:
    judgement = judge_topic(topic, cohort.period, cohort.as_of)
    is_missed = judgement.verdict is RecordVerdict.MISSED
    return Record(
        RecordKind.TOPIC,
        topic.number,
        topic.declared_at,
        judgement,
        due_at=topic.due_at if is_missed else None,
        ratios=(_people([topic] if judgement.verdict is not RecordVerdict.LEFT_OUT else []),),
    )
