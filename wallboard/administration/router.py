"""Pages of users, of one's own account, of the audit log and of the settings in force."""

from typing import Annotated

from fastapi import APIRouter, Form, Query
from starlette.responses import HTMLResponse, RedirectResponse

from ops_core.kernel.audit import search_audit
from ops_core.kernel.errors import Invalid, Unauthenticated
from ops_core.kernel.identity import (
    Permission,
    Role,
    Whence,
    begin_attempt,
    finish_attempt,
    list_users,
    permissions_of,
)
from ops_core.kernel.identity.sessions import list_tokens
from wallboard.accounts import device_of
from wallboard.administration import commands
from wallboard.administration.settings import shown_settings
from wallboard.administration.words import permission_word, role_word
from wallboard.appearance import APPEARANCE_WORDS
from wallboard.web import Reader, SignedInReader, in_thread
from wallboard.work import Commanding, Reading, Reads

router = APIRouter(include_in_schema=False)

AUDIT_PAGE = 100


@router.get("/users")
async def list_all_users(reader: SignedInReader, read: Reading) -> HTMLResponse:
    return await _users(reader, read)


@router.post("/users")
async def add_user(
    reader: SignedInReader,
    read: Reading,
    command: Commanding,
    name: Annotated[str, Form()],
    display_name: Annotated[str, Form()],
    roles: Annotated[list[Role] | None, Form()] = None,
    unit: Annotated[str, Form()] = "",
) -> HTMLResponse:
    """The page with the generated password: in this one answer, which nobody keeps."""
    password = await command(
        ("user", name), lambda uow: commands.add_user(uow, name, display_name, roles or (), unit)
    )
    return await _users(reader, read, once=(name, password))


@router.post("/users/{name}/roles")
async def change_roles(
    _reader: SignedInReader,
    command: Commanding,
    name: str,
    roles: Annotated[list[Role] | None, Form()] = None,
    unit: Annotated[str, Form()] = "",
) -> RedirectResponse:
    await command(("user", name), lambda uow: commands.change_roles(uow, name, roles or (), unit))
    return RedirectResponse("/users", 303)


@router.post("/users/{name}/password")
async def renew_password(
    reader: SignedInReader, read: Reading, command: Commanding, name: str
) -> HTMLResponse:
    password = await command(("user", name), lambda uow: commands.renew_password(uow, name))
    return await _users(reader, read, once=(name, password))


@router.post("/users/{name}/active")
async def switch_user(
    _reader: SignedInReader,
    command: Commanding,
    name: str,
    active: Annotated[bool, Form()],
) -> RedirectResponse:
    await command(("user", name), lambda uow: commands.switch_user(uow, name, active=active))
    return RedirectResponse("/users", 303)


@router.post("/users/{name}/tokens/end")
async def end_tokens(reader: SignedInReader, command: Commanding, name: str) -> RedirectResponse:
    await command(("user", name), lambda uow: commands.end_tokens_of(uow, name))
    return RedirectResponse("/account" if name == reader.signed_in.name else "/users", 303)


@router.get("/account")
async def show_account(reader: SignedInReader, read: Reading) -> HTMLResponse:
    return await _account(reader, read)


@router.post("/account/password")
async def change_password(
    reader: SignedInReader,
    read: Reading,
    command: Commanding,
    former: Annotated[str, Form()],
    password: Annotated[str, Form()],
    again: Annotated[str, Form()],
) -> HTMLResponse:
    """Everybody signs in anew afterwards, he himself too."""
    await _verify_former(reader, former)
    name = reader.signed_in.name
    try:
        await command(
            ("user", name), lambda uow: commands.change_own_password(uow, password, again)
        )
    except Invalid as refusal:
        return await _account(reader, read, refusal=refusal)
    return reader.page("console/login.html", target="/account", name=name, failure=None)


@router.post("/account/tokens")
async def issue_token(
    reader: SignedInReader,
    read: Reading,
    command: Commanding,
    days: Annotated[int, Form()],
    permissions: Annotated[list[Permission] | None, Form()] = None,
) -> HTMLResponse:
    """The page with the token: in this one answer, which nobody keeps."""
    issued = await command(
        ("user", reader.signed_in.name),
        lambda uow: commands.issue_own_token(uow, days, permissions or ()),
    )
    return await _account(reader, read, token=issued.token)


@router.get("/audit")
async def show_audit(
    reader: SignedInReader,
    read: Reading,
    q: Annotated[str, Query(max_length=100)] = "",
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
) -> HTMLResponse:
    await reader.require(Permission.SEE_AUDIT, "page", "audit")
    found = await read(lambda seen: search_audit(seen.session, AUDIT_PAGE, before, q.strip()))
    return reader.page("console/audit.html", found=found, query=q.strip())


@router.get("/settings")
async def show_settings(reader: SignedInReader) -> HTMLResponse:
    await reader.require(Permission.ADMINISTER, "page", "settings")
    return reader.page(
        "console/settings.html",
        settings=shown_settings(reader.web.dependencies.settings, reader.language),
    )


async def _users(reader: Reader, read: Reads, once: tuple[str, str] | None = None) -> HTMLResponse:
    await reader.require(Permission.ADMINISTER, "page", "users")
    users = await read(lambda seen: list_users(seen.session))
    return reader.page(
        "console/users.html",
        users=users,
        roles=list(Role),
        role_word=lambda role: role_word(role, reader.language),
        once=once,
    )


async def _account(
    reader: Reader, read: Reads, refusal: Invalid | None = None, token: str = ""
) -> HTMLResponse:
    user = reader.signed_in
    tokens = await read(lambda seen: list_tokens(seen.session, user.name, seen.now))
    return reader.page_with_status(
        "console/account.html",
        200 if refusal is None else refusal.status,
        {
            "refusal": refusal,
            "token": token,
            "tokens": tokens,
            "appearance": reader.appearance,
            "appearances": APPEARANCE_WORDS.items(),
            "held": sorted(permissions_of(user.roles)),
            "role_word": lambda role: role_word(role, reader.language),
            "permission_word": lambda one: permission_word(one, reader.language),
        },
    )


async def _verify_former(reader: Reader, former: str) -> None:
    """Guessing one's way in by a session left open counts as guessing. Raises Unauthenticated."""
    given, name = reader.web.dependencies, reader.signed_in.name
    client = reader.request.client
    whence = Whence("" if client is None else client.host, device_of(reader, name))
    attempt = await in_thread(lambda: begin_attempt(given.database, name, given.clock, whence))
    right = await reader.web.lanes.passwords.run(lambda: attempt.verify(former))
    try:
        await in_thread(lambda: finish_attempt(given.database, attempt, right, given.clock))
    except Unauthenticated:
        raise Invalid("原口令不正确", "", "请核对后重试。") from None
