"""SIGKILL of the platform at any moment: no incident lost, none doubled, clocks unchanged."""

import random
import time
from collections.abc import Callable
from datetime import datetime

import pytest

from device_configs.deploy.lab import Lab
from incident.model import Incident
from monitors.evidence import Element, ElementKind
from tests.lab.running_platform import RunningPlatform, running_platform
from tests.profile import examples

pytestmark = [pytest.mark.lab, pytest.mark.timeout(2_400)]

KILLS = examples(suite=12, nightly=20)
"""At least four for each of the faults: two while it lasts, two when it is mended."""
KILLS_IN_A_ROW = 2
"""The second one hits a platform that has just come back."""
LONGEST_S = 3.0
OPENED_S = 25.0
RESTORED_S = 40.0

Action = Callable[[Lab], None]
FAULTS: list[tuple[Element, Action, Action]] = [
    (
        Element(ElementKind.LINK, "rt-a--egov"),
        lambda lab: lab.client.cut("rt-a--egov"),
        lambda lab: lab.client.heal("rt-a--egov"),
    ),
    (
        Element(ElementKind.SEAT_DISPLAY, "37"),
        lambda lab: lab.client.display("seat-037", on=False),
        lambda lab: lab.client.display("seat-037", on=True),
    ),
    (
        Element.device("fwi-b"),
        lambda lab: lab.client.kill("fwi-b"),
        lambda lab: lab.client.start("fwi-b"),
    ),
]


def about(platform: RunningPlatform, root: Element) -> list[Incident]:
    return [i for i in platform.incidents() if root in i.fault.roots]


def test_killed_at_random_moments_it_neither_loses_nor_doubles_an_incident(
    lab: Lab, tmp_path_factory: pytest.TempPathFactory
) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    folder = tmp_path_factory.mktemp("killed")
    starts: dict[str, datetime] = {}
    with running_platform(lab.settings.state_directory, folder) as platform:
        platform.wait_until_calm()

        def kill_and_return() -> None:
            for _ in range(KILLS_IN_A_ROW):
                time.sleep(chance.uniform(0, LONGEST_S))
                platform.kill()
                time.sleep(chance.uniform(0, 0.5))
                platform.start()

        for round_ in range(KILLS // KILLS_IN_A_ROW // 2):
            root, break_, mend = FAULTS[round_ % len(FAULTS)]
            break_(lab)
            try:
                kill_and_return()
                platform.wait_for(
                    lambda root=root: any(i in platform.open_incidents()
                                          for i in about(platform, root)),
                    OPENED_S, f"an open incident about {root}",
                )  # fmt: skip
                _check(platform, starts)
            finally:
                mend(lab)
            kill_and_return()
            platform.wait_for(
                lambda: not platform.open_incidents(), RESTORED_S, f"{root} is restored"
            )
            _check(platform, starts)
        found = [[str(root) for root in i.fault.roots] for i in platform.incidents()]
        expected = [[str(root)] for root, _, _ in FAULTS]
        assert sorted(found) == sorted(expected), "the same root within a day is one incident"


def _check(platform: RunningPlatform, starts: dict[str, datetime]) -> None:
    incidents = platform.incidents()
    roots = [root for incident in incidents for root in incident.fault.roots]
    assert len(roots) == len(set(roots)), "an incident is there twice"
    for incident in incidents:
        known = starts.setdefault(incident.number, incident.stamps.detected_at)
        assert incident.stamps.detected_at == known, "a clock has moved"
    assert set(starts) <= {incident.number for incident in incidents}, "an incident is gone"
