"""How a request reads and commands: each in a thread of its lane, its transaction within it.

A router calls the domain's own functions and hands them what these two dependencies open::

    async def show(reader: SignedInReader, read: Reading, number: str) -> HTMLResponse:
        record = await read(lambda seen: read_order(seen.session, seen.site, number, seen.now))

    async def step(reader: SignedInReader, command: Commanding, number: str) -> Response:
        await command(("order", number), lambda uow: take_step(uow, number, Step.SIGN))

Whether a reader may look is asked once, by :meth:`wallboard.web.Reader.require`; whether he may
command is asked by the command alone.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends

from ops_core.kernel.commands import UnitOfWork, unit_of_work
from wallboard.snapshot import Snapshot
from wallboard.web import AnyReader, Reader, in_thread

T = TypeVar("T")

Subject = tuple[str, str]
"""Kind and identifier of what a command is about: a refusal is filed under it."""


@dataclass(frozen=True, slots=True)
class Reads:
    """Runs reads for a request; the session is opened and closed in the worker thread."""

    reader: Reader

    async def __call__(self, read: Callable[[Snapshot], T]) -> T:
        """Raises what the read raises, and :class:`wallboard.threads.ServerBusy`."""
        given = self.reader.web.dependencies

        def work() -> T:
            with given.database.reading() as session:
                return read(Snapshot(session, given.site, given.clock.now()))

        return await in_thread(work)


@dataclass(frozen=True, slots=True)
class Commands:
    """Runs commands in the reader's name; the transaction begins and ends in the worker thread."""

    reader: Reader

    async def __call__(self, subject: Subject, command: Callable[[UnitOfWork], T]) -> T:
        """Commit what the command did, or nothing.

        Raises what the command raises (a refusal is audited under ``subject``),
        :class:`ops_core.kernel.errors.DatabaseBusy` and :class:`wallboard.threads.ServerBusy`.
        """

        def work() -> T:
            with self.open() as uow:
                return command(uow)

        return await self.run(subject, work)

    async def run(self, subject: Subject, work: Callable[[], T]) -> T:
        """Run a command that opens its own units of work, by :meth:`open`, one after the other."""
        self.reader.about(*subject)
        return await in_thread(work)

    def open(self) -> AbstractContextManager[UnitOfWork]:
        """A unit of work in the reader's name; to be used in one thread."""
        given = self.reader.web.dependencies
        return unit_of_work(given.database, given.bus, given.clock, self.reader.actor)


def reads_of(reader: AnyReader) -> Reads:
    return Reads(reader)


def commands_of(reader: AnyReader) -> Commands:
    return Commands(reader)


Reading = Annotated[Reads, Depends(reads_of)]
Commanding = Annotated[Commands, Depends(commands_of)]
