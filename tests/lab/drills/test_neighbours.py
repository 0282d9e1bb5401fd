"""A drill's next fault waits until the device that came back has its neighbours again."""

import pytest

from device_configs.deploy.lab import Lab
from device_configs.drills.neighbours import NotSettled, unsettled_routers, wait_until_settled
from tests.lab import settled

pytestmark = pytest.mark.lab


def test_a_router_without_power_is_waited_for_until_all_its_sessions_stand(lab: Lab) -> None:
    settled.wait_until_settled(lab)
    lab.client.kill("rt-a")
    try:
        assert "rt-a" in unsettled_routers(lab)
        with pytest.raises(NotSettled, match="rt-a"):
            wait_until_settled(lab, limit_s=0)
    finally:
        lab.client.start("rt-a")
    settled.wait_until_settled(lab)
    assert unsettled_routers(lab) == []
