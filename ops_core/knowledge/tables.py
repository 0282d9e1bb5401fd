"""The knowledge base as stored: the links of its chains, and rows kept for questions."""

from datetime import datetime

from pydantic import JsonValue
from sqlalchemy import JSON, ForeignKeyConstraint, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from ops_core.kernel.database import Base, RowNumber, UtcDateTime


class KnowledgeLinkRow(Base):
    """One link of a chain; appended only."""

    __tablename__ = "knowledge_links"

    aggregate: Mapped[str] = mapped_column(Text, primary_key=True)
    number: Mapped[str] = mapped_column(Text, primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    step: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(Text)
    detail: Mapped[dict[str, JsonValue]] = mapped_column(JSON)
    previous_hash: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(Text)


class KnowledgeNoticeRow(Base):
    """An update notice as its links have it."""

    __tablename__ = "knowledge_notices"

    number: Mapped[str] = mapped_column(Text, primary_key=True)
    state: Mapped[str] = mapped_column(Text, index=True)
    source: Mapped[str] = mapped_column(Text)
    asked_by: Mapped[str] = mapped_column(Text)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    live_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the version that fulfilled its last point came into force."""
    last_hash: Mapped[str] = mapped_column(Text)


class KnowledgeArticleRow(Base):
    """An article as its links have it."""

    __tablename__ = "knowledge_articles"

    number: Mapped[str] = mapped_column(Text, primary_key=True)
    state: Mapped[str] = mapped_column(Text, index=True)
    title: Mapped[str] = mapped_column(Text)
    """Of the draft, or else of the version published last."""
    category: Mapped[str] = mapped_column(Text)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_hash: Mapped[str] = mapped_column(Text)


class KnowledgeVersionRow(Base):
    """A published version of an article, in force from ``effective_from`` to before ``until``."""

    __tablename__ = "knowledge_versions"
    __table_args__ = (
        ForeignKeyConstraint(["article"], ["knowledge_articles.number"]),
        Index("ix_knowledge_versions_effective_from", "effective_from"),
    )

    article: Mapped[str] = mapped_column(Text, primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    title: Mapped[str] = mapped_column(Text)
    category: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)
    effective_from: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Its expiry, or the next version's beginning; None while neither is known."""
    content_hash: Mapped[str] = mapped_column(Text)


class KnowledgeEnquiryRow(Base):
    """A correction or a question as its links have it."""

    __tablename__ = "knowledge_enquiries"
    __table_args__ = (Index("ix_knowledge_enquiries_article", "article"),)

    number: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, index=True)
    article: Mapped[str] = mapped_column(Text)
    raised_by: Mapped[str] = mapped_column(Text)
    raised_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_hash: Mapped[str] = mapped_column(Text)


class KnowledgeWordsRow(Base):
    """A published version as the segmenter cut it; both databases' indexes are made of it."""

    __tablename__ = "knowledge_words"
    __table_args__ = (Index("ix_knowledge_words_version", "article", "version", unique=True),)

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    article: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    title: Mapped[str] = mapped_column(Text)
    """Words with a blank between them; likewise the two below."""
    body: Mapped[str] = mapped_column(Text)
    pairs: Mapped[str] = mapped_column(Text)
    """Every two neighbouring characters, for words that the segmenter cut otherwise."""
    segmenter: Mapped[str] = mapped_column(Text)
    """Which segmenter and dictionary cut it."""


class HotTopicRow(Base):
    """A hot topic as its links have it, with the roster that was frozen when it was declared."""

    __tablename__ = "hot_topics"

    number: Mapped[str] = mapped_column(Text, primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    declared_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    roster: Mapped[list[str]] = mapped_column(JSON)
    last_hash: Mapped[str] = mapped_column(Text)


class HotTopicPersonRow(Base):
    """Somebody of whom something was recorded: trained, excused, or not passed yet."""

    __tablename__ = "hot_topic_people"
    __table_args__ = (
        ForeignKeyConstraint(["topic"], ["hot_topics.number"]),
        Index("ix_hot_topic_people_person", "person"),
    )

    topic: Mapped[str] = mapped_column(Text, primary_key=True)
    person: Mapped[str] = mapped_column(Text, primary_key=True)
    state: Mapped[str] = mapped_column(Text)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    was_excused: Mapped[bool]
