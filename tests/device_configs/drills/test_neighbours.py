"""Waiting for a twin's routers, by what they may say of themselves while they come back."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import cast

import pytest

from device_configs.deploy.lab import Lab
from device_configs.drills.neighbours import NotSettled, unsettled_routers, wait_until_settled
from device_configs.render.routing import derive_routing
from device_configs.site import load_site
from device_configs.twin.protocol import Completed
from device_configs.twin.refusals import TwinError
from ops_core.kernel.settings import PROJECT_DIRECTORY

SITE = load_site(PROJECT_DIRECTORY / "inventory")
HALF = b'[{"status": "up"'


@dataclass
class Saying:
    """Answers in a router's place; the twin itself is started by other tests."""

    wrong: bytes | None = None
    returncode: int = 0
    is_dark: bool = False

    def execute(self, name: str, argv: Sequence[str]) -> Completed:
        if self.is_dark:
            raise TwinError("no power")
        if self.wrong is not None:
            return Completed(self.returncode, self.wrong, b"")
        if "bgp" in argv[-1]:
            shown: object = {"peers": {"10.0.0.1": {"state": "Established"}}}
        else:
            routing = derive_routing(SITE, SITE.devices[name])
            assert routing is not None
            fast = sum(one.fast for one in routing.ospf_interfaces)
            shown = [{"status": "up"}] * (fast + len(routing.external_neighbours))
        return Completed(0, json.dumps(shown).encode(), b"")


def lab(client: Saying) -> Lab:
    return cast(Lab, SimpleNamespace(site=SITE, client=client))


def test_routers_with_all_their_sessions_are_settled() -> None:
    wait_until_settled(lab(Saying()), 0)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [(b"", 0), (b"", 124), (HALF, 124), (b"bfdd is not running\n", 1), (b"[{}]", 0), (b"{}", 0)],
)
def test_a_router_that_says_nothing_whole_yet_is_waited_for(wrong: bytes, code: int) -> None:
    """It is busy, or its daemons are starting: that ends no drill."""
    saying = lab(Saying(wrong, code))
    assert unsettled_routers(saying)
    with pytest.raises(NotSettled, match="do not have all their neighbours"):
        wait_until_settled(saying, 0)


def test_a_router_without_power_is_not_settled() -> None:
    assert unsettled_routers(lab(Saying(is_dark=True)))


def test_a_device_that_nothing_was_brought_to_is_not_waited_for() -> None:
    assert unsettled_routers(lab(Saying(b"", 9))) == []
