"""The routers of a twin after a device of it came back: their sessions stand again.

Whoever drains a device or measures a loss begins from there, as the gates of a change do.
"""

import json
import time

from device_configs.deploy.lab import Lab
from device_configs.render.routing import derive_routing
from tests.pace import is_over

SETTLED_WITHIN_S = 60.0


def wait_until_settled(lab: Lab) -> None:
    """Wait until every router has each of its BFD sessions, and by that its neighbours."""
    begun = time.monotonic()
    while unsettled := [name for name in lab.site.devices if not _is_settled(lab, name)]:
        assert not is_over(begun, SETTLED_WITHIN_S), f"not settled: {unsettled}"
        time.sleep(0.3)


def has_bgp_sessions(lab: Lab, router: str) -> bool:
    """Whether a router's BGP sessions are established, and there are some."""
    question = ["vtysh", "-c", "show bgp ipv4 unicast summary json"]
    shown = json.loads(lab.client.execute(router, question).stdout or b"{}")
    states = [peer["state"] for peer in shown.get("peers", {}).values()]
    return bool(states) and set(states) == {"Established"}


def _is_settled(lab: Lab, name: str) -> bool:
    routing = derive_routing(lab.site, lab.site.devices[name])
    if routing is None:
        return True
    question = ["vtysh", "-c", "show bfd peers json"]
    shown = json.loads(lab.client.execute(name, question).stdout or b"[]")
    expected = sum(interface.fast for interface in routing.ospf_interfaces)
    expected += len(routing.external_neighbours)
    is_up = sum(peer["status"] == "up" for peer in shown) == expected
    return is_up and (not routing.external_neighbours or has_bgp_sessions(lab, name))
