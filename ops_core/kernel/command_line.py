"""What the command lines of all parts share: refusals become exit codes, values become JSON.

Exit codes: 0 done, 1 refused or a check failed, 2 invalid (or wrong usage), 3 not found,
4 conflict, 5 forbidden, 6 not signed in.

A short command must be quick on a slow machine: what it does not use is not imported with it, so
the database and the settings are imported where they are opened and read.
"""

from __future__ import annotations

import errno
import getpass
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

import typer
from typer.core import TyperGroup
from typer.main import get_command

from ops_core.kernel.environment import language
from ops_core.kernel.errors import Conflict, DomainError, exit_code_of, problem_of

if TYPE_CHECKING:
    from pydantic import JsonValue

    from ops_core.kernel.commands import UnitOfWork
    from ops_core.kernel.database import Database
    from ops_core.kernel.permissions import Actor


_NEVER_CUT = 10_000


class RefusingGroup(TyperGroup):
    """A group of commands (``typer.Typer(cls=RefusingGroup)``) that ends a refused one decently."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for command in (self, *self.commands.values()):
            _take_texts_as_given(command)

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except DomainError as error:
            _refuse(error)
        except OSError as error:
            if error.filename is None or error.errno not in _OF_THE_PLACE:
                raise
            _refuse(_unusable(error))

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Every command with the first sentence of its help, which is never cut short."""
        rows = [
            (name, command.get_short_help_str(limit=_NEVER_CUT))
            for name in self.list_commands(ctx)
            if (command := self.get_command(ctx, name)) is not None and not command.hidden
        ]
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)


def _refuse(error: DomainError) -> NoReturn:
    problem = problem_of(error, language())
    for line in (problem.title, problem.detail, problem.remedy):
        if line:
            typer.echo(line, err=True)
    raise typer.Exit(exit_code_of(error)) from error


_OF_THE_PLACE = frozenset(
    {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.ENOTDIR,
     errno.EEXIST, errno.EISDIR, errno.ENOENT, errno.ELOOP, errno.ENAMETOOLONG}
)  # fmt: skip
"""What is wrong with a file or folder that the person at the machine can mend."""


def _unusable(error: OSError) -> Conflict:
    return Conflict(
        "文件或目录无法使用",
        f"{error.filename}: {error.strerror}",
        "检查该路径、其权限与剩余空间；状态目录由 ZHISHOU_STATE_DIRECTORY 指定",
    )


def command_group(
    name: str | None,
    purpose: str,
    cls: type[RefusingGroup] = RefusingGroup,
    add_completion: bool = False,
) -> typer.Typer:
    """A group of commands; without a name its commands join those of the group above.

    Help and errors are plain text: drawing them with Rich costs three times all the rest.
    ``add_completion`` belongs to the outermost group.
    """
    return typer.Typer(
        name=name,
        help=purpose,
        no_args_is_help=True,
        cls=cls,
        add_completion=add_completion,
        rich_markup_mode=None,
    )


def _take_texts_as_given(command: Any) -> None:
    """Spare every parameter of a command its conversion, ``--help`` too, which it adds late."""
    parameters_of = command.get_params

    def get_params(ctx: Any) -> Any:
        parameters = parameters_of(ctx)
        for parameter in parameters:
            _let_pass_as_given(parameter)
        return parameters

    command.get_params = get_params


def _let_pass_as_given(parameter: Any) -> None:
    """Spare a text that is a text already, and a flag that is not set, Typer's conversion.

    Typer imports pydantic for the first value that it converts, for more than all else of a short
    command. Whatever does need to be converted or refused is left to Typer.
    """
    described: Any = getattr(parameter, "type_descriptor", None)
    annotation = getattr(described, "annotation", None)
    is_single = parameter.nargs == 1 and not getattr(parameter, "multiple", False)
    is_plain = annotation in (str, bool) and described.parameter_info.parser is None
    if not (is_single and is_plain) or "process_value" in vars(parameter):
        return
    convert = parameter.process_value

    def process_value(ctx: Any, value: Any) -> Any:
        is_text = annotation is str and type(value) is str
        if not is_text and (value is not None or parameter.required):
            return convert(ctx, value)
        return value if parameter.callback is None else parameter.callback(ctx, parameter, value)

    parameter.process_value = process_value


@dataclass(frozen=True, slots=True)
class DeferredCommand:
    """A command or group by name, with the module that has it; nothing of it is imported yet.

    ``summary`` is the first paragraph of its help. ``attribute`` is a :class:`typer.Typer`, which
    is the group itself, or has the command of that name in it.
    """

    name: str
    module: str
    attribute: str
    summary: str

    def load(self) -> Any:
        """The command itself, its module imported."""
        loaded: Any = get_command(getattr(import_module(self.module), self.attribute))
        return loaded if loaded.name == self.name else loaded.commands[self.name]


class DeferringGroup(RefusingGroup):
    """A group that lists and completes its deferred commands without importing one of them."""

    deferred: ClassVar[tuple[DeferredCommand, ...]] = ()

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for command in self.deferred:
            self.commands[command.name] = RefusingGroup(name=command.name, help=command.summary)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, command, rest = super().resolve_command(ctx, args)
        for deferred in self.deferred:
            if deferred.name == name:
                return name, deferred.load(), rest
        return name, command, rest


@contextmanager
def stored(table_modules: Sequence[str] = ()) -> Iterator[Database]:
    """The installation's database, brought up to date as at every start; closed at the end.

    Its tables are held against those that ``table_modules`` declare, where they are named.
    """
    from ops_core.kernel.database import migrate, open_database
    from ops_core.kernel.settings import load_settings

    database = open_database(load_settings())
    try:
        migrate(database.engine, table_modules)
        yield database
    finally:
        database.close()


@contextmanager
def operators_work() -> Iterator[UnitOfWork]:
    """A unit of work in the name of whoever works at the machine's command line.

    With ``ZHISHOU_TOKEN`` it is in the name of the token's account, with its rights. Raises
    :class:`ops_core.kernel.errors.Unauthenticated` for a token that holds no more.
    """
    from ops_core.kernel.clock import SystemClock
    from ops_core.kernel.commands import unit_of_work
    from ops_core.kernel.events import EventBus

    with stored() as database, unit_of_work(
        database, EventBus(), SystemClock(), _worker(database)
    ) as uow:  # fmt: skip
        yield uow


def _worker(database: Database) -> Actor:
    from ops_core.kernel.clock import SystemClock
    from ops_core.kernel.errors import Unauthenticated
    from ops_core.kernel.identity import user_of_token
    from ops_core.kernel.settings import load_settings

    token = load_settings().token
    if token is None:
        return operator()
    with database.reading() as session:
        user = user_of_token(session, token.get_secret_value(), SystemClock())
    if user is None:
        raise Unauthenticated(
            "令牌无效或已过期", "ZHISHOU_TOKEN", "请用 zhishou users token 重新签发。"
        )
    return replace(user.actor, by_token=True)


def operator() -> Actor:
    """Whoever works at the machine's command line; the machine's login is the proof."""
    from ops_core.kernel.permissions import Actor

    return Actor.system(f"cli/{getpass.getuser()}")


def print_json(value: JsonValue | Sequence[JsonValue]) -> None:
    """Write one JSON document to standard output."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))
