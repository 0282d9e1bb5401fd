"""The knowledge base: chains, rows for questions, and the full-text index of either database."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0022"
branch_labels = None
depends_on = None

_AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "knowledge_links",
        sa.Column("aggregate", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("at", _AT, nullable=False),
        sa.Column("recorded_at", _AT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("aggregate", "number", "sequence", name=op.f("pk_knowledge_links")),
    )
    op.create_table(
        "knowledge_notices",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("received_at", _AT, nullable=False),
        sa.Column("recorded_at", _AT, nullable=False),
        sa.Column("live_at", _AT),
        sa.Column("last_hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_knowledge_notices")),
    )
    op.create_index(op.f("ix_knowledge_notices_received_at"), "knowledge_notices", ["received_at"])
    op.create_index(op.f("ix_knowledge_notices_state"), "knowledge_notices", ["state"])
    op.create_table(
        "knowledge_articles",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("last_at", _AT, nullable=False),
        sa.Column("last_hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_knowledge_articles")),
    )
    op.create_index(op.f("ix_knowledge_articles_state"), "knowledge_articles", ["state"])
    op.create_table(
        "knowledge_versions",
        sa.Column("article", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("published_at", _AT, nullable=False),
        sa.Column("effective_from", _AT, nullable=False),
        sa.Column("until", _AT),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article"],
            ["knowledge_articles.number"],
            name=op.f("fk_knowledge_versions_article_knowledge_articles"),
        ),
        sa.PrimaryKeyConstraint("article", "version", name=op.f("pk_knowledge_versions")),
    )
    op.create_index(
        "ix_knowledge_versions_effective_from", "knowledge_versions", ["effective_from"]
    )
    op.create_table(
        "knowledge_enquiries",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("article", sa.Text(), nullable=False),
        sa.Column("raised_by", sa.Text(), nullable=False),
        sa.Column("raised_at", _AT, nullable=False),
        sa.Column("last_hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_knowledge_enquiries")),
    )
    op.create_index("ix_knowledge_enquiries_article", "knowledge_enquiries", ["article"])
    op.create_index(op.f("ix_knowledge_enquiries_state"), "knowledge_enquiries", ["state"])
    op.create_table(
        "knowledge_words",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("article", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("pairs", sa.Text(), nullable=False),
        sa.Column("segmenter", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_words")),
    )
    op.create_index(
        "ix_knowledge_words_version", "knowledge_words", ["article", "version"], unique=True
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE knowledge_fts USING fts5("
            "title, body, pairs, content='', tokenize='unicode61 remove_diacritics 0')"
        )
    else:
        op.execute("CREATE TABLE knowledge_fts (id BIGINT PRIMARY KEY, words tsvector NOT NULL)")
        op.execute("CREATE INDEX ix_knowledge_fts_words ON knowledge_fts USING gin (words)")


def downgrade() -> None:
    op.execute("DROP TABLE knowledge_fts")
    for table in ("words", "enquiries", "versions", "articles", "notices", "links"):
        op.drop_table(f"knowledge_{table}")
