"""The pages of hot topics: what is declared, who was trained, and what one has to learn oneself."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form
from starlette.responses import HTMLResponse, RedirectResponse

from ops_core.kernel.permissions import Permission
from ops_core.knowledge.chain import Aggregate
from ops_core.knowledge.training.model import (
    TOPIC_STEP_WORDS,
    TRAINEE_WORDS,
    HotTopic,
    TopicStep,
    TraineeState,
)
from ops_core.knowledge.training.read import (
    PAGE,
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
from ops_core.knowledge.training.written_test import questions_of
from ops_core.knowledge.wording import LINE_LIMIT, TEXT_LIMIT
from wallboard.knowledge.acts import local_instant
from wallboard.snapshot import Snapshot
from wallboard.web import Reader, SignedInReader
from wallboard.work import Commanding, Reading

router = APIRouter(include_in_schema=False)

TRAINING, LEARNING, TOPIC = "/training", "/learning", Aggregate.TOPIC.value


@router.get(LEARNING)
async def learn_page(reader: SignedInReader, read: Reading) -> HTMLResponse:
    """What the reader has to learn, with its tests."""
    user = await reader.require(Permission.TAKE_TRAINING, "page", "learning")
    mine = await read(lambda seen: _mine(seen, user.name))
    return _page(reader, "learning", mine=mine)


@router.get(TRAINING)
async def list_page(reader: SignedInReader, read: Reading, after: str = "") -> HTMLResponse:
    """All topics, for those who see to the training."""
    await reader.require(Permission.SEE_TRAINING, "page", "training")
    found = await read(lambda seen: list(list_topics(seen.session, after)))
    following = found[PAGE - 1].number if len(found) > PAGE else ""
    return _page(reader, "training", topics=found[:PAGE], following=following)


@router.post(TRAINING)
async def declare(
    reader: SignedInReader,
    command: Commanding,
    title: Annotated[str, Form()] = "",
    points: Annotated[str, Form()] = "",
    article: Annotated[str, Form()] = "",
    version: Annotated[int, Form()] = 0,
    questions: Annotated[str, Form()] = "",
) -> RedirectResponse:
    site = reader.web.dependencies.site
    topic = await command(
        ("page", "training"),
        lambda uow: declare_topic(
            uow, site, title, points, article.strip(), version, questions_of(questions)
        ),
    )
    return RedirectResponse(f"{TRAINING}/{topic.number}", 303)


@router.get(f"{TRAINING}/{{number}}")
async def show_topic(reader: SignedInReader, read: Reading, number: str) -> HTMLResponse:
    await reader.require(Permission.SEE_TRAINING, TOPIC, number)
    record = await read(lambda seen: read_topic(seen.session, number))
    return _page(reader, "training_topic", record=record, topic=record.topic)


@router.post(f"{TRAINING}/{{number}}/attend")
async def attend(
    _reader: SignedInReader,
    command: Commanding,
    number: str,
    people: Annotated[list[str] | None, Form()] = None,
    attended_at: Annotated[str, Form()] = "",
) -> RedirectResponse:
    at, named = local_instant(attended_at), people or []
    await command((TOPIC, number), lambda uow: record_attendance(uow, number, named, at))
    return RedirectResponse(f"{TRAINING}/{quote(number)}", 303)


@router.post(f"{TRAINING}/{{number}}/excuse")
async def excuse(
    _reader: SignedInReader,
    command: Commanding,
    number: str,
    person: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
) -> RedirectResponse:
    await command((TOPIC, number), lambda uow: excuse_absence(uow, number, person, reason))
    return RedirectResponse(f"{TRAINING}/{quote(number)}", 303)


@router.post(f"{TRAINING}/{{number}}/complete")
async def complete(
    _reader: SignedInReader,
    command: Commanding,
    number: str,
    answer: Annotated[list[int] | None, Form()] = None,
) -> RedirectResponse:
    """Back to what is left: a test that was not passed stands there again."""
    given = answer or []
    await command((TOPIC, number), lambda uow: complete_training(uow, number, given))
    return RedirectResponse(LEARNING, 303)


def _mine(seen: Snapshot, person: str) -> list[HotTopic]:
    found = outstanding_topics(seen.session, person)
    return [read_topic(seen.session, one.number).topic for one in found]


def _page(reader: Reader, template: str, **context: object) -> HTMLResponse:
    words = {
        "trainee_word": lambda state: TRAINEE_WORDS[TraineeState(state)],
        "topic_step": lambda step: TOPIC_STEP_WORDS[TopicStep(step)],
        "line_limit": LINE_LIMIT,
        "text_limit": TEXT_LIMIT,
    }
    return reader.page(f"console/{template}.html", **context, **words)
