import hashlib
import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from ops_core.kernel.audit import read_audit, verify_chain
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.errors import (
    Conflict,
    DomainError,
    Invalid,
    NotFound,
    TooManyAttempts,
    Unauthenticated,
)
from ops_core.kernel.events import EventBus, events_of
from ops_core.kernel.identity import (
    Actor,
    Role,
    User,
    authenticate,
    close_session,
    create_user,
    deactivate,
    ensure_first_user,
    find_user,
    list_users,
    reactivate,
    set_password,
    set_roles,
    sign_in,
    user_of_session,
)
from ops_core.kernel.identity.sign_in import FREE_FAILURES, closure_after
from ops_core.kernel.tables import SignInAttemptRow, UserRow, UserSessionRow

ADMIN = Actor.user("admin", [Role.ADMINISTRATOR])
PASSWORD = "correct horse battery"

pytestmark = pytest.mark.usefixtures("quick_hashing")


class Office:
    """A database with its clock and bus, and one user: Zhang Wei."""

    def __init__(self, database: Database, bus: EventBus, clock: FixedClock) -> None:
        self.database, self.bus, self.clock = database, bus, clock
        self.zhang = self.add("zhang.wei", [Role.NETWORK_ENGINEER])

    def work(self):  # type: ignore[no-untyped-def]
        return unit_of_work(self.database, self.bus, self.clock, ADMIN)

    def add(self, name: str, roles: list[Role]) -> User:
        with self.work() as uow:
            return create_user(uow, name, "张伟", PASSWORD, roles)

    def authenticate(self, name: str, password: str) -> User:
        return authenticate(self.database, name, password, self.clock)

    def holder(self, token: str) -> User | None:
        with self.database.reading() as session:
            return user_of_session(session, token, self.clock)

    def audited(self) -> list[tuple[str, str, str]]:
        with self.database.reading() as session:
            assert verify_chain(session) == []
            return [(e.actor, e.action, e.subject_id) for e in reversed(read_audit(session))]


@pytest.fixture
def office(database: Database, bus: EventBus, clock: FixedClock) -> Office:
    return Office(database, bus, clock)


def fail_to_sign_in(office: Office, name: str, times: int) -> None:
    for _ in range(times):
        with pytest.raises(Unauthenticated):
            office.authenticate(name, "wrong password")


def test_a_user_signs_in_stays_signed_in_and_signs_out(office: Office) -> None:
    signed_in = sign_in(office.database, " Zhang.Wei ", PASSWORD, office.clock)
    assert signed_in.user == office.zhang
    assert office.holder(signed_in.token) == office.zhang
    assert office.holder("another token") is None
    with office.database.transaction() as session:
        close_session(session, signed_in.token, office.clock)
        close_session(session, signed_in.token, office.clock)
    assert office.holder(signed_in.token) is None
    assert office.audited() == [
        ("admin", "user_created", "zhang.wei"),
        ("zhang.wei", "signed_in", "zhang.wei"),
        ("zhang.wei", "signed_out", "zhang.wei"),
    ]


def test_a_session_ends_at_its_hour_and_its_row_goes_with_the_next_sign_in(
    office: Office,
) -> None:
    first = sign_in(office.database, "zhang.wei", PASSWORD, office.clock, timedelta(hours=1))
    office.clock.advance(timedelta(minutes=59))
    assert office.holder(first.token) is not None
    office.clock.advance(timedelta(minutes=1))
    assert office.holder(first.token) is None
    sign_in(office.database, "zhang.wei", PASSWORD, office.clock)
    with office.database.reading() as session:
        assert len(session.scalars(select(UserSessionRow)).all()) == 1


def test_neither_password_nor_token_is_in_the_database(office: Office) -> None:
    token = sign_in(office.database, "zhang.wei", PASSWORD, office.clock).token
    with office.database.reading() as session:
        kept = session.scalars(select(UserSessionRow)).one()
        assert kept.token_hash == hashlib.sha256(token.encode()).hexdigest()
        assert session.get_one(UserRow, "zhang.wei").password_hash.startswith("$argon2id$")


@pytest.mark.parametrize(
    ("name", "subject"),
    [("zhang.wei", "zhang.wei"), ("li.na", "(unknown)"), ("my password\x00 值", "(unknown)")],
    ids=["a wrong password", "nobody's name", "a password in the name's field"],
)
def test_a_refused_sign_in_is_audited_without_what_was_typed(
    office: Office, name: str, subject: str
) -> None:
    fail_to_sign_in(office, name, 1)
    assert office.audited()[-1] == ("system:sign-in", "sign_in_refused", subject)


def test_a_deactivated_user_is_out_at_once_and_comes_back_when_reactivated(
    office: Office,
) -> None:
    token = sign_in(office.database, "zhang.wei", PASSWORD, office.clock).token
    with office.work() as uow:
        assert not deactivate(uow, "zhang.wei").active
    assert office.holder(token) is None
    with pytest.raises(Unauthenticated):
        office.authenticate("zhang.wei", PASSWORD)
    with office.work() as uow:
        reactivate(uow, "zhang.wei")
    assert office.authenticate("zhang.wei", PASSWORD).active


