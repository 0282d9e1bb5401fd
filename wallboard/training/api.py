"""Hot topics for programs: JSON in and out, problem+json for refusals."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from ops_core.kernel.permissions import Permission
from ops_core.kernel.written_instant import WrittenInstant
from ops_core.knowledge.chain import Aggregate
from ops_core.knowledge.training.model import TopicQuestion
from ops_core.knowledge.training.read import (
    ListedTopic,
    OutstandingTopic,
    TopicRecord,
    list_topics,
    outstanding_topics,
    read_topic,
)
from ops_core.knowledge.training.service import (
    complete_training,
    declare_topic,
    excuse_absence,
    record_attendance,
)
from wallboard.web import ApiReader
from wallboard.work import Commanding, Reading

router = APIRouter(prefix="/api/training", tags=["training"])

TOPIC = Aggregate.TOPIC.value


class PostedQuestion(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: str
    options: list[str]
    right: int = Field(description="which option, from 1")


class PostedTopic(BaseModel):
    """A hot topic: its material is what ``points`` say, and a version of an article if named."""

    model_config = ConfigDict(extra="forbid")

    title: str
    points: str
    article: str = ""
    version: int = 0
    questions: list[PostedQuestion] = []


class Attendance(BaseModel):
    model_config = ConfigDict(extra="forbid")

    people: list[str]
    attended_at: WrittenInstant | None = Field(default=None, description="null: now")


class ApprovedAbsence(BaseModel):
    model_config = ConfigDict(extra="forbid")

    person: str
    reason: str


class GivenAnswers(BaseModel):
    model_config = ConfigDict(extra="forbid")

    answers: list[int] = Field(default=[], description="an option each, from 1")


@router.get("/topics")
async def list_of_topics(reader: ApiReader, read: Reading, after: str = "") -> list[ListedTopic]:
    """Topics, the latest first: how many have to know of each, and how many do."""
    await reader.require(Permission.SEE_TRAINING, "api", "training")
    return await read(lambda seen: list(list_topics(seen.session, after)))


@router.get("/mine")
async def list_mine(reader: ApiReader, read: Reading) -> list[OutstandingTopic]:
    """What the caller has to be trained in yet."""
    user = await reader.require(Permission.TAKE_TRAINING, "api", "training")
    return await read(lambda seen: list(outstanding_topics(seen.session, user.name)))


@router.post("/topics", status_code=201)
async def declare(
    reader: ApiReader, read: Reading, command: Commanding, given: PostedTopic
) -> TopicRecord:
    """Declare a topic: the 24 hours begin for everybody of the front line."""
    site = reader.web.dependencies.site
    questions = [TopicQuestion(q.text, tuple(q.options), q.right) for q in given.questions]
    topic = await command(
        ("api", "training"),
        lambda uow: declare_topic(
            uow, site, given.title, given.points, given.article, given.version, questions
        ),
    )
    return await read(lambda seen: read_topic(seen.session, topic.number))


@router.get("/topics/{number}")
async def read_one(reader: ApiReader, read: Reading, number: str) -> TopicRecord:
    await reader.require(Permission.SEE_TRAINING, TOPIC, number)
    return await read(lambda seen: read_topic(seen.session, number))


@router.post("/topics/{number}/attend")
async def attend(
    _reader: ApiReader, read: Reading, command: Commanding, number: str, given: Attendance
) -> TopicRecord:
    """Record who was at a session; 403 for oneself."""
    await command(
        (TOPIC, number),
        lambda uow: record_attendance(uow, number, given.people, given.attended_at),
    )
    return await read(lambda seen: read_topic(seen.session, number))


@router.post("/topics/{number}/excuse")
async def excuse(
    _reader: ApiReader, read: Reading, command: Commanding, number: str, given: ApprovedAbsence
) -> TopicRecord:
    """Approve an absence: by the purchaser's side alone."""
    await command(
        (TOPIC, number), lambda uow: excuse_absence(uow, number, given.person, given.reason)
    )
    return await read(lambda seen: read_topic(seen.session, number))


@router.post("/topics/{number}/complete")
async def complete(
    reader: ApiReader, read: Reading, command: Commanding, number: str, given: GivenAnswers
) -> list[OutstandingTopic]:
    """Answer the test, each for himself; returns what is left to be trained in."""
    person = reader.signed_in.name
    await command((TOPIC, number), lambda uow: complete_training(uow, number, given.answers))
    return await read(lambda seen: list(outstanding_topics(seen.session, person)))
