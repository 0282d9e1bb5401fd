"""The list of incidents in a storm: a page at a time, the most urgent first."""

import re
from datetime import timedelta

import httpx
import pytest

from device_configs.site.model import FaultClassName
from tests.wallboard.conftest import NOW
from tests.wallboard.incidents_story import Bad, dark_display, open_incident
from tests.wallboard.serve import Served
from wallboard.incidents.router import PER_PAGE

OPEN = 2 * PER_PAGE + 50


@pytest.fixture
def flooded(served: Served) -> list[str]:
    """So many open incidents; their numbers in the list's order."""
    numbers = [f"F-20261123-{number:03d}" for number in range(1, OPEN + 1)]
    for at, number in enumerate(numbers):
        group = dark_display(1 + at % 72, NOW - timedelta(hours=2) + timedelta(seconds=at))
        open_incident(served, Bad(number, FaultClassName.DEVICE, group))
    return numbers


def listed(page: str) -> list[str]:
    return re.findall(r'data-href="/incidents/(F-[\d-]+)"', page)


async def test_hundreds_of_open_incidents_come_a_page_at_a_time(
    engineer: httpx.AsyncClient, flooded: list[str]
) -> None:
    pages = [(await engineer.get(f"/incidents?page={number}")).text for number in (1, 2, 3)]
    assert [len(listed(page)) for page in pages] == [PER_PAGE, PER_PAGE, 50]
    assert [number for page in pages for number in listed(page)] == flooded
    assert all(f"第{number}/3页" in page for number, page in enumerate(pages, 1))
    assert 'hx-get="/incidents?show=open&amp;page=2"' in pages[1]


@pytest.mark.usefixtures("flooded")
async def test_a_page_that_has_gone_meanwhile_is_the_last_one(
    engineer: httpx.AsyncClient,
) -> None:
    assert len(listed((await engineer.get("/incidents?page=9")).text)) == 50
    assert (await engineer.get("/incidents?page=0")).status_code == 422


async def test_a_few_incidents_need_no_pages(engineer: httpx.AsyncClient) -> None:
    assert 'class="pages"' not in (await engineer.get("/incidents")).text


async def test_a_program_takes_all_or_as_many_as_it_asks_for(
    engineer: httpx.AsyncClient, flooded: list[str]
) -> None:
    every = (await engineer.get("/api/incidents")).json()
    assert [one["number"] for one in every] == flooded
    some = (await engineer.get("/api/incidents?limit=20&offset=240")).json()
    assert [one["number"] for one in some] == [one["number"] for one in every[240:]]
