"""An article's rows: what its links amount to, kept for questions."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from ops_core.knowledge.articles.model import Article, ArticleVersion, window_end
from ops_core.knowledge.tables import KnowledgeArticleRow, KnowledgeVersionRow


def store_article(session: Session, article: Article) -> None:
    """Bring the rows of an article and its versions to what the article is."""
    row = session.get(KnowledgeArticleRow, article.number)
    if row is None:
        row = KnowledgeArticleRow(number=article.number)
        session.add(row)
    for name, value in article_values(article).items():
        setattr(row, name, value)
    session.flush()
    for version in article.published:
        key = (article.number, version.version)
        stored = session.get(KnowledgeVersionRow, key)
        if stored is None:
            stored = KnowledgeVersionRow(article=article.number, version=version.version)
            session.add(stored)
        for name, value in version_values(article, version).items():
            setattr(stored, name, value)
    session.flush()


def article_values(article: Article) -> Mapping[str, object]:
    """What of an article goes into its row, by column."""
    return {
        "state": article.state.value,
        "title": article.title,
        "category": article.category,
        "last_at": article.end.at,
        "last_hash": article.end.hash,
    }


def version_values(article: Article, version: ArticleVersion) -> Mapping[str, object]:
    """What of a published version goes into its row, by column."""
    return {
        "title": version.title,
        "category": article.category,
        "published_at": version.published_at,
        "effective_from": version.effective_from,
        "until": window_end(article.published, version),
        "content_hash": version.content_hash,
    }
