"""Signing in: the name, the password, and what repeated guessing costs.

A name is closed for a while after repeated failures, whether or not a user bears it, and an
attempt takes as long for either, so that nothing tells which names exist. An attempt counts as
failed *before* the password is looked at and is forgiven when it was right: guesses made at the
same time cannot slip past the counter. The hash (50 ms) is computed between two short
transactions: it must not hold up those who write.
"""

from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from ops_core.kernel.clock import Clock
from ops_core.kernel.commands import UnitOfWork, unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.errors import TooManyAttempts, Unauthenticated
from ops_core.kernel.i18n import message
from ops_core.kernel.identity.accounts import USER_NAME, User, user_of
from ops_core.kernel.identity.passwords import verify_password
from ops_core.kernel.identity.sessions import (
    SESSION_LIFETIME,
    SignedIn,
    close_session,
    open_session,
    sha256,
)
from ops_core.kernel.permissions import Actor
from ops_core.kernel.tables import SignInAttemptRow, UserRow

FREE_FAILURES = 5
FIRST_CLOSURE = timedelta(seconds=30)
LONGEST_CLOSURE = timedelta(minutes=5)
FAILURES_FORGOTTEN_AFTER = timedelta(hours=24)

_GATE = Actor.system("sign-in")
_USER, _NOBODY = "user", "(unknown)"


def sign_in(
    database: Database,
    name: str,
    password: str,
    clock: Clock,
    lifetime: timedelta = SESSION_LIFETIME,
) -> SignedIn:
    """Check the password and open a session. Raises as :func:`authenticate` does."""
    user = authenticate(database, name, password, clock)
    with unit_of_work(database, None, clock, user.actor) as uow:
        return open_session(uow, user, lifetime)


def sign_out(database: Database, token: str, clock: Clock) -> None:
    """End a session; one that holds no more is left at that."""
    with unit_of_work(database, None, clock, _GATE) as uow:
        close_session(uow, token)


def authenticate(database: Database, name: str, password: str, clock: Clock) -> User:
    """The user of that name and password; audited either way.

    Raises :class:`Unauthenticated`, or :class:`TooManyAttempts` while the name is closed.
    """
    name = name.strip().lower()
    with unit_of_work(database, None, clock, _GATE) as uow:
        closed_for = _count_attempt(uow, name)
        row = _active_row(uow.session, name)
        password_hash = None if row is None else row.password_hash
    if closed_for > timedelta(0):
        raise _too_many(closed_for)
    right = verify_password(password_hash, password)
    with unit_of_work(database, None, clock, _GATE) as uow:
        row = _active_row(uow.session, name)
        if right and row is not None and row.password_hash == password_hash:
            return _welcome(uow, row)
        known = _NOBODY if row is None else row.name  # a stray password may stand in the name
        uow.audit("sign_in_refused", _USER, known, {})
    raise Unauthenticated("登录失败", "用户名或口令不正确。", "请核对后重试。")


def closure_after(failures: int) -> timedelta:
    """How long a name is closed after so many failures in a row: 30 s, doubling, to 5 min."""
    if failures < FREE_FAILURES:
        return timedelta(0)
    doublings = min(failures - FREE_FAILURES, 10)
    return min(FIRST_CLOSURE * (1 << doublings), LONGEST_CLOSURE)


def _count_attempt(uow: UnitOfWork, name: str) -> timedelta:
    """Count one more failure, or, while the name is closed, say for how long it still is."""
    session, now = uow.session, uow.clock.now()
    session.execute(
        delete(SignInAttemptRow).where(SignInAttemptRow.last_at < now - FAILURES_FORGOTTEN_AFTER)
    )
    row = session.get(SignInAttemptRow, sha256(name))
    if row is None:
        row = SignInAttemptRow(name_hash=sha256(name), failures=0, last_at=now, closed_until=now)
        session.add(row)
    if row.closed_until > now:
        return row.closed_until - now
    row.failures += 1
    row.last_at = now
    row.closed_until = now + closure_after(row.failures)
    return timedelta(0)


def _welcome(uow: UnitOfWork, row: UserRow) -> User:
    forgiven = SignInAttemptRow.name_hash == sha256(row.name)
    uow.session.execute(delete(SignInAttemptRow).where(forgiven))
    user = user_of(row)
    uow.acting_as(user.actor).audit("signed_in", _USER, user.name, {})
    return user


def _active_row(session: Session, name: str) -> UserRow | None:
    row = session.get(UserRow, name) if USER_NAME.fullmatch(name) else None
    return row if row is not None and row.active else None


def _too_many(closed_for: timedelta) -> TooManyAttempts:
    seconds = max(1, round(closed_for.total_seconds()))
    return TooManyAttempts(
        "登录暂停",
        "该用户名连续多次登录失败。",
        message("请在 {seconds} 秒后重试。", seconds=seconds),
        retry_after_s=seconds,
    )
