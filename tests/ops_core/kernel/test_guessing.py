"""Who guesses a name's password closes it to himself, and to nobody else."""

import sys
from datetime import timedelta

import pytest

from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.errors import Forbidden, Invalid, TooManyAttempts, Unauthenticated
from ops_core.kernel.events import EventBus
from ops_core.kernel.identity import (
    Actor,
    Permission,
    Role,
    Whence,
    authenticate,
    create_user,
    issue_token,
    require,
    set_roles,
    user_of_token,
)
from ops_core.kernel.identity.sign_in import FREE_FAILURES, FREE_FAILURES_OF_ADDRESS, _counters

PASSWORD = "correct horse battery"
GUESSER, OWNER = Whence("203.0.113.7"), Whence("10.0.0.5")
ADMIN = Actor.user("admin", [Role.ADMINISTRATOR])


@pytest.fixture(autouse=True)
def _people(database: Database, bus: EventBus, clock: FixedClock) -> None:
    with unit_of_work(database, bus, clock, ADMIN) as uow:
        create_user(uow, "admin", "管理员", PASSWORD, [Role.ADMINISTRATOR, Role.SUPERVISOR])


def fail(
    database: Database, clock: FixedClock, whence: Whence, times: int, name: str = "admin"
) -> None:
    for _ in range(times):
        with pytest.raises(Unauthenticated):
            authenticate(database, name, "wrong password", clock, whence)


@pytest.mark.parametrize(
    ("guesser", "owner", "is_closed"),
    [
        (GUESSER, OWNER, False),
        (GUESSER, GUESSER, True),
        (GUESSER, Whence(GUESSER.address, "a browser that is known"), False),
        (Whence("2001:db8::1"), Whence("2001:db8::2"), True),
        (Whence("2001:db8::1"), Whence("2001:db8:0:1::1"), False),
        (Whence(), OWNER, False),
    ],
    ids=["another address", "the same address", "the same address, a known browser",
         "the same subscriber's network", "another subscriber's network", "the machine itself"],
)  # fmt: skip
def test_a_name_is_closed_to_whoever_guesses(
    database: Database, clock: FixedClock, guesser: Whence, owner: Whence, is_closed: bool
) -> None:
    fail(database, clock, guesser, FREE_FAILURES)
    with pytest.raises(TooManyAttempts):
        authenticate(database, "admin", PASSWORD, clock, guesser)
    if is_closed:
        with pytest.raises(TooManyAttempts):
            authenticate(database, "admin", PASSWORD, clock, owner)
    else:
        assert authenticate(database, "admin", PASSWORD, clock, owner).name == "admin"


def test_an_address_that_tries_many_names_is_closed_and_opens_again(
    database: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules[_counters.__module__], "FREE_FAILURES_OF_ADDRESS", 6)
    assert FREE_FAILURES_OF_ADDRESS > 6
    for number in range(6):
        fail(database, clock, GUESSER, 1, f"name{number}")
    with pytest.raises(TooManyAttempts):
        authenticate(database, "another", PASSWORD, clock, GUESSER)
    assert authenticate(database, "admin", PASSWORD, clock, OWNER).name == "admin"
    clock.advance(timedelta(minutes=5))
    assert authenticate(database, "admin", PASSWORD, clock, GUESSER).name == "admin"


def test_a_token_allows_what_it_was_given_of_what_its_user_may(
    database: Database, bus: EventBus, clock: FixedClock
) -> None:
    with unit_of_work(database, bus, clock, ADMIN) as uow:
        narrow = issue_token(uow, "admin", permissions=[Permission.SEE_CALLS]).token
        whole = issue_token(uow, "admin").token
        with pytest.raises(Invalid):
            issue_token(uow, "admin", permissions=[Permission.FEED_CALLS])
        with pytest.raises(Invalid):
            issue_token(uow, "admin", permissions=[])

    def holder(token: str) -> Actor:
        with database.reading() as session:
            user = user_of_token(session, token, clock)
        assert user is not None
        return user.actor

    require(holder(narrow), Permission.SEE_CALLS)
    require(holder(whole), Permission.SEE_ORDERS)
    with pytest.raises(Forbidden):
        require(holder(narrow), Permission.SEE_ORDERS)
    with unit_of_work(database, bus, clock, ADMIN) as uow:
        set_roles(uow, "admin", [Role.ADMINISTRATOR])
    with pytest.raises(Forbidden):
        require(holder(narrow), Permission.SEE_CALLS)
