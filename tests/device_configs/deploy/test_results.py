"""What a run's events mean, without a run."""

from datetime import timedelta
from pathlib import Path

import pytest

from device_configs.deploy.ansible_events import device_result
from device_configs.deploy.results import DeployResult, DeviceResult, DeviceState
from device_configs.deploy.runner import select_devices
from device_configs.site import Site, load_site
from ops_core.kernel.errors import Invalid

SITE: Site = load_site(Path(__file__).parents[3] / "inventory")


def event(kind: str, **res: object) -> dict[str, object]:
    data = {"host": "rt-a", "task_action": "device_configuration", "res": res}
    return {"event": kind, "event_data": data}


@pytest.mark.parametrize(
    ("given", "state"),
    [
        (event("runner_on_ok", changed=False), DeviceState.OK),
        (event("runner_on_ok", changed=True, files=["/etc/frr/frr.conf"]), DeviceState.CHANGED),
        (event("runner_on_failed", msg="frr: refused", changed=False), DeviceState.FAILED),
        (event("runner_on_unreachable", msg="no route"), DeviceState.UNREACHABLE),
    ],
    ids=["as it is", "changed", "refused", "not reached"],
)
def test_an_event_tells_the_outcome_of_a_device(
    given: dict[str, object], state: DeviceState
) -> None:
    result = device_result(given)
    assert result is not None
    assert (result.device, result.state) == ("rt-a", state)


def test_other_tasks_say_nothing_of_a_device() -> None:
    included = event("runner_on_ok", changed=False)
    included["event_data"]["task_action"] = "include_role"  # type: ignore[index]
    assert device_result(included) is None
    assert device_result({"event": "playbook_on_stats", "event_data": {}}) is None


def test_a_limit_selects_devices_and_roles_in_declared_order() -> None:
    assert select_devices(SITE, ["core_switch", "rt-b"]) == ("rt-b", "core-a", "core-b")


def test_no_limit_selects_every_managed_device() -> None:
    assert len(select_devices(SITE, [])) == 25


@pytest.mark.parametrize("name", ["egov", "rt-z"], ids=["a provider", "an undeclared device"])
def test_a_limit_that_is_nobody_s_to_deploy_to_is_refused(name: str) -> None:
    with pytest.raises(Invalid):
        select_devices(SITE, [name])


def test_a_run_with_one_failed_device_has_not_succeeded() -> None:
    results = {s.value: DeviceResult(s.value, s) for s in (DeviceState.OK, DeviceState.FAILED)}
    assert not DeployResult(results, check=False, duration=timedelta(seconds=1)).succeeded
