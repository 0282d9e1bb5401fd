from dataclasses import replace
from itertools import combinations

import pytest

from ops_core.kernel.errors import Forbidden
from ops_core.kernel.identity import (
    OPERATOR_ROLES,
    PERMISSIONS,
    Actor,
    Permission,
    Role,
    allows,
    require,
)
from ops_core.kernel.permissions import (
    PROGRAM_ROLES,
    PURCHASER_ROLES,
    Side,
    may_be_held_at_once,
    side_of,
)

COLUMNS = (
    Role.NETWORK_ENGINEER,
    Role.DUTY_TECHNICIAN,
    Role.SUPERVISOR,
    Role.ADMINISTRATOR,
    Role.AGENT,
    Role.DISPATCHER,
    Role.CALLBACK_AGENT,
    Role.KNOWLEDGE_EDITOR,
    Role.UNIT_HANDLER,
    Role.INTERFACE,
    Role.METRICS_READER,
    Role.PURCHASER_SUPERVISOR,
)
# Written out a second time on purpose: whoever changes a cell of PERMISSIONS says so here as well.
TABLE = """
                     engin techn super admin agent disp  callb edit  unit  prog  metr  purch
see_wall               x     x     x     x     x     x     x     x     .     .     .     x
see_incidents          x     x     x     x     .     .     .     .     .     .     .     x
handle_incidents       x     x     x     .     .     .     .     .     .     .     .     .
confirm_false_alarms   .     .     .     .     .     .     .     .     .     .     .     x
correct_service        .     .     .     .     .     .     .     .     .     .     .     x
deploy                 x     .     .     .     .     .     .     .     .     .     .     .
approve_changes        x     .     x     .     .     .     .     .     .     .     .     .
operate_twin           x     .     .     .     .     .     .     .     .     .     .     .
see_audit              .     .     x     x     .     .     .     .     .     .     .     x
administer             .     .     .     x     .     .     .     .     .     .     .     .
see_calls              x     x     x     .     x     x     .     .     .     .     .     x
take_calls             .     .     .     .     x     .     .     .     .     .     .     .
see_orders             .     .     x     .     x     x     x     .     .     .     .     x
dispatch_orders        .     .     .     .     .     x     .     .     .     .     .     .
review_orders          .     .     x     .     .     x     .     .     .     .     .     .
handle_orders          .     .     .     .     .     .     .     .     x     .     .     .
answer_orders          .     .     x     .     x     x     .     .     .     .     .     .
appeal_orders          .     .     x     .     .     x     .     .     .     .     .     .
approve_appeals        .     .     .     .     .     .     .     .     .     .     .     x
file_complaints        .     .     x     .     x     x     x     .     .     .     .     x
report_opinion_events  .     .     x     .     .     x     .     .     .     .     .     x
sign_nil_returns       .     .     x     .     .     .     .     .     .     .     .     .
see_adjudications      .     .     x     .     .     x     .     .     .     .     .     x
adjudicate             .     .     .     .     .     .     .     .     .     .     .     x
supervise_orders       .     .     .     .     .     .     .     .     .     .     .     x
set_deadlines          .     .     x     .     .     .     .     .     .     .     .     x
call_back              .     .     .     .     .     .     x     .     .     .     .     .
search_knowledge       .     .     x     .     x     x     x     x     .     .     .     x
see_knowledge          .     .     x     .     .     .     .     x     .     .     .     x
write_knowledge        .     .     .     .     .     .     .     x     .     .     .     .
review_knowledge       .     .     x     .     .     .     .     x     .     .     .     .
withdraw_notices       .     .     .     .     .     .     .     .     .     .     .     x
see_training           .     .     x     .     .     .     .     x     .     .     .     x
declare_topics         .     .     x     .     .     .     .     x     .     .     .     x
record_training        .     .     x     .     .     .     .     x     .     .     .     .
take_training          .     .     .     .     x     .     x     .     .     .     .     .
excuse_training        .     .     .     .     .     .     .     .     .     .     .     x
see_indicators         x     x     x     x     .     .     .     x     .     .     .     x
unmask_contacts        .     .     x     .     .     .     x     .     x     .     .     .
feed_calls             .     .     .     .     .     .     .     .     .     x     .     .
feed_cases             .     .     .     .     .     .     .     .     .     x     .     .
see_health             x     x     x     x     .     .     .     .     .     .     .     .
read_metrics           x     x     x     x     .     .     .     .     .     .     x     .
see_reports            .     .     x     .     .     x     .     .     .     .     .     x
write_reports          .     .     x     .     .     x     .     .     .     .     .     .
review_reports         .     .     x     .     .     .     .     .     .     .     .     .
receive_reports        .     .     .     .     .     .     .     .     .     .     .     x
see_registers          .     .     x     .     .     x     .     .     .     .     .     x
work_registers         .     .     x     .     .     x     .     .     .     .     .     .
accept_registers       .     .     .     .     .     .     .     .     .     .     .     x
acknowledge_documents  x     x     x     x     x     x     x     x     .     .     .     .
request_exemptions     .     .     x     .     .     .     .     .     .     .     .     .
approve_exemptions     .     .     .     .     .     .     .     .     .     .     .     x
submit_periods         .     .     x     .     .     .     .     .     .     .     .     .
seal_periods           .     .     .     .     .     .     .     .     .     .     .     x
"""
GRANTED = {
    (role, Permission(name))
    for name, *cells in (line.split() for line in TABLE.strip().splitlines()[1:])
    for role, cell in zip(COLUMNS, cells, strict=True)
    if cell == "x"
}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("permission", Permission)
def test_a_role_allows_what_the_table_says(role: Role, permission: Permission) -> None:
    granted = (role, permission) in GRANTED
    assert allows(Actor.user("zhang.wei", [role]), permission) is granted


