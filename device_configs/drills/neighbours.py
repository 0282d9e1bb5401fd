"""The routers of a twin after a device of it came back: their sessions stand again."""

import json
import time

from device_configs.deploy.fingerprint import MANIFEST
from device_configs.deploy.lab import Lab
from device_configs.render.routing import derive_routing
from device_configs.twin.protocol import Completed
from device_configs.twin.refusals import TwinError

SETTLED_WITHIN_S = 60.0
_PAUSE_S = 0.3
_NOTHING_THERE = 9
_QUESTION = f"[ -e {MANIFEST} ] || exit {_NOTHING_THERE}; vtysh -c 'show bfd peers json'"
"""A device that nothing was ever brought to has no neighbours to wait for."""


class NotSettled(RuntimeError):
    """Routers do not get all their neighbours back."""


def wait_until_settled(lab: Lab, limit_s: float = SETTLED_WITHIN_S) -> None:
    """Wait until every router has each of its BFD and BGP sessions.

    A fault before that is a second one while the first still heals: the router that came back last
    carries nothing yet, and its partner's traffic has no other way. Raises :class:`NotSettled`.
    """
    deadline = time.monotonic() + limit_s
    while unsettled := unsettled_routers(lab):
        if time.monotonic() > deadline:
            raise NotSettled(f"{' and '.join(unsettled)} do not have all their neighbours")
        time.sleep(_PAUSE_S)


def unsettled_routers(lab: Lab) -> list[str]:
    """The routers that lack a session which is declared."""
    return [name for name in lab.site.devices if not _is_settled(lab, name)]


def has_bgp_sessions(lab: Lab, router: str) -> bool:
    """Whether a router's BGP sessions are established, and there are some."""
    question = ["vtysh", "-c", "show bgp ipv4 unicast summary json"]
    shown = _shown(lab.client.execute(router, question))
    peers = shown.get("peers", {}) if isinstance(shown, dict) else {}
    states = [peer.get("state") for peer in peers.values()]
    return bool(states) and set(states) == {"Established"}


def _is_settled(lab: Lab, name: str) -> bool:
    routing = derive_routing(lab.site, lab.site.devices[name])
    if routing is None:
        return True
    expected = sum(interface.fast for interface in routing.ospf_interfaces)
    expected += len(routing.external_neighbours)
    try:
        answer = lab.client.execute(name, ["sh", "-c", _QUESTION])
        if answer.returncode == _NOTHING_THERE:
            return True
        peers = _shown(answer)
        if expected and not (isinstance(peers, list) and sum(map(_is_up, peers)) == expected):
            return False
        return not routing.external_neighbours or has_bgp_sessions(lab, name)
    except TwinError:  # it has no power
        return False


def _is_up(peer: object) -> bool:
    return isinstance(peer, dict) and peer.get("status") == "up"


def _shown(answer: Completed) -> object:
    """What a router says of itself; None while its daemons start, or do not answer in time."""
    try:
        return json.loads(answer.stdout)
    except ValueError:  # half an answer, or a daemon that says in words that it is not there yet
        return None
