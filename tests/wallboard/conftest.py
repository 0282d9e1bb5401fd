"""The web face over the made-up centre, with a clock that stands still."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from device_configs.site import load_site
from device_configs.site.model import Site
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.settings import PROJECT_DIRECTORY
from tests.wallboard.day import prepared_day
from tests.wallboard.figures_story import tell_figures
from tests.wallboard.sample import SampleCentre
from tests.wallboard.serve import PASSWORD, Served, make
from wallboard.application import create_application

NOW = datetime(2026, 11, 23, 6, 32, 8, tzinfo=UTC)
ORIGIN = "http://127.0.0.1"


@pytest.fixture(scope="session")
def site() -> Site:
    return load_site(PROJECT_DIRECTORY / "inventory")


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def served(request: pytest.FixtureRequest, tmp_path: Path, clock: FixedClock) -> Iterator[Served]:
    prepared = prepared_day(NOW) if "day" in request.fixturenames else None
    made = make(tmp_path, clock, prepared=prepared)
    yield made
    made.close()


@pytest.fixture
def centre(served: Served) -> SampleCentre:
    return served.centre


@pytest.fixture
def figures(served: Served) -> None:
    """Records behind the indicators."""
    tell_figures(served.dependencies.database, NOW)


@pytest.fixture
def day() -> None:
    """The records of a bad day, calls and incidents: what is served begins with them."""


@pytest.fixture
async def stranger(served: Served) -> AsyncIterator[httpx.AsyncClient]:
    """A browser in which nobody has signed in."""
    transport = httpx.ASGITransport(create_application(served.dependencies))
    headers = {"accept": "text/html", "sec-fetch-site": "same-origin"}
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers=headers) as client:
        yield client


async def sign_in(client: httpx.AsyncClient, name: str) -> None:
    answer = await client.post("/login", data={"name": name, "password": PASSWORD, "target": "/"})
    assert answer.status_code == 303, answer.text


@pytest.fixture
async def engineer(stranger: httpx.AsyncClient) -> httpx.AsyncClient:
    """A browser in which the network engineer has signed in."""
    await sign_in(stranger, "li.ming")
    return stranger


@pytest.fixture
async def onlooker(stranger: httpx.AsyncClient) -> httpx.AsyncClient:
    """A browser of someone who may see incidents and not handle them."""
    await sign_in(stranger, "guest")
    return stranger
