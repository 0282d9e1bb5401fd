"""The shipped centre in the machine's own trouble: nothing false is said, and what is real is.

Processors that are busy, a platform that was stopped, a clock that is set, a disk that is slow.
"""

import json
import re
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from device_configs.deploy.lab import Lab
from incident.model import Incident
from monitors.evidence import Element, ElementKind
from monitors.impairment.model import NoticeStep
from ops_core.kernel.tables import EventRow
from tests.faults.machine_trouble import Trouble, busy_processes
from tests.lab.running_platform import RunningPlatform, running_platform, wait_for
from tests.pace import slowness
from tests.profile import is_nightly

pytestmark = [pytest.mark.lab, pytest.mark.timeout(2_400)]

BUSY = 8
BUSY_S = 180.0
STOPPED_S = 20.0
CLOCK_OFF_S = 600
SET_CLOCK_S = 60.0 if is_nightly() else 11.0
"""Two rounds of polling and more."""
NAMED_S = 30.0
CALM_AGAIN_S = 60.0
CALM_AT_FIRST_S = 240.0
FSYNC_S = 0.7
CIRCUIT = "rt-a--egov"
TRIES = 3
TILES = 7
"""Of the wall: its sentence and six more."""


@pytest.fixture(scope="module")
def trouble(tmp_path_factory: pytest.TempPathFactory) -> Trouble:
    return Trouble(tmp_path_factory.mktemp("trouble"))


@pytest.fixture(scope="module")
def started(
    lab: Lab, trouble: Trouble, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningPlatform]:
    folder = tmp_path_factory.mktemp("overload")
    state_directory = lab.settings.state_directory
    with running_platform(state_directory, folder, trouble.environment) as running:
        yield running


@pytest.fixture
def platform(started: RunningPlatform, trouble: Trouble) -> Iterator[RunningPlatform]:
    """The platform, calm; its machine is in order again afterwards."""
    started.wait_until_calm(CALM_AT_FIRST_S)
    wait_for(lambda: not started.is_impaired(), CALM_AT_FIRST_S, "monitoring is not impaired")
    yield started
    trouble.set()


def root_of(incident: Incident) -> set[Element]:
    return set(incident.fault.roots)


