"""The words of the knowledge base for templates, in the reader's language."""

from ops_core.kernel.i18n import Message, translate
from ops_core.knowledge.articles.model import (
    ARTICLE_STATE_WORDS,
    ARTICLE_STEP_WORDS,
    ArticleState,
    ArticleStep,
)
from ops_core.knowledge.enquiries.model import (
    ENQUIRY_KIND_WORDS,
    ENQUIRY_STATE_WORDS,
    ENQUIRY_STEP_WORDS,
    EnquiryKind,
    EnquiryState,
    EnquiryStep,
)
from ops_core.knowledge.notices.model import (
    NOTICE_STATE_WORDS,
    NOTICE_STEP_WORDS,
    NoticeState,
    UpdateNoticeStep,
)
from wallboard.orders.words import titles
from wallboard.web import Reader


def knowledge_words(reader: Reader) -> dict[str, object]:
    """What templates call things by."""
    language = reader.language

    def localized(text: Message) -> str:
        return translate(text, language)

    return {
        "article_state": lambda state: localized(ARTICLE_STATE_WORDS[ArticleState(state)]),
        "article_step": lambda step: localized(ARTICLE_STEP_WORDS[ArticleStep(step)]),
        "notice_state": lambda state: localized(NOTICE_STATE_WORDS[NoticeState(state)]),
        "notice_step": lambda step: localized(NOTICE_STEP_WORDS[UpdateNoticeStep(step)]),
        "enquiry_kind": lambda kind: localized(ENQUIRY_KIND_WORDS[EnquiryKind(kind)]),
        "enquiry_state": lambda state: localized(ENQUIRY_STATE_WORDS[EnquiryState(state)]),
        "enquiry_step": lambda step: localized(ENQUIRY_STEP_WORDS[EnquiryStep(step)]),
        "category_title": titles(reader.web.dependencies.site.hotline.category_of, language),
    }
