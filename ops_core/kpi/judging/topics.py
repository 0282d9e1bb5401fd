"""Indicator 7: how a hot topic is judged (pure)."""

from dataclasses import dataclass
from datetime import datetime

from ops_core.knowledge.training.model import TRAIN_WITHIN
from ops_core.kpi.judgements import GOOD, OUTSIDE, Judgement, RecordVerdict
from ops_core.kpi.periods import Period
from ops_core.kpi.reasons import Reason

NOT_TRAINED = Judgement(RecordVerdict.MISSED, Reason.NOT_TRAINED)
NOBODY = Judgement(RecordVerdict.LEFT_OUT, Reason.NOBODY_REQUIRED)
STILL_TRAINING = Judgement(RecordVerdict.LEFT_OUT, Reason.CLOCK_RUNNING)


@dataclass(frozen=True, slots=True)
class TopicTraining:
    """What the indicator needs of a topic: of each person who is counted, when he was trained.

    ``trained_at`` has None for who is not; those with an approved absence are not in it.
    """

    number: str
    declared_at: datetime
    trained_at: tuple[datetime | None, ...]

    @property
    def due_at(self) -> datetime:
        return self.declared_at + TRAIN_WITHIN

    @property
    def in_time(self) -> int:
        """How many were trained within the 24 hours."""
        return sum(at is not None and at <= self.due_at for at in self.trained_at)


def judge_topic(topic: TopicTraining, period: Period, now: datetime) -> Judgement:
    """Everybody trained within 24 hours, of the topics declared in the period (declared_at).

    One person who is late makes the topic a miss; exactly 24 hours are in time (24小时内). Before
    the clock has run out a topic whose people are not all trained is left out.
    """
    if not period.holds(topic.declared_at):
        return OUTSIDE
    if not topic.trained_at:
        return NOBODY
    if topic.in_time == len(topic.trained_at):
        return GOOD
    return NOT_TRAINED if now > topic.due_at else STILL_TRAINING
