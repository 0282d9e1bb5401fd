import pytest

from ops_core.kernel.errors import Forbidden
from ops_core.kernel.identity import PERMISSIONS, Actor, Permission, Role, allows, require

P, R = Permission, Role
TABLE = {
    R.NETWORK_ENGINEER: {P.SEE_WALL, P.SEE_INCIDENTS, P.HANDLE_INCIDENTS, P.DEPLOY, P.OPERATE_TWIN},
    R.DUTY_TECHNICIAN: {P.SEE_WALL, P.SEE_INCIDENTS, P.HANDLE_INCIDENTS},
    R.SUPERVISOR: {P.SEE_WALL, P.SEE_INCIDENTS, P.HANDLE_INCIDENTS, P.SEE_AUDIT},
    R.ADMINISTRATOR: {P.SEE_WALL, P.SEE_INCIDENTS, P.SEE_AUDIT, P.ADMINISTER},
}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("permission", Permission)
def test_a_role_allows_what_the_table_says(role: Role, permission: Permission) -> None:
    assert allows(Actor.user("zhang.wei", [role]), permission) is (permission in TABLE[role])


def test_the_table_knows_every_role_and_every_permission_is_given_to_someone() -> None:
    assert set(PERMISSIONS) == set(Role)
    assert frozenset[Permission]().union(*PERMISSIONS.values()) == set(Permission)


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
    assert "supervisor、administrator" in refused.value.remedy