class Watch:
    """What the platform said since this was made."""

    def __init__(self, platform: RunningPlatform) -> None:
        self._platform = platform
        self._known = {(i.number, i.reopened) for i in platform.incidents()}
        self.starts = {i.number: i.fault.since for i in platform.incidents()}
        """Of the incidents there were: one that is reopened keeps its start."""
        said = platform.notices()
        self._said = len(said)
        self._was_impaired = bool(said) and said[-1].type == NoticeStep.IMPAIRED

    def incidents(self) -> list[Incident]:
        """Opened or reopened since."""
        every = self._platform.incidents()
        return [i for i in every if (i.number, i.reopened) not in self._known]

    def notices(self) -> list[EventRow]:
        return self._platform.notices()[self._said :]

    def has_named(self, root: Element) -> bool:
        return any(root in root_of(i) for i in self._platform.open_incidents())

    def check(self, *roots: Element) -> None:
        """Only these were named, and impairment was said and taken back by turns."""
        found = [sorted(map(str, root_of(incident))) for incident in self.incidents()]
        assert all(any(str(root) in named for root in roots) for named in found), found
        assert len(found) <= len(roots), found
        said = [event.type for event in self.notices()]
        if self._was_impaired:
            said = [NoticeStep.IMPAIRED, *said]
        assert said == [NoticeStep.IMPAIRED, NoticeStep.RESTORED] * (len(said) // 2), said


def watched(lab: Lab, platform: RunningPlatform, quiet_s: float) -> Watch:
    """A watch over a time in which nothing was broken and nothing was said to be.

    On a machine that others use as well the twin's own sessions may break, and what the routers
    then say is true: the time is begun anew.
    """
    for _ in range(TRIES):
        watch, broken = Watch(platform), sessions_broken(lab)
        time.sleep(quiet_s)
        found = watch.incidents()
        if not found or sessions_broken(lab) == broken:
            break
        platform.wait_until_calm(CALM_AT_FIRST_S)
    assert found == [], [(i.number, sorted(map(str, root_of(i)))) for i in found]
    return watch


def sessions_broken(lab: Lab) -> int:
    """How often the twin's routers lost a BFD session, by their own count."""
    question = ["vtysh", "-c", "show bfd peers counters json"]
    routers = [device for device in lab.site.devices.values() if device.loopback is not None]
    answers = (lab.client.execute(router.name, question).stdout for router in routers)
    return sum(peer["session-down"] for answer in answers for peer in json.loads(answer or b"[]"))


def wait_until_live(platform: RunningPlatform) -> None:
    """Everything resolved and no tile of the wall interrupted, soon; then nothing impaired.

    When impairment ends is the machine's matter as well: others may use it.
    """
    end = time.monotonic() + CALM_AGAIN_S

    def left_s() -> float:
        return max(1.0, end - time.monotonic())

    wait_for(lambda: not platform.open_incidents(), left_s(), "every incident is resolved")
    wait_for(lambda: not platform.is_impaired(), left_s(), "monitoring is no longer impaired")
    with platform.client() as client:
        wait_for(lambda: not late_tiles(client.get("/wall").text), left_s(), "every tile is live")


def late_tiles(page: str) -> list[str]:
    """The tiles that the page would dim or blank: their own data is too old, or never came."""
    now = int(re.findall(r'data-now="(\d+)"', page)[0])
    tiles = re.findall(r'id="tile-(\w+)"[^>]*><time data-asof="(\d*)" data-max-age="(\d+)"', page)
    assert len(tiles) == TILES
    return [name for name, at, age in tiles if not at or now - int(at) > int(age)]


def test_busy_processors_make_no_false_incident_and_hide_no_real_one(
    lab: Lab, platform: RunningPlatform
) -> None:
    cut = Element(ElementKind.LINK, CIRCUIT)
    named_s = NAMED_S * slowness()  # before it is made busy: the busy processes are the test
    begun = time.monotonic()
    with busy_processes(BUSY):
        watch = watched(lab, platform, BUSY_S / 3)
        lab.client.cut(CIRCUIT)
        try:
            took_s = wait_for(lambda: watch.has_named(cut), named_s, "the cut is named")
            print(f"named after {took_s:.1f} s")
            assert took_s < named_s
            time.sleep(BUSY_S / 3)
        finally:
            lab.client.heal(CIRCUIT)
        time.sleep(max(0.0, begun + BUSY_S - time.monotonic()))
    wait_until_live(platform)
    watch.check(cut)


def test_a_stopped_platform_says_so_once_and_finds_what_failed_meanwhile(
    lab: Lab, platform: RunningPlatform
) -> None:
    watch, dead = Watch(platform), Element.device("fwi-b")
    platform.pause()
    stopped_at = datetime.now().astimezone()
    time.sleep(STOPPED_S / 2)
    lab.client.kill("fwi-b")
    try:
        time.sleep(STOPPED_S / 2)
        platform.resume()
        wait_for(lambda: watch.has_named(dead), NAMED_S, "the dead firewall is named")
        incident = next(i for i in watch.incidents() if dead in root_of(i))
        opened = incident.stamps.detected_at - stopped_at
        assert timedelta(0) <= opened <= timedelta(seconds=STOPPED_S + 5), opened
        said = [event.type for event in watch.notices()]
        assert said == [NoticeStep.IMPAIRED], said
    finally:
        platform.resume()
        lab.client.start("fwi-b")
    wait_until_live(platform)
    watch.check(dead)
    assert [event.type for event in watch.notices()] == [NoticeStep.IMPAIRED, NoticeStep.RESTORED]


@pytest.mark.parametrize("off_s", [CLOCK_OFF_S, -CLOCK_OFF_S], ids=["forward", "back"])
def test_a_clock_that_is_set_makes_nothing_of_nothing(
    lab: Lab, platform: RunningPlatform, trouble: Trouble, off_s: int
) -> None:
    cut = Element(ElementKind.LINK, CIRCUIT)
    trouble.set(clock_off_s=off_s)
    watch = watched(lab, platform, SET_CLOCK_S)
    lab.client.cut(CIRCUIT)
    try:
        wait_for(lambda: watch.has_named(cut), NAMED_S, "the cut is named")
    finally:
        lab.client.heal(CIRCUIT)
    platform.wait_for(lambda: not platform.open_incidents(), CALM_AGAIN_S, "the cut is resolved")
    trouble.set()
    time.sleep(SET_CLOCK_S)
    wait_until_live(platform)
    watch.check(cut)
    for incident in watch.incidents():
        start = incident.fault.since
        if (known := watch.starts.get(incident.number)) is not None:
            assert start == known, "a fault that came back keeps its start"
            continue
        age = datetime.now().astimezone() - start
        assert timedelta(0) <= age < timedelta(minutes=5), "its start is the true time"


def test_a_slow_disk_makes_no_false_incident_and_hides_no_real_one(
    lab: Lab, platform: RunningPlatform, trouble: Trouble
) -> None:
    cut = Element(ElementKind.LINK, CIRCUIT)
    trouble.set(fsync_takes_s=FSYNC_S)
    watch = watched(lab, platform, SET_CLOCK_S)
    lab.client.cut(CIRCUIT)
    try:
        wait_for(lambda: watch.has_named(cut), NAMED_S, "the cut is named")
    finally:
        lab.client.heal(CIRCUIT)
    trouble.set()
    wait_until_live(platform)
    watch.check(cut)
