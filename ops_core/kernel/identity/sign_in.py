"""Signing in: the name, the password, and what repeated guessing costs.

Failures are counted by the name *and* where the attempt comes from: whoever guesses closes the
name to himself and not to its owner. An address that fails with many names is closed as well. A
browser in which a name signed in before is known by a cookie of its own and counted by itself, so
that not even somebody at the same address closes the name to it. It makes no difference whether a
user bears the name, and an attempt takes as long for either, so that nothing tells which names
exist. An attempt counts as failed *before* the password is looked at and is forgiven when it was
right: guesses made at the same time cannot slip past the counter. The hash (50 ms, 64 MiB) is
computed between two short transactions, by whoever asks in threads of its own: it must not hold up
those who write.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

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
FREE_FAILURES_OF_ADDRESS = 50
"""An office of many people is one address to us."""
FIRST_CLOSURE = timedelta(seconds=30)
LONGEST_CLOSURE = timedelta(minutes=5)
FAILURES_FORGOTTEN_AFTER = timedelta(hours=24)

_GATE = Actor.system("sign-in")
_USER, _NOBODY = "user", "(unknown)"


@dataclass(frozen=True, slots=True)
class Whence:
    """Where an attempt comes from; ``device``: what a browser of this name's owner is known by."""

    address: str = ""
    device: str = ""

    @property
    def network(self) -> str:
        """The address, of IPv6 the /64 that one subscriber has."""
        try:
            address = ipaddress.ip_address(self.address)
        except ValueError:
            return self.address
        if address.version == 4:
            return str(address)
        return str(ipaddress.ip_network((address, 64), strict=False))


HERE = Whence()
"""The command line of the machine itself."""


@dataclass(frozen=True, slots=True)
class SignInAttempt:
    """An attempt that counts as failed until it is finished."""

    name: str
    whence: Whence
    password_hash: str | None

    def verify(self, password: str) -> bool:
        """Whether the password is right. Takes some 50 ms and 64 MiB."""
        return verify_password(self.password_hash, password)


def sign_in(
    database: Database,
    name: str,
    password: str,
    clock: Clock,
    lifetime: timedelta = SESSION_LIFETIME,
    whence: Whence = HERE,
) -> SignedIn:
    """Check the password and open a session. Raises as :func:`authenticate` does."""
    user = authenticate(database, name, password, clock, whence)
    return open_for(database, user, clock, lifetime)


def open_for(database: Database, user: User, clock: Clock, lifetime: timedelta) -> SignedIn:
    """Open a session for a user whose password was right."""
    with unit_of_work(database, None, clock, user.actor) as uow:
        return open_session(uow, user, lifetime)


def sign_out(database: Database, token: str, clock: Clock) -> None:
    """End a session; one that holds no more is left at that."""
    with unit_of_work(database, None, clock, _GATE) as uow:
        close_session(uow, token)


def authenticate(
    database: Database, name: str, password: str, clock: Clock, whence: Whence = HERE
) -> User:
    """The user of that name and password; audited either way.

    Raises :class:`Unauthenticated`, or :class:`TooManyAttempts` while the name is closed to whoever
    asks from there.
    """
    attempt = begin_attempt(database, name, clock, whence)
    return finish_attempt(database, attempt, attempt.verify(password), clock)


def begin_attempt(
    database: Database, name: str, clock: Clock, whence: Whence = HERE
) -> SignInAttempt:
    """Count the attempt. Raises :class:`TooManyAttempts`."""
    name = name.strip().lower()
    with unit_of_work(database, None, clock, _GATE) as uow:
        closed_for = _count_attempt(uow, name, whence)
        row = _active_row(uow.session, name)
        password_hash = None if row is None else row.password_hash
    if closed_for > timedelta(0):
        raise _too_many(closed_for)
    return SignInAttempt(name, whence, password_hash)


def finish_attempt(database: Database, attempt: SignInAttempt, right: bool, clock: Clock) -> User:
    """The user whose password was right. Raises :class:`Unauthenticated`."""
    with unit_of_work(database, None, clock, _GATE) as uow:
        row = _active_row(uow.session, attempt.name)
        if right and row is not None and row.password_hash == attempt.password_hash:
            return _welcome(uow, row, attempt.whence)
        known = _NOBODY if row is None else row.name  # a stray password may stand in the name
        uow.audit("sign_in_refused", _USER, known, {"address": attempt.whence.address})
    raise Unauthenticated("登录失败", "用户名或口令不正确。", "请核对后重试。")


def closure_after(failures: int, free: int = FREE_FAILURES) -> timedelta:
    """How long it is closed after so many failures in a row: 30 s, doubling, to 5 min."""
    if failures < free:
        return timedelta(0)
    doublings = min(failures - free, 10)
    return min(FIRST_CLOSURE * (1 << doublings), LONGEST_CLOSURE)


def _counters(name: str, whence: Whence) -> Sequence[tuple[str, int]]:
    """What an attempt is counted by, and how many failures each of them has free."""
    if whence.device:
        return ((sha256(f"{name} by {whence.device}"), FREE_FAILURES),)
    by_name = (sha256(f"{name} from {whence.network}"), FREE_FAILURES)
    return (by_name, (sha256(f"from {whence.network}"), FREE_FAILURES_OF_ADDRESS))


def _count_attempt(uow: UnitOfWork, name: str, whence: Whence) -> timedelta:
    """Count one more failure, or, while it is closed, say for how long it still is."""
    session, now = uow.session, uow.clock.now()
    session.execute(
        delete(SignInAttemptRow).where(SignInAttemptRow.last_at < now - FAILURES_FORGOTTEN_AFTER)
    )
    counters = [(_counter(session, key, now), free) for key, free in _counters(name, whence)]
    closed_until = max(row.closed_until for row, _ in counters)
    if closed_until > now:
        return closed_until - now
    for row, free in counters:
        row.failures += 1
        row.last_at = now
        row.closed_until = now + closure_after(row.failures, free)
    return timedelta(0)


def _counter(session: Session, key: str, now: datetime) -> SignInAttemptRow:
    row = session.get(SignInAttemptRow, key)
    if row is None:
        row = SignInAttemptRow(name_hash=key, failures=0, last_at=now, closed_until=now)
        session.add(row)
    return row


def _welcome(uow: UnitOfWork, row: UserRow, whence: Whence) -> User:
    """Forgive this name's failures from there; of the address, those of other names stay."""
    now = uow.clock.now()
    for key, free in _counters(row.name, whence):
        counter = _counter(uow.session, key, now)
        counter.failures = 0 if free == FREE_FAILURES else max(0, counter.failures - 1)
        counter.closed_until = now
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
        "此处以该用户名连续多次登录失败。",
        message("请在 {seconds} 秒后重试。", seconds=seconds),
        retry_after_s=seconds,
    )
