"""Run by Alembic for each command; everything it needs is in the configuration's attributes."""

from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext

from ops_core.kernel.database import UtcDateTime
from ops_core.kernel.migrations import load_metadata, only_tables_of


def _render(kind: str, item: Any, _: AutogenContext) -> str | Literal[False]:
    """Spell our own column type in SQLAlchemy's words: a revision imports nothing of ours."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def _run() -> None:
    connection: sa.Connection = context.config.attributes["connection"]
    metadata = load_metadata(context.config.attributes["metadata_modules"])
    context.configure(
        connection=connection,
        target_metadata=metadata,
        include_name=only_tables_of(metadata),
        transactional_ddl=True,
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=_render,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


_run()
