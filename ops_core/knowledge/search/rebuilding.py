"""The index made anew from what is stored, by whichever segmenter is in use now."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops_core.knowledge.articles.model import replay_article
from ops_core.knowledge.chain import Aggregate
from ops_core.knowledge.search.index import forget_words, index_version, rebuild_index
from ops_core.knowledge.search.searched import searched_text
from ops_core.knowledge.search.segmenter import SEGMENTER
from ops_core.knowledge.store import links_of
from ops_core.knowledge.tables import KnowledgeArticleRow, KnowledgeWordsRow


def reindex(session: Session) -> int:
    """Of how many versions the index is; texts that another segmenter cut are cut anew."""
    others = select(KnowledgeWordsRow.id).where(KnowledgeWordsRow.segmenter != SEGMENTER).limit(1)
    if session.scalar(others) is None:
        return rebuild_index(session)
    forget_words(session)
    count = 0
    for number in session.scalars(select(KnowledgeArticleRow.number)).all():
        article = replay_article(links_of(session, Aggregate.ARTICLE, number))
        for version in article.published:
            text = searched_text(article, version)
            index_version(session, number, version.version, version.title, text)
            count += 1
    return count
