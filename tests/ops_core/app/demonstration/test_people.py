"""Accounts to try the pages with: made once, one for each role, told in one table."""

from device_configs.site.model import Site
from ops_core.app.demonstration.people import SignIn, ensure_people, sign_in_table
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.events import EventBus
from ops_core.kernel.identity import list_users
from ops_core.kernel.permissions import OPERATOR_ROLES, Actor, Role

LAUNCHER = Actor.system("launcher")


def test_there_is_one_for_each_role_of_the_hotline_and_none_twice(
    sqlite_database: Database, bus: EventBus, clock: FixedClock, site: Site
) -> None:
    with unit_of_work(sqlite_database, bus, clock, LAUNCHER) as uow:
        made = ensure_people(uow, site)
    with unit_of_work(sqlite_database, bus, clock, LAUNCHER) as uow:
        assert ensure_people(uow, site) == ()
    with sqlite_database.reading() as session:
        users = {user.name: user for user in list_users(session)}
    assert {role for sign_in in made for role in sign_in.roles} == {
        Role.AGENT,
        Role.DISPATCHER,
        Role.SUPERVISOR,
        Role.CALLBACK_AGENT,
        Role.KNOWLEDGE_EDITOR,
        Role.UNIT_HANDLER,
        Role.PURCHASER_SUPERVISOR,
    }
    assert users["demo.housing"].unit == "housing"
    for sign_in in made:
        assert users[sign_in.name].roles == frozenset(sign_in.roles)


def test_the_table_has_a_line_for_each_in_columns() -> None:
    first = SignIn("admin", "aaaaa-bbbbb-ccccc-ddddd", OPERATOR_ROLES)
    agent = SignIn("demo.agent", "eeeee-fffff-ggggg-hhhhh", (Role.AGENT,), "演示话务员")
    lines = list(sign_in_table((first, agent)))
    assert [line.split()[:3] for line in lines] == [
        ["admin", "aaaaa-bbbbb-ccccc-ddddd", "管理员"],
        ["demo.agent", "eeeee-fffff-ggggg-hhhhh", "演示话务员"],
    ]
    assert lines[1].endswith("agent")
