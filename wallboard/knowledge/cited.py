"""The version of an article that an order cites: open to whoever may see the order."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from ops_core.hotline.orders.citations import Citation
from ops_core.hotline.orders.service import ORDER
from ops_core.kernel.errors import NotFound
from ops_core.kernel.i18n import message
from ops_core.kernel.permissions import Actor
from ops_core.knowledge.articles.read import ShownVersion, read_version
from wallboard.knowledge.words import knowledge_words
from wallboard.orders.detail import read_record
from wallboard.snapshot import Snapshot
from wallboard.web import SignedInReader
from wallboard.work import Reading

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class CitedVersion:
    """What was read out when the order was taken; ``is_unchanged``: its hash is still the same."""

    citation: Citation
    shown: ShownVersion
    cited_at: datetime
    cited_by: str
    is_unchanged: bool


@router.get("/orders/{number}/cited/{article}/{version}")
async def show_cited(
    reader: SignedInReader, read: Reading, number: str, article: str, version: int
) -> HTMLResponse:
    reader.about(ORDER, number)
    found = await read(lambda seen: read_cited(seen, number, article, version, reader.actor))
    return reader.page(
        "console/knowledge_cited.html", number=number, cited=found, **knowledge_words(reader)
    )


def read_cited(
    seen: Snapshot, number: str, article: str, version: int, actor: Actor
) -> CitedVersion:
    """The version as it is stored, beside what the order says of it.

    Raises Forbidden for an order that the actor may not see, and :class:`NotFound`.
    """
    record = read_record(seen, number, actor)
    for entry in record.course:
        for citation in entry.cited:
            if (citation.article, citation.version) == (article, version):
                shown = read_version(seen.session, article, version)
                same = shown.version.content_hash == citation.content_hash
                return CitedVersion(citation, shown, entry.at, entry.actor, same)
    raise NotFound(
        "工单没有引用这一版",
        message("工单 {number} 没有引用 {article} 第 {version} 版。", number=number,
                article=article, version=version),
    )  # fmt: skip