def test_the_table_knows_every_role_and_every_permission_is_given_to_someone() -> None:
    assert set(PERMISSIONS) == set(Role) == set(COLUMNS)
    assert {permission for _, permission in GRANTED} == set(Permission)


def test_the_operator_has_every_role_but_the_other_sides_and_the_programs() -> None:
    assert set(Role) - set(OPERATOR_ROLES) == {
        Role.UNIT_HANDLER,
        Role.INTERFACE,
        Role.METRICS_READER,
        Role.PURCHASER_SUPERVISOR,
    }
    everything = Actor.user("admin", OPERATOR_ROLES)
    assert {p for p in Permission if not allows(everything, p)} == {
        Permission.HANDLE_ORDERS,
        Permission.SUPERVISE_ORDERS,
        Permission.FEED_CALLS,
        Permission.FEED_CASES,
        Permission.CONFIRM_FALSE_ALARMS,
        Permission.CORRECT_SERVICE,
        Permission.RECEIVE_REPORTS,
        Permission.WITHDRAW_NOTICES,
        Permission.EXCUSE_TRAINING,
        Permission.APPROVE_APPEALS,
        Permission.ADJUDICATE,
        Permission.ACCEPT_REGISTERS,
        Permission.APPROVE_EXEMPTIONS,
        Permission.SEAL_PERIODS,
    }


def test_every_role_of_a_person_is_of_one_side_and_a_program_is_of_none() -> None:
    by_side = {side: {role for role in Role if side_of(role) is side} for side in (*Side, None)}
    assert by_side == {
        Side.OPERATOR: set(OPERATOR_ROLES),
        Side.PURCHASER: set(PURCHASER_ROLES),
        Side.UNIT: {Role.UNIT_HANDLER},
        None: set(PROGRAM_ROLES),
    }
    assert Actor.user("zhou.min", PURCHASER_ROLES).side is Side.PURCHASER
    assert Actor.user("admin", OPERATOR_ROLES).side is Side.OPERATOR
    assert Actor.user("pbx", [Role.INTERFACE]).side is Actor.system("alerts").side is None


@pytest.mark.parametrize(("one", "other"), list(combinations(Role, 2)))
def test_an_account_holds_roles_of_one_side(one: Role, other: Role) -> None:
    sides = {side_of(one), side_of(other)}
    assert may_be_held_at_once([one, other]) is (sides in ({Side.OPERATOR}, {Side.PURCHASER}))
    assert may_be_held_at_once([one])


def test_two_roles_allow_what_either_does() -> None:
    both = Actor.user("zhang.wei", [Role.DUTY_TECHNICIAN, Role.ADMINISTRATOR])
    assert allows(both, Permission.HANDLE_INCIDENTS)
    assert allows(both, Permission.ADMINISTER)
    assert not allows(both, Permission.DEPLOY)


def test_a_user_without_a_role_sees_nothing_and_a_part_of_the_product_may_do_its_work() -> None:
    assert not any(allows(Actor.user("zhang.wei", []), permission) for permission in Permission)
    assert allows(Actor.system("alerts"), Permission.HANDLE_INCIDENTS)


def test_a_refusal_names_who_what_and_the_roles_that_would_do() -> None:
    with pytest.raises(Forbidden) as refused:
        require(Actor.user("zhang.wei", [Role.DUTY_TECHNICIAN]), Permission.SEE_AUDIT)
    assert "zhang.wei" in refused.value.detail
    assert "see_audit" in refused.value.detail
    assert "班长、管理员" in refused.value.remedy
    found = ["supervisor", "administrator", "purchaser_supervisor"]
    assert refused.value.members["roles"] == found


def test_a_person_is_no_part_of_the_product_no_program_and_no_token() -> None:
    person = Actor.user("zhang.wei", [Role.SUPERVISOR])
    assert person.is_person
    assert not replace(person, by_token=True).is_person
    assert not Actor.user("pbx", [Role.INTERFACE]).is_person
    assert not Actor.system("cli/root").is_person
