"""The routers of a twin after a device of it came back, in a test's time.

Whoever drains a device or measures a loss begins from there, as the gates of a change do.
"""

import time

from device_configs.deploy.lab import Lab
from device_configs.drills.neighbours import SETTLED_WITHIN_S, unsettled_routers
from tests.pace import is_over


def wait_until_settled(lab: Lab) -> None:
    """Wait until every router has each of its sessions; the bound is stretched."""
    begun = time.monotonic()
    while unsettled := unsettled_routers(lab):
        assert not is_over(begun, SETTLED_WITHIN_S), f"not settled: {unsettled}"
        time.sleep(0.3)
