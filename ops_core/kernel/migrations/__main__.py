"""Draft a step: ``python -m ops_core.kernel.migrations NUMBER TITLE TABLE_MODULE...``."""

import sys
import tempfile
from pathlib import Path

from ops_core.kernel.database import create_database_engine
from ops_core.kernel.migrations import draft_revision, migrate


def main(number: str, title: str, *metadata_modules: str) -> None:
    """Migrate a throw-away database to head and write down what the modules add to it."""
    with tempfile.TemporaryDirectory() as directory:
        engine = create_database_engine(f"sqlite:///{Path(directory) / 'head.sqlite'}")
        migrate(engine)
        draft_revision(engine, number, title, metadata_modules)
        engine.dispose()


if __name__ == "__main__":
    main(*sys.argv[1:])
