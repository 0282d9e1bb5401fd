"""What an agent cites of the knowledge base, as the version that he had before him."""

import re
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from ops_core.hotline.orders.citations import Citation
from ops_core.hotline.orders.steps import Step
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.errors import Invalid
from ops_core.kernel.i18n import message
from ops_core.kernel.permissions import Permission, require
from ops_core.knowledge.articles.read import read_version

MOST_CITED = 20
_WRITTEN = re.compile(r"(?P<article>K-[0-9]{8}-[0-9]{1,9})/(?P<version>[0-9]{1,6})")


def cited_versions(session: Session, written: Sequence[str], now: datetime) -> tuple[Citation, ...]:
    """The versions that are named ``K-20261124-0001/2``, each once.

    One that has been replaced while the call went on is what was read out all the same. Raises
    NotFound, and :class:`Invalid` for one that has not come into force or is no name.
    """
    names = list(dict.fromkeys(written))
    if len(names) > MOST_CITED:
        raise Invalid("引用的知识过多", "", message("至多 {most} 条。", most=MOST_CITED))
    return tuple(_cited(session, name, now) for name in names)


def cited_by(uow: UnitOfWork, step: Step, written: Sequence[str]) -> tuple[Citation, ...]:
    """What a step of an order cites: only a direct answer does. Raises as above.

    The versions are looked up with the permission to search the knowledge base.
    """
    if step is not Step.ANSWER_DIRECTLY or not written:
        return ()
    require(uow.actor, Permission.SEARCH_KNOWLEDGE)
    return cited_versions(uow.session, written, uow.clock.now())


def _cited(session: Session, name: str, now: datetime) -> Citation:
    found = _WRITTEN.fullmatch(name)
    if found is None:
        raise Invalid(
            "引用的知识不正确",
            message("{name} 不是知识的版本。", name=name),
            "请从查找结果中引用。",
        )
    article, version = found["article"], int(found["version"])
    shown = read_version(session, article, version).version
    if shown.effective_from is None or shown.effective_from > now:
        raise Invalid("引用的知识尚未生效", message("{name} 尚未生效。", name=name), "")
    return Citation(article, version, shown.content_hash)
