"""The tables of every part of the product, as one linear history of small steps.

A part adds its tables with a file in ``versions/``: the next number and the part's name
(``0002_incident.py``), ``revision = "0002"``, ``down_revision`` the number before it. It holds
plain operations and imports nothing of the product, for it must still mean the same when the
tables have long changed. ``python -m ops_core.kernel.migrations 0002 incident incident.tables``
writes a draft from the difference between the table modules and a new database at head. One who
finds the number taken renumbers: a test refuses
two heads.

Alembic is imported by whoever migrates: every command opens the database, few bring it anywhere.

The kernel may not import the parts above it. Whoever composes the product hands their table
modules down by name (``["incident.tables", ...]``); ``env.py`` imports the kernel's and those.
"""

import importlib
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, MetaData, text

from ops_core.kernel.database_trouble import raising_database_busy
from ops_core.kernel.engines import KIND_OPTION, TransactionKind, waits_of
from ops_core.kernel.errors import DatabaseBusy

if TYPE_CHECKING:
    from alembic.config import Config

log = logging.getLogger(__name__)

PATIENCE_S = 120.0
"""How long a start waits for a database that is locked, full or away, if there is work to do."""
PAUSE_S = 1.0

KERNEL_TABLES = "ops_core.kernel.tables"
FULL_TEXT = "knowledge_fts"
"""What the tables of full-text indexes are called, SQLite's own behind each included."""

# Two processes that start at once must not both create the tables.
_MIGRATION_LOCK = 0x7A68_6973_6D69_67


class SchemaMismatch(Exception):
    """The database at head is not what the table modules declare; names the differences."""


def migrate(
    engine: Engine, metadata_modules: Sequence[str] = (), patience_s: float = PATIENCE_S
) -> None:
    """Bring the database to the newest revision; all steps or none.

    With ``metadata_modules`` (names of modules that declare tables) the outcome is compared with
    what they declare. Raises :class:`SchemaMismatch` when it differs; tables none of them
    declares are left alone. A database at the newest revision is only read, so nobody who holds it
    keeps a start waiting; otherwise :class:`DatabaseBusy` after ``patience_s``.
    """
    deadline = time.monotonic() + patience_s
    while True:
        try:
            with raising_database_busy(waits_of(engine)):
                bring = _compare if _is_at_head(engine) else _upgrade
                bring(engine, metadata_modules)
            return
        except DatabaseBusy as error:
            if time.monotonic() >= deadline:
                raise
            log.warning("the database cannot be prepared yet: %s", error.trouble)
            time.sleep(PAUSE_S)


def _is_at_head(engine: Engine) -> bool:
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    with _reading(engine) as connection:
        found = MigrationContext.configure(connection).get_current_heads()
        script = ScriptDirectory.from_config(alembic_config(connection))
        return set(found) == set(script.get_heads())


def _upgrade(engine: Engine, metadata_modules: Sequence[str]) -> None:
    from alembic import command

    with engine.begin() as connection:
        _lock(connection)
        command.upgrade(alembic_config(connection, metadata_modules), "head")
        _refuse_differences(connection, metadata_modules)


def _compare(engine: Engine, metadata_modules: Sequence[str]) -> None:
    with _reading(engine) as connection:
        _refuse_differences(connection, metadata_modules)


def _reading(engine: Engine) -> AbstractContextManager[Connection]:
    """A connection on a snapshot: it takes no lock that a writer takes."""
    return engine.execution_options(**{KIND_OPTION: TransactionKind.READING}).begin()


def _refuse_differences(connection: Connection, metadata_modules: Sequence[str]) -> None:
    """Raises :class:`SchemaMismatch`, so that a wrong step is taken back."""
    if not metadata_modules:
        return
    found = _differences(connection, metadata_modules, unknown_tables=False)
    if found:
        raise SchemaMismatch("\n".join(found))


def differences(engine: Engine, metadata_modules: Sequence[str] = ()) -> list[str]:
    """What the database has and the declared tables have not, or the other way round."""
    with engine.connect() as connection:
        return _differences(connection, metadata_modules, unknown_tables=True)


def draft_revision(
    engine: Engine, number: str, title: str, metadata_modules: Sequence[str] = ()
) -> None:
    """Write ``versions/<number>_<title>.py`` with what the database at head lacks."""
    from alembic import command

    with engine.begin() as connection:
        config = alembic_config(connection, metadata_modules)
        command.revision(config, message=title, rev_id=number, autogenerate=True)


def alembic_config(connection: Connection, metadata_modules: Sequence[str] = ()) -> "Config":
    """Alembic's configuration, complete without a file."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    config.attributes["metadata_modules"] = tuple(metadata_modules)
    return config


def load_metadata(metadata_modules: Sequence[str]) -> MetaData:
    """The tables of the kernel and of the named modules. Raises ImportError for a wrong name."""
    for name in metadata_modules:
        importlib.import_module(name)
    metadata: MetaData = importlib.import_module(KERNEL_TABLES).Base.metadata
    return metadata


def only_tables_of(metadata: MetaData) -> Callable[[str | None, str, object], bool]:
    """Alembic's filter of names that passes over tables of modules that are not loaded."""

    def considered(name: str | None, kind: str, _: object) -> bool:
        return kind != "table" or name in metadata.tables

    return considered


def no_full_text_index(name: str | None, kind: str, _: object) -> bool:
    """Alembic's filter of names that passes over a database's own index of texts, whose form is
    another on each: no table module can declare it."""
    return kind != "table" or name is None or not name.startswith(FULL_TEXT)


def _differences(
    connection: Connection, metadata_modules: Sequence[str], unknown_tables: bool
) -> list[str]:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    metadata = load_metadata(metadata_modules)
    options: dict[str, object] = {"compare_type": True, "include_name": no_full_text_index}
    if not unknown_tables:
        options["include_name"] = only_tables_of(metadata)
    context = MigrationContext.configure(connection, opts=options)
    return [repr(found) for found in compare_metadata(context, metadata)]


def _lock(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
