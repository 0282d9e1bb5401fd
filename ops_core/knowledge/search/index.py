"""The full-text index of published versions: FTS5 on SQLite, tsvector on PostgreSQL.

The words are ours on both; the databases compare and rank. A word found in titles goes before one
found in texts, and a version that is not in force at the instant of asking is not found at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Integer, Text, bindparam, delete, select, text
from sqlalchemy.orm import Session

from ops_core.kernel.database import UtcDateTime
from ops_core.knowledge.search.segmenter import SEGMENTER, segment
from ops_core.knowledge.search.words import (
    QueryTerm,
    SearchWords,
    fts5_query,
    terms_of,
    tsquery,
    tsvector,
    words_of,
)
from ops_core.knowledge.tables import KnowledgeWordsRow

_IN_FORCE = "v.effective_from <= :now AND (v.until IS NULL OR v.until > :now)"
_FOUND = f"""
SELECT v.article, v.version, v.title, v.category, v.effective_from
FROM knowledge_fts f
JOIN knowledge_words w ON w.id = f.{{id}}
JOIN knowledge_versions v ON v.article = w.article AND v.version = w.version
WHERE {{match}} AND {_IN_FORCE} AND (:category = '' OR v.category = :category)
ORDER BY {{rank}}, v.article DESC LIMIT :most
"""  # noqa: S608 - put from constants of this module alone
_SQLITE = text(
    _FOUND.format(
        id="rowid", match="knowledge_fts MATCH :query", rank="bm25(knowledge_fts, 10.0, 1.0, 0.1)"
    )
)
_POSTGRESQL = text(
    _FOUND.format(
        id="id",
        match="f.words @@ CAST(:query AS tsquery)",
        rank="ts_rank('{0.01, 0.1, 0.2, 1.0}', f.words, CAST(:query AS tsquery)) DESC",
    )
)
_ADD_SQLITE = text(
    "INSERT INTO knowledge_fts (rowid, title, body, pairs) VALUES (:id, :title, :body, :pairs)"
)
_ADD_POSTGRESQL = text(
    "INSERT INTO knowledge_fts (id, words) VALUES (:id, CAST(:words AS tsvector))"
)
_EMPTY = {
    True: text("INSERT INTO knowledge_fts (knowledge_fts) VALUES ('delete-all')"),
    False: text("DELETE FROM knowledge_fts"),
}


_TYPED = (bindparam("now", type_=UtcDateTime), bindparam("category", type_=Text))
_COLUMNS = {
    "article": Text, "version": Integer, "title": Text, "category": Text,
    "effective_from": UtcDateTime,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FoundVersion:
    """A version in force that a query finds."""

    article: str
    version: int
    title: str
    category: str
    effective_from: datetime


def index_version(session: Session, article: str, version: int, title: str, body: str) -> None:
    """Cut a published version and enter it."""
    enter_words(session, article, version, words_of(title, body, segment))


def enter_words(session: Session, article: str, version: int, words: SearchWords) -> None:
    """Enter a version that is cut already."""
    row = KnowledgeWordsRow(
        article=article,
        version=version,
        title=" ".join(words.title),
        body=" ".join(words.body),
        pairs=" ".join(words.pairs),
        segmenter=SEGMENTER,
    )
    session.add(row)
    session.flush()
    _enter(session, row.id, words)


def rebuild_index(session: Session) -> int:
    """Make the database's index anew of the stored words; returns of how many versions."""
    session.execute(_EMPTY[_is_sqlite(session)])
    rows = session.scalars(select(KnowledgeWordsRow).order_by(KnowledgeWordsRow.id)).all()
    for row in rows:
        words = SearchWords(*(tuple(t.split(" ")) for t in (row.title, row.body, row.pairs)))
        _enter(session, row.id, words)
    return len(rows)


def forget_words(session: Session) -> None:
    """Take out all words, for another segmenter to cut the texts anew."""
    session.execute(delete(KnowledgeWordsRow))
    session.execute(_EMPTY[_is_sqlite(session)])


def search_versions(
    session: Session, query: str, now: datetime, category: str = "", most: int = 20
) -> Sequence[FoundVersion]:
    """Versions in force that have every word of a query, those with all of them in the title first.

    Nothing for a query without a letter or digit.
    """
    terms = terms_of(query, segment)
    if not terms:
        return []
    found = _ask(session, terms, now, category, most, title_only=True)
    if len(found) < most:
        known = {(one.article, one.version) for one in found}
        others = _ask(session, terms, now, category, most, title_only=False)
        found += [one for one in others if (one.article, one.version) not in known]
    return found[:most]


def _ask(
    session: Session,
    terms: Sequence[QueryTerm],
    now: datetime,
    category: str,
    most: int,
    *,
    title_only: bool,
) -> list[FoundVersion]:
    is_sqlite = _is_sqlite(session)
    statement, spelt = (_SQLITE, fts5_query) if is_sqlite else (_POSTGRESQL, tsquery)
    values = {
        "query": spelt(terms, title_only=title_only), "now": now, "category": category,
        "most": most,
    }  # fmt: skip
    rows = session.execute(statement.bindparams(*_TYPED).columns(**_COLUMNS), values)
    return [FoundVersion(*row) for row in rows]


def _enter(session: Session, identifier: int, words: SearchWords) -> None:
    if _is_sqlite(session):
        values: dict[str, object] = {
            "id": identifier,
            "title": " ".join(words.title),
            "body": " ".join(words.body),
            "pairs": " ".join(words.pairs),
        }
        session.execute(_ADD_SQLITE, values)
    else:
        session.execute(_ADD_POSTGRESQL, {"id": identifier, "words": tsvector(words)})


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
