"""What pages and programs ask of the knowledge base, as one command each."""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType

from pydantic import BaseModel, ConfigDict, Field

from device_configs.site.model import Site
from ops_core.kernel import times
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.errors import Invalid
from ops_core.kernel.i18n import Message, message
from ops_core.kernel.written_instant import WrittenInstant
from ops_core.knowledge.articles.model import ARTICLE_STEP_WORDS, ArticleStep
from ops_core.knowledge.articles.service import (
    Draft,
    discard_draft,
    publish_draft,
    revise_draft,
    send_back_draft,
    set_expiry,
    sort_article,
    submit_draft,
    update_article,
)
from ops_core.knowledge.enquiries.model import ENQUIRY_STEP_WORDS, EnquiryStep
from ops_core.knowledge.enquiries.service import answer_enquiry, ask_again, close_enquiry
from ops_core.knowledge.wording import BODY_LIMIT, TEXT_LIMIT


class ArticleFields(BaseModel):
    """What a step of an article may want; a step leaves out what it does not need."""

    model_config = ConfigDict(extra="forbid")

    title: str = ""
    body: str = Field(default="", max_length=4 * BODY_LIMIT)
    category: str = Field(default="", description="a name of hotline.yml")
    keywords: list[str] = []
    notice: str = ""
    point: int = Field(default=0, description="of the notice, from 1")
    enquiry: str = Field(default="", description="the correction that the version answers")
    version: int = Field(default=0, description="whose end is set (maintain)")
    effective_from: WrittenInstant | None = Field(default=None, description="null: at once")
    expires_at: WrittenInstant | None = None
    reason: str = Field(default="", max_length=4 * TEXT_LIMIT)

    @property
    def draft(self) -> Draft:
        return Draft(self.title, self.body, self.notice, self.point, self.enquiry)


class EnquiryFields(BaseModel):
    """What is written at a step of a correction or a question."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(default="", max_length=4 * TEXT_LIMIT)


ArticleAct = Callable[[UnitOfWork, Site, str, ArticleFields], object]
_ARTICLE_ACTS: Mapping[ArticleStep, ArticleAct] = MappingProxyType(
    {
        ArticleStep.SORT: lambda uow, site, number, given: sort_article(
            uow, site, number, given.category, given.keywords
        ),
        ArticleStep.UPDATE: lambda uow, _, number, given: update_article(uow, number, given.draft),
        ArticleStep.REVISE: lambda uow, _, number, given: revise_draft(
            uow, number, given.title, given.body
        ),
        ArticleStep.SUBMIT: lambda uow, _, number, __: submit_draft(uow, number),
        ArticleStep.DISCARD: lambda uow, _, number, __: discard_draft(uow, number),
        ArticleStep.SEND_BACK: lambda uow, _, number, given: send_back_draft(
            uow, number, given.reason
        ),
        ArticleStep.PUBLISH: lambda uow, _, number, given: publish_draft(
            uow, number, given.effective_from, given.expires_at
        ),
        ArticleStep.MAINTAIN: lambda uow, _, number, given: set_expiry(
            uow, number, given.version, given.expires_at, given.reason
        ),
    }
)
EnquiryAct = Callable[[UnitOfWork, str, EnquiryFields], object]
_ENQUIRY_ACTS: Mapping[EnquiryStep, EnquiryAct] = MappingProxyType(
    {
        EnquiryStep.ANSWER: lambda uow, number, given: answer_enquiry(uow, number, given.text),
        EnquiryStep.ADOPT: lambda uow, number, given: answer_enquiry(
            uow, number, given.text, adopt=True
        ),
        EnquiryStep.ASK_AGAIN: lambda uow, number, given: ask_again(uow, number, given.text),
        EnquiryStep.CLOSE: lambda uow, number, _: close_enquiry(uow, number),
    }
)


def take_article_step(
    uow: UnitOfWork, site: Site, number: str, step: ArticleStep, given: ArticleFields
) -> None:
    """Raises what the command raises, and Invalid for the step that only begins an article."""
    act = _ARTICLE_ACTS.get(step)
    if act is None:
        raise _no_step(ARTICLE_STEP_WORDS[step])
    act(uow, site, number, given)


def take_enquiry_step(
    uow: UnitOfWork, number: str, step: EnquiryStep, given: EnquiryFields
) -> None:
    """Raises what the command raises, and Invalid for a step that nobody takes by itself."""
    act = _ENQUIRY_ACTS.get(step)
    if act is None:
        raise _no_step(ENQUIRY_STEP_WORDS[step])
    act(uow, number, given)


def local_instant(text: str) -> datetime | None:
    """What a field for date and time holds, in the site's zone; None for an empty one.

    Raises :class:`Invalid`.
    """
    return times.local_instant(text) if text.strip() else None


def _no_step(step: Message) -> Invalid:
    return Invalid("没有这个步骤", message("{step} 不是单独的步骤。", step=step))
