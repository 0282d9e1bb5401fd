"""Who works with the knowledge base, and short ways to what they do."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from device_configs.site.model import Site
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.permissions import Actor, Role
from ops_core.knowledge.articles.service import (
    Draft,
    enter_article,
    publish_draft,
    submit_draft,
    update_article,
)

WRITER = Actor.user("editor.tao", (Role.KNOWLEDGE_EDITOR,))
OTHER_WRITER = Actor.user("editor.fan", (Role.KNOWLEDGE_EDITOR,))
REVIEWER = Actor.user("super.gao", (Role.SUPERVISOR,))
AGENT = Actor.user("agent.lin", (Role.AGENT,))
PURCHASER = Actor.user("bureau.shen", (Role.PURCHASER_SUPERVISOR,))
TITLE, BODY = "异地就医直接结算备案", "线上备案：登录国家医保服务平台，选择异地就医备案。"

Work = Callable[[Actor], AbstractContextManager[UnitOfWork]]


def entered(work: Work, site: Site, draft: Draft | None = None) -> str:
    """An article with a draft."""
    with work(WRITER) as uow:
        made = draft or Draft(TITLE, BODY)
        return enter_article(uow, site, "insurance", [], made).number


def published(work: Work, site: Site, draft: Draft | None = None) -> str:
    """An article whose first version is in force."""
    number = entered(work, site, draft)
    release(work, number)
    return number


def release(work: Work, number: str, **window: object) -> None:
    """Submit the draft, and publish it by another."""
    with work(WRITER) as uow:
        submit_draft(uow, number)
    with work(REVIEWER) as uow:
        publish_draft(uow, number, **window)  # type: ignore[arg-type]


def updated(work: Work, number: str, title: str = TITLE, **answers: object) -> None:
    """Begin the next version."""
    with work(WRITER) as uow:
        update_article(uow, number, Draft(title, BODY, **answers))  # type: ignore[arg-type]
