"""What the command lines of all parts share: refusals become exit codes, values become JSON.

Exit codes: 0 done, 1 refused or a check failed, 2 invalid (or wrong usage), 3 not found,
4 conflict, 5 forbidden, 6 not signed in.
"""

import getpass
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import typer
from pydantic import JsonValue
from typer.core import TyperGroup

from ops_core.kernel.clock import SystemClock
from ops_core.kernel.commands import UnitOfWork, unit_of_work
from ops_core.kernel.database import Database, migrate, open_database
from ops_core.kernel.errors import DomainError, exit_code_of, problem_of
from ops_core.kernel.events import EventBus
from ops_core.kernel.permissions import Actor
from ops_core.kernel.settings import load_settings


class RefusingGroup(TyperGroup):
    """A group of commands (``typer.Typer(cls=RefusingGroup)``) that ends a refused one decently."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except DomainError as error:
            problem = problem_of(error, load_settings().language)
            for line in (problem.title, problem.detail, problem.remedy):
                if line:
                    typer.echo(line, err=True)
            raise typer.Exit(exit_code_of(error)) from error


@contextmanager
def stored(table_modules: Sequence[str] = ()) -> Iterator[Database]:
    """The installation's database, brought up to date as at every start; closed at the end.

    Its tables are held against those that ``table_modules`` declare, where they are named.
    """
    database = open_database(load_settings())
    try:
        migrate(database.engine, table_modules)
        yield database
    finally:
        database.close()


@contextmanager
def operators_work() -> Iterator[UnitOfWork]:
    """A unit of work in the name of whoever works at the machine's command line."""
    with stored() as database, unit_of_work(
        database, EventBus(), SystemClock(), operator()
    ) as uow:  # fmt: skip
        yield uow


def operator() -> Actor:
    """Whoever works at the machine's command line; the machine's login is the proof."""
    return Actor.system(f"cli/{getpass.getuser()}")


def print_json(value: JsonValue | Sequence[JsonValue]) -> None:
    """Write one JSON document to standard output."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))
