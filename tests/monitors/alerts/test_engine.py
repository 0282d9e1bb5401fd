"""The judge with its database: restarts, and a clock that is set."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from device_configs.site import Site
from monitors.alerts.engine import AlertEngine
from monitors.alerts.model import State
from monitors.evidence import Element, Observation
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.database import Database
from ops_core.kernel.events import EventBus
from tests.migrated import migrated_database
from tests.monitors.alerts.simulation import START, World

CABLE = Element.link("rt-a--egov")
DEVICE = Element.device("rt-a")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    found = migrated_database(tmp_path / "zhishou.db")
    yield found
    found.close()


class Watch:
    """The centre watched: a round of everything each second, and a tick after it."""

    def __init__(self, site: Site, database: Database) -> None:
        self.clock = FixedClock(START)
        self._site, self._database = site, database
        self.world = World(site)
        self.kinds: list[str] = []
        self.start()

    def start(self) -> None:
        """A start of the platform, the first or a later one."""
        bus = EventBus()
        self.engine = AlertEngine(self._site, self._database, bus, self.clock)

    def go_on(self, seconds: int) -> None:
        for _ in range(seconds):
            at = self.clock.now()
            seen: list[Observation] = list(self.world.everything(at))
            self.clock.advance(timedelta(seconds=1))
            self.engine.observe([o for o in seen if o.observed_at <= self.clock.now()])
            self.kinds += [transition.kind for transition in self.engine.tick()]

    def state(self, element: Element) -> State:
        assert self.engine.view is not None
        return self.engine.view.verdict.state(element)


@pytest.fixture
def watch(site: Site, database: Database) -> Watch:
    return Watch(site, database)


def test_a_fault_goes_on_over_a_restart_and_is_opened_once(site: Site, watch: Watch) -> None:
    watch.go_on(6)
    watch.world = World(site, cut=frozenset({CABLE.name}))
    watch.go_on(4)
    assert watch.kinds[0] == "FaultOpened"
    watch.start()
    watch.go_on(10)
    assert watch.kinds.count("FaultOpened") == 1
    assert watch.state(CABLE) is State.DOWN
    watch.world = World(site)
    watch.go_on(6)
    assert watch.kinds[-1] == "FaultResolved"


def test_a_clock_set_back_and_forward_opens_nothing_and_everything_is_known_again_at_once(
    watch: Watch,
) -> None:
    watch.go_on(6)
    for step in (timedelta(minutes=-10), timedelta(minutes=20), timedelta(minutes=-10)):
        watch.clock.adjust(step)
        watch.go_on(3)
        assert watch.state(DEVICE) is State.UP
    assert watch.kinds == []


def test_what_breaks_after_the_clock_was_set_back_is_named_as_ever(
    site: Site, watch: Watch
) -> None:
    watch.go_on(6)
    watch.clock.adjust(timedelta(minutes=-10))
    watch.go_on(2)
    watch.world = World(site, cut=frozenset({CABLE.name}))
    watch.go_on(3)
    assert watch.kinds[0] == "FaultOpened"


def test_when_no_word_comes_any_more_everything_is_unknown_and_no_fault_opens(
    watch: Watch,
) -> None:
    watch.go_on(6)
    for _ in range(30):
        watch.clock.advance(timedelta(seconds=1))
        watch.engine.tick()
    assert watch.state(DEVICE) is State.UNKNOWN
    assert watch.state(CABLE) is State.UNKNOWN
    assert watch.kinds == []