def test_roles_hold_from_the_next_request(office: Office) -> None:
    token = sign_in(office.database, "zhang.wei", PASSWORD, office.clock).token
    with office.work() as uow:
        set_roles(uow, "zhang.wei", [Role.SUPERVISOR])
    holder = office.holder(token)
    assert holder is not None
    assert holder.actor == Actor.user("zhang.wei", [Role.SUPERVISOR])
    with office.database.reading() as session:
        history = events_of(session, "user", "zhang.wei")
    assert [event.type for event in history] == ["user_created", "user_roles_set"]
    assert history[1].payload == {"before": ["network_engineer"], "after": ["supervisor"]}


def test_a_new_password_ends_the_sessions_of_the_old_one(office: Office) -> None:
    token = sign_in(office.database, "zhang.wei", PASSWORD, office.clock).token
    with office.work() as uow:
        set_password(uow, "zhang.wei", "staple battery horse")
    assert office.holder(token) is None
    assert office.authenticate("zhang.wei", "staple battery horse") == office.zhang
    fail_to_sign_in(office, "zhang.wei", 1)


@pytest.mark.parametrize("name", ["zhang.wei", "li.na"], ids=["a user's", "nobody's"])
def test_a_name_is_closed_after_failures_and_opens_again(office: Office, name: str) -> None:
    fail_to_sign_in(office, name, FREE_FAILURES)
    with pytest.raises(TooManyAttempts) as closed:
        office.authenticate(name, PASSWORD)
    assert closed.value.retry_after_s == 30
    office.clock.advance(timedelta(seconds=30))
    fail_to_sign_in(office, name, 1)
    with pytest.raises(TooManyAttempts) as closed:
        office.authenticate(name, PASSWORD)
    assert closed.value.retry_after_s == 60


def test_a_right_password_after_the_closure_starts_the_count_anew(office: Office) -> None:
    fail_to_sign_in(office, "zhang.wei", FREE_FAILURES)
    office.clock.advance(timedelta(seconds=30))
    office.authenticate("zhang.wei", PASSWORD)
    fail_to_sign_in(office, "zhang.wei", FREE_FAILURES - 1)
    office.authenticate("zhang.wei", PASSWORD)


def test_failures_of_one_name_do_not_close_another_and_are_forgotten(office: Office) -> None:
    fail_to_sign_in(office, "li.na", FREE_FAILURES)
    office.authenticate("zhang.wei", PASSWORD)
    office.clock.advance(timedelta(hours=24, seconds=1))
    fail_to_sign_in(office, "another", 1)
    with office.database.reading() as session:
        assert len(session.scalars(select(SignInAttemptRow)).all()) == 1


def test_guesses_made_at_once_do_not_slip_past_the_counter(office: Office) -> None:
    outcomes: list[type[DomainError]] = []

    def guess() -> None:
        try:
            office.authenticate("zhang.wei", "wrong password")
        except DomainError as error:
            outcomes.append(type(error))

    threads = [threading.Thread(target=guess) for _ in range(3 * FREE_FAILURES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count(Unauthenticated) == FREE_FAILURES
    assert outcomes.count(TooManyAttempts) == 2 * FREE_FAILURES


def test_closures_double_up_to_five_minutes() -> None:
    lengths = [closure_after(failures).total_seconds() for failures in (0, 4, 5, 6, 7, 8, 9, 999)]
    assert lengths == [0, 0, 30, 60, 120, 240, 300, 300]


@pytest.mark.parametrize("name", ["Zhang", "z", "张伟", "1st", "a b", "a" * 33, "a\x00b", ""])
def test_a_user_name_that_cannot_be_typed_everywhere_is_refused(office: Office, name: str) -> None:
    with pytest.raises(Invalid):
        office.add(name, [])


def test_a_name_is_given_once_and_a_user_who_is_not_there_is_named(office: Office) -> None:
    with pytest.raises(Conflict, match=r"zhang\.wei"):
        office.add("zhang.wei", [])
    with pytest.raises(NotFound, match=r"li\.na"), office.database.reading() as session:
        find_user(session, "li.na")


def test_the_last_administrator_cannot_be_lost(office: Office) -> None:
    office.add("li.na", [Role.ADMINISTRATOR])
    with pytest.raises(Conflict, match=r"li\.na"), office.work() as uow:
        deactivate(uow, "li.na")
    with pytest.raises(Conflict, match=r"li\.na"), office.work() as uow:
        set_roles(uow, "li.na", [Role.SUPERVISOR])
    with office.work() as uow:
        set_roles(uow, "zhang.wei", [Role.ADMINISTRATOR])
        deactivate(uow, "li.na")
        set_roles(uow, "li.na", [])


def test_the_first_user_is_made_once_and_told_the_password_once(
    database: Database, bus: EventBus, clock: FixedClock
) -> None:
    def start() -> object:
        with unit_of_work(database, bus, clock, Actor.system("start")) as uow:
            return ensure_first_user(uow)

    first = start()
    assert first is not None
    assert start() is None
    signed_in = sign_in(database, first.name, first.password, clock)  # type: ignore[attr-defined]
    assert signed_in.user.roles == set(Role)
    with database.reading() as session:
        assert [user.name for user in list_users(session)] == ["admin"]
