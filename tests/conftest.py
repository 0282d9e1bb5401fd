"""What several folders of tests share: one deployed twin for the whole session."""

import gc
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from enum import Enum

import hypothesis
import pytest

from device_configs.deploy.lab import Lab, deployed_lab
from device_configs.draining.members import PROGRAM, hands_over
from device_configs.twin.refusals import TwinError
from device_configs.twin.state import DisplayState, LinkState, NodeState
from ops_core.kernel.settings import Settings
from tests import quick_passwords
from tests.memory_folder import keep_files_in_memory
from tests.profile import is_nightly

# On a busy machine a first, slow example would fail a property that holds.
hypothesis.settings.register_profile("suite", deadline=None)
hypothesis.settings.load_profile("suite")
keep_files_in_memory()
quick_passwords.hash_with(quick_passwords.LEAST)


class Place(Enum):
    """Where a test may run when several processes share the suite."""

    CHANGED_TWIN = "changed-twin"
    WATCHED_TWIN = "watched-twin"
    NAMESPACES = "namespaces"
    BROWSER = "browser"
    ANYWHERE = "anywhere"


PLACES = tuple(Place)
"""In the order in which they are begun."""
TWINS = (Place.CHANGED_TWIN, Place.WATCHED_TWIN)
"""Each has a twin of its own, where a process of its own runs it."""
TOGETHER = (*TWINS, Place.BROWSER)
"""One process runs all of them."""
CHANGED_FROM = "tests/lab/"
"""Where the tests are that change what the twin's devices have; others look at what comes of it."""


NIGHTLY_TIMEOUT_S = 7_200
"""Of a test that says nothing else: the long forms try fifty times as much."""

OPEN_LAB = ExitStack()
"""The deployed twin, while tests need it: its daemons take a quarter of a processor."""


# The collector looked through all modules and tests time and again: a tenth of the suite.
gc.disable()
GARBAGE_AT = (50_000, 20, 50)
"""Thresholds of the collector while tests run."""
LONGEST_NAMED = 200
PAUSE_S = 5
"""Before a further try."""
REASON_CHARACTERS = 3_000
"""Of what a test said that was tried again."""
"""Octets of a parameter that a test's name shows."""


def pytest_collection_finish() -> None:
    """What is there now remains until the end; only what tests leave behind is looked through."""
    gc.freeze()
    gc.set_threshold(*GARBAGE_AT)
    gc.enable()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--screenshots", help="folder to write the browser tests' pictures to")
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden files")


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """A file is called by its parameter: its octets tell when it was made, and each of the
    processes that share the suite makes its own."""
    return argname if isinstance(val, bytes) and len(val) > LONGEST_NAMED else None


@pytest.hookimpl(tryfirst=True)  # the groups are read by xdist's own, later hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order, second tries, and who runs what where several processes share the suite.

    The tests of a deployed twin come first. Those that change its devices stay in one process and
    those that watch it in another, each before a twin of its own (`pytest -n 3 --dist
    loadgroup`): they wait more than they compute, and nothing else takes as long, for which reason
    there is a process more than processors. The others begin with those that make namespaces
    of their own, while nothing keeps the processors busy on purpose; then come the browser's, which
    stay together as well: Playwright keeps an event loop running in the main thread until the last
    of them is done, and no asyncio test could start its own beside it. Everything else is handed
    out by file.

    A test before real daemons gets a second try, and one of a twin a third, after a pause in which
    what the machine was busy with may end: its timings share two cores with whatever else the
    machine does. The summary shows every one with its reason; failing each time counts.
    """
    items.sort(key=lambda item: (PLACES.index(_place(item)), _in_browser(item)))
    for item in items:
        place = _place(item)
        group = place.value if place in TOGETHER else item.nodeid.partition("::")[0]
        item.add_marker(pytest.mark.xdist_group(group))
        if any(item.get_closest_marker(name) for name in ("lab", "browser", "daemon")):
            tries = 2 if place in TWINS else 1
            item.add_marker(pytest.mark.flaky(reruns=tries, reruns_delay=PAUSE_S))
        if is_nightly() and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(NIGHTLY_TIMEOUT_S))


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """The twin ends with the last test of it and all its tries, not with the session."""
    yield
    if _place(item) in TWINS and (nextitem is None or _place(nextitem) not in TWINS):
        OPEN_LAB.close()


def _place(item: pytest.Item) -> Place:
    if "bare_lab" in getattr(item, "fixturenames", ()):
        is_changed = item.nodeid.startswith(CHANGED_FROM)
        return Place.CHANGED_TWIN if is_changed else Place.WATCHED_TWIN
    if item.get_closest_marker("lab"):
        return Place.NAMESPACES
    return Place.BROWSER if _in_browser(item) else Place.ANYWHERE


def _in_browser(item: pytest.Item) -> bool:
    return item.get_closest_marker("browser") is not None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Why a test was tried again: what nobody sees, nobody mends."""
    for report in terminalreporter.stats.get("rerun", []):
        terminalreporter.section(f"tried again: {report.nodeid}", sep="_")
        terminalreporter.line(report.longreprtext[-REASON_CHARACTERS:])


@pytest.fixture(scope="session")
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are to be rewritten; a person reads the difference before a commit."""
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture(autouse=True)
def whole_twin(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test broke in the shared twin and did not mend is mended after it."""
    yield
    if "lab" not in request.fixturenames:
        return
    client = request.getfixturevalue("lab").client
    status = client.status()
    for name, link in status.links.items():
        if link is not LinkState.UP:
            client.heal(name)
    for name, device in status.devices.items():
        if device is not NodeState.RUNNING:
            client.start(name)
    for name, seat in status.seats.items():
        if seat.host is not NodeState.RUNNING:
            client.start(name)
        if seat.display is not DisplayState.CONNECTED:
            client.display(name, on=True)


@pytest.fixture
def undrained(lab: Lab) -> Iterator[None]:
    """Whatever a test left drained in the shared twin takes part in the traffic again after it."""
    yield
    for device in filter(hands_over, lab.site.devices.values()):
        with suppress(TwinError):  # it has no power; its next start ends its drain
            lab.client.execute(device.name, [PROGRAM, "end"])


@pytest.fixture(scope="session")
def bare_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The example centre in a twin, nothing deployed yet."""
    settings = Settings(state_directory=tmp_path_factory.mktemp("lab"))
    yield OPEN_LAB.enter_context(deployed_lab(settings))
    OPEN_LAB.close()


@pytest.fixture(scope="session")
def lab(bare_lab: Lab) -> Lab:
    """The example centre in a twin, deployed once."""
    done = bare_lab.deploy()
    assert done.succeeded, done.change and done.change.message
    return bare_lab
