"""How many statements a piece of work sends: what tells a list from one that asks row by row."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from ops_core.kernel.database import Database


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """What is sent to the database meanwhile."""
    sent: list[str] = []

    def note(*arguments: object) -> None:
        sent.append(str(arguments[2]))

    event.listen(database.engine, "before_cursor_execute", note)
    yield sent
    event.remove(database.engine, "before_cursor_execute", note)
