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
    OPERATOR_ROLES,
    Actor,
    IssuedToken,
    Role,
    User,
    authenticate,
    create_user,
    deactivate,
    end_tokens,
    ensure_first_user,
    find_user,
    issue_token,
    list_users,
    reactivate,
    set_password,
    set_roles,
    sign_in,
    sign_out,
    user_of_session,
    user_of_token,
)
from ops_core.kernel.identity.sessions import LONGEST_TOKEN_LIFETIME
from ops_core.kernel.identity.sign_in import FREE_FAILURES, closure_after
from ops_core.kernel.tables import SignInAttemptRow, UserRow, UserSessionRow

ADMIN = Actor.user("admin", [Role.ADMINISTRATOR])
PASSWORD = "correct horse battery"


class Office:
    """A database with its clock and bus, and one user: Zhang Wei."""

    def __init__(self, database: Database, bus: EventBus, clock: FixedClock) -> None:
        self.database, self.bus, self.clock = database, bus, clock
        self.zhang = self.add("zhang.wei", [Role.NETWORK_ENGINEER])

    def work(self):  # type: ignore[no-untyped-def]
        return unit_of_work(self.database, self.bus, self.clock, ADMIN)

    def add(self, name: str, roles: list[Role], unit: str = "") -> User:
        with self.work() as uow:
            return create_user(uow, name, "张伟", PASSWORD, roles, unit)

    def issue(self, name: str, lifetime: timedelta = timedelta(days=30)) -> IssuedToken:
        with self.work() as uow:
            return issue_token(uow, name, lifetime)

    def sender(self, token: str) -> User | None:
        with self.database.reading() as session:
            return user_of_token(session, token, self.clock)

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
    sign_out(office.database, signed_in.token, office.clock)
    sign_out(office.database, signed_in.token, office.clock)
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
    assert history[1].payload == {
        "before": ["network_engineer"],
        "after": ["supervisor"],
        "unit": "",
    }


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
        assert len(session.scalars(select(SignInAttemptRow)).all()) == 2, (
            "by the name, and by the address"
        )


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
    assert signed_in.user.roles == set(OPERATOR_ROLES)
    with database.reading() as session:
        assert [user.name for user in list_users(session)] == ["admin"]


def test_a_unit_s_handler_acts_for_his_unit_until_he_gets_another(office: Office) -> None:
    handler = office.add("wang.fang", [Role.UNIT_HANDLER], "housing")
    assert (handler.unit, handler.actor.unit) == ("housing", "housing")
    with office.work() as uow:
        assert set_roles(uow, "wang.fang", [Role.UNIT_HANDLER], "water").unit == "water"
    with office.database.reading() as session:
        assert find_user(session, "wang.fang").actor == Actor.user(
            "wang.fang", [Role.UNIT_HANDLER], "water"
        )
        moved = events_of(session, "user", "wang.fang")[-1]
    assert moved.payload["unit"] == "water"
    with office.work() as uow:
        assert set_roles(uow, "wang.fang", [Role.AGENT]).unit == ""


@pytest.mark.parametrize(
    ("roles", "unit"),
    [
        ([Role.UNIT_HANDLER], ""),
        ([Role.UNIT_HANDLER, Role.DISPATCHER], "housing"),
        ([Role.UNIT_HANDLER, Role.INTERFACE], "housing"),
        ([Role.INTERFACE, Role.ADMINISTRATOR], ""),
        ([Role.PURCHASER_SUPERVISOR, Role.SUPERVISOR], ""),
        ([Role.PURCHASER_SUPERVISOR, Role.UNIT_HANDLER], "housing"),
        ([Role.INTERFACE], "housing"),
        ([Role.AGENT], "housing"),
        ([], "housing"),
        ([Role.UNIT_HANDLER], "Housing\x00"),
    ],
    ids=[
        "a handler without a unit",
        "a handler who dispatches",
        "a handler who is a program",
        "a program that administers",
        "a purchaser who supervises for the operator",
        "a purchaser who handles for a unit",
        "a program of a unit",
        "an agent of a unit",
        "a unit without a role",
        "a unit nobody can declare",
    ],
)
def test_roles_that_do_not_go_together_are_refused_and_change_nothing(
    office: Office, roles: list[Role], unit: str
) -> None:
    with pytest.raises(Invalid) as refused:
        office.add("wang.fang", roles, unit)
    assert refused.value.remedy
    with pytest.raises(Invalid), office.work() as uow:
        set_roles(uow, "zhang.wei", roles, unit)
    with office.database.reading() as session:
        assert list_users(session) == [office.zhang]


def test_a_token_holds_for_its_days_and_is_kept_as_a_digest_only(office: Office) -> None:
    feed = office.add("acd", [Role.INTERFACE])
    issued = office.issue("acd", timedelta(days=2))
    assert issued.expires_at == office.clock.now() + timedelta(days=2)
    assert office.sender(issued.token) == feed
    with office.database.reading() as session:
        kept = session.scalars(select(UserSessionRow)).one()
        told = [str(event.payload) for event in events_of(session, "user", "acd")]
        told += [entry.detail for entry in read_audit(session)]
    assert kept.token_hash == hashlib.sha256(issued.token.encode()).hexdigest()
    assert not [text for text in told if issued.token in text or kept.token_hash in text]
    assert office.audited()[-1] == ("admin", "user_token_issued", "acd")
    office.clock.advance(timedelta(days=2))
    assert office.sender(issued.token) is None


def test_a_token_is_no_session_and_a_session_no_token(office: Office) -> None:
    token = office.issue("zhang.wei").token
    session_token = sign_in(office.database, "zhang.wei", PASSWORD, office.clock).token
    assert office.holder(token) is None
    assert office.sender(session_token) is None
    sign_out(office.database, token, office.clock)
    assert office.sender(token) == office.zhang


def test_ending_the_tokens_of_one_user_leaves_his_session_and_the_others_alone(
    office: Office,
) -> None:
    office.add("acd", [Role.INTERFACE])
    theirs, first, second = (office.issue(name).token for name in ("acd", "zhang.wei", "zhang.wei"))
    session_token = sign_in(office.database, "zhang.wei", PASSWORD, office.clock).token
    with office.work() as uow:
        assert end_tokens(uow, "zhang.wei") == 2
        assert end_tokens(uow, "zhang.wei") == 0
    assert (office.sender(first), office.sender(second)) == (None, None)
    assert office.sender(theirs) is not None
    assert office.holder(session_token) == office.zhang
    assert office.audited()[-1] == ("admin", "user_tokens_ended", "zhang.wei")


@pytest.mark.parametrize("end", ["deactivation", "another password"])
def test_a_token_ends_with_the_user_s_password_and_with_his_deactivation(
    office: Office, end: str
) -> None:
    token = office.issue("zhang.wei").token
    with office.work() as uow:
        if end == "deactivation":
            deactivate(uow, "zhang.wei")
            reactivate(uow, "zhang.wei")
        else:
            set_password(uow, "zhang.wei", "staple battery horse")
    assert office.sender(token) is None


def test_a_token_is_refused_to_nobody_to_the_deactivated_and_for_ever(office: Office) -> None:
    with pytest.raises(NotFound, match=r"li\.na"):
        office.issue("li.na")
    for lifetime in (timedelta(0), LONGEST_TOKEN_LIFETIME + timedelta(days=1)):
        with pytest.raises(Invalid):
            office.issue("zhang.wei", lifetime)
    with office.work() as uow:
        deactivate(uow, "zhang.wei")
    with pytest.raises(Conflict, match=r"zhang\.wei"):
        office.issue("zhang.wei")
