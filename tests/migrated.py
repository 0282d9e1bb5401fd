"""SQLite databases at the newest revision: one is migrated in each process, the others are copies.

Bringing a new file through every revision takes a quarter of a second of computing, which a
property with a hundred examples pays a hundred times.
"""

import tempfile
from functools import cache
from pathlib import Path

from ops_core.app.tables import TABLE_MODULES
from ops_core.kernel.database import Database, create_database_engine, migrate


@cache
def migrated_file() -> bytes:
    """The file; that it holds what every part declares was compared."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "migrated.sqlite"
        engine = create_database_engine(f"sqlite:///{path}")
        migrate(engine, TABLE_MODULES)
        engine.dispose()
        return path.read_bytes()


def migrated_database(file: Path) -> Database:
    """A new database in ``file``, open."""
    file.write_bytes(migrated_file())
    return Database(create_database_engine(f"sqlite:///{file}"))
