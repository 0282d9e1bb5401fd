"""``zhishou users ...`` and ``zhishou audit ...``."""

from datetime import timedelta
from typing import Annotated

import typer
from pydantic import JsonValue
from rich.console import Console
from rich.table import Table

from ops_core.kernel.audit import AuditEntry, read_audit
from ops_core.kernel.command_line import command_group, operators_work, print_json, stored
from ops_core.kernel.i18n import message, translate
from ops_core.kernel.identity import (
    Role,
    User,
    create_user,
    deactivate,
    end_tokens,
    find_user,
    generate_password,
    issue_token,
    list_users,
    reactivate,
    set_password,
    set_roles,
)
from ops_core.kernel.identity.sessions import LONGEST_TOKEN_LIFETIME
from ops_core.kernel.permissions import Permission
from ops_core.kernel.settings import load_settings

users = command_group("users", "Who may sign in, and as what.")
audit = command_group("audit", "Who did what, provably.")

AsJson = Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")]
Name = Annotated[str, typer.Argument(help="The name the user signs in with.")]
Roles = Annotated[list[Role] | None, typer.Option("--role", help="May be given repeatedly.")]
Unit = Annotated[
    str, typer.Option(help="The government unit (hotline.yml) a unit_handler answers for.")
]
FromInput = Annotated[
    bool,
    typer.Option("--password-stdin", help="Read the password from standard input."),
]


@users.command("add")
def add_user(
    name: Name,
    role: Roles = None,
    unit: Unit = "",
    display_name: Annotated[str, typer.Option(help="The person's name.")] = "",
    password_stdin: FromInput = False,
    as_json: AsJson = False,
) -> None:
    """Add a user; without --password-stdin a password is generated and shown this once.

    The unit is not looked up in the declaration: the handler of an undeclared one sees no order.
    """
    password = _read_password() if password_stdin else generate_password()
    with operators_work() as uow:
        user = create_user(uow, name, display_name or name, password, role or [], unit)
    _show_user(user, as_json, None if password_stdin else password)


@users.command("list")
def show_users(as_json: AsJson = False) -> None:
    """List everyone, those deactivated included."""
    with stored() as database, database.reading() as session:
        found = list_users(session)
    if as_json:
        print_json([_user_json(user) for user in found])
    else:
        _print_users(found)


@users.command("roles")
def change_roles(name: Name, role: Roles = None, unit: Unit = "", as_json: AsJson = False) -> None:
    """Replace a user's roles and unit by those given; without any, show them.

    The unit is not looked up in the declaration: the handler of an undeclared one sees no order.
    """
    if role is None and not unit:
        with stored() as database, database.reading() as session:
            user = find_user(session, name)
    else:
        with operators_work() as uow:
            user = set_roles(uow, name, role or [], unit)
    _show_user(user, as_json)


@users.command("password")
def change_password(name: Name, password_stdin: FromInput = False, as_json: AsJson = False) -> None:
    """Replace a user's password and end his sessions; generated unless --password-stdin."""
    password = _read_password() if password_stdin else generate_password()
    with operators_work() as uow:
        user = set_password(uow, name, password)
    _show_user(user, as_json, None if password_stdin else password)


@users.command("deactivate")
def deactivate_user(name: Name, as_json: AsJson = False) -> None:
    """Let a user sign in no more."""
    with operators_work() as uow:
        user = deactivate(uow, name)
    _show_user(user, as_json)


@users.command("reactivate")
def reactivate_user(name: Name, as_json: AsJson = False) -> None:
    """Let a deactivated user sign in again."""
    with operators_work() as uow:
        user = reactivate(uow, name)
    _show_user(user, as_json)


@users.command("token")
def give_token(
    name: Name,
    days: Annotated[
        int,
        typer.Option(min=1, max=LONGEST_TOKEN_LIFETIME.days, help="For how many days it holds."),
    ] = 365,
    only: Annotated[
        list[Permission] | None,
        typer.Option(help="Allow this alone, of what the user may; may be given several times."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Issue a token for a program (Authorization: Bearer ...) and show it this once.

    It ends with its days, with the user's password, and with his deactivation.
    """
    with operators_work() as uow:
        issued = issue_token(uow, name, timedelta(days=days), only)
    expires_at = issued.expires_at.isoformat(timespec="seconds")
    if as_json:
        print_json({"name": name, "token": issued.token, "expires_at": expires_at})
        return
    typer.echo(f"{_('令牌（仅显示一次）')}: {issued.token}")
    typer.echo(f"{_('有效期至')}: {expires_at}")


@users.command("tokens-end")
def take_tokens_back(name: Name, as_json: AsJson = False) -> None:
    """End all tokens of a user's programs at once; his sign-ins in browsers go on."""
    with operators_work() as uow:
        ended = end_tokens(uow, name)
    if as_json:
        print_json({"name": name, "ended": ended})
        return
    typer.echo(_(message("已终止 {ended} 个令牌。", ended=ended)))


@audit.command("list")
def list_entries(
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 50,
    before: Annotated[int | None, typer.Option(help="Only those before this position.")] = None,
    as_json: AsJson = False,
) -> None:
    """List audit entries, newest first."""
    with stored() as database, database.reading() as session:
        entries = read_audit(session, limit, before)
    if as_json:
        print_json([_entry_json(entry) for entry in entries])
    else:
        _print_entries(entries)


def _(text: str) -> str:
    return translate(text, load_settings().language)


def _read_password() -> str:
    return typer.get_text_stream("stdin").readline().rstrip("\r\n")


def _show_user(user: User, as_json: bool, password: str | None = None) -> None:
    if as_json:
        shown = _user_json(user)
        print_json(shown if password is None else {**shown, "password": password})
        return
    _print_users([user])
    if password is not None:
        typer.echo(f"{_('口令（仅显示一次）')}: {password}")


def _user_json(user: User) -> dict[str, JsonValue]:
    return {
        "name": user.name,
        "display_name": user.display_name,
        "roles": [role.value for role in sorted(user.roles)],
        "unit": user.unit,
        "active": user.active,
        "created_at": user.created_at.isoformat(),
    }


def _print_users(found: list[User]) -> None:
    table = Table(_("用户名"), _("姓名"), _("角色"), _("单位"), _("在用"))
    for user in found:
        state = _("是") if user.active else _("否")
        roles = " ".join(sorted(user.roles))
        table.add_row(user.name, user.display_name, roles, user.unit, state)
    Console().print(table)


def _entry_json(entry: AuditEntry) -> dict[str, JsonValue]:
    return {
        "position": entry.position,
        "at": entry.at.isoformat(),
        "actor": entry.actor,
        "action": entry.action,
        "subject_type": entry.subject_type,
        "subject_id": entry.subject_id,
        "detail": entry.detail,
        "hash": entry.hash,
    }


def _print_entries(entries: list[AuditEntry]) -> None:
    for entry in entries:
        subject = f"{entry.subject_type}/{entry.subject_id}"
        at = entry.at.isoformat(timespec="seconds")
        fields = (str(entry.position), at, entry.actor, entry.action, subject, entry.detail)
        typer.echo("\t".join(fields))
