"""The list of incidents in a storm: a page at a time, the most urgent first."""

import re
from dataclasses import replace

import httpx
import pytest

from tests.wallboard.conftest import NOW
from tests.wallboard.sample import SampleCentre, open_incidents
from wallboard.incidents.router import PER_PAGE
from wallboard.wall.state import IncidentsView

OPEN = 2 * PER_PAGE + 50


@pytest.fixture
def flooded(centre: SampleCentre) -> SampleCentre:
    one = open_incidents(NOW)[1]
    many = tuple(replace(one, number=f"F-20261123-{number:03d}") for number in range(1, OPEN + 1))
    centre.change(incidents=IncidentsView(NOW, many))
    return centre


def listed(page: str) -> list[str]:
    return re.findall(r'data-href="/incidents/(F-[\d-]+)"', page)


async def test_hundreds_of_open_incidents_come_a_page_at_a_time(
    engineer: httpx.AsyncClient, flooded: SampleCentre
) -> None:
    pages = [(await engineer.get(f"/incidents?page={number}")).text for number in (1, 2, 3)]
    assert [len(listed(page)) for page in pages] == [PER_PAGE, PER_PAGE, 50]
    assert [number for page in pages for number in listed(page)] == list(flooded.open_numbers())
    assert all(f"第{number}/3页" in page for number, page in enumerate(pages, 1))
    assert 'hx-get="/incidents?show=open&amp;page=2"' in pages[1]


async def test_a_page_that_has_gone_meanwhile_is_the_last_one(
    engineer: httpx.AsyncClient, flooded: SampleCentre
) -> None:
    assert len(listed((await engineer.get("/incidents?page=9")).text)) == 50
    assert (await engineer.get("/incidents?page=0")).status_code == 422


async def test_a_few_incidents_need_no_pages(engineer: httpx.AsyncClient) -> None:
    assert 'class="pages"' not in (await engineer.get("/incidents")).text


async def test_a_program_takes_all_or_as_many_as_it_asks_for(
    engineer: httpx.AsyncClient, flooded: SampleCentre
) -> None:
    every = (await engineer.get("/api/incidents")).json()
    assert len(every) == OPEN
    some = (await engineer.get("/api/incidents?limit=20&offset=240")).json()
    assert [one["number"] for one in some] == [one["number"] for one in every[240:]]
    assert flooded.open(5) == flooded.open()[:5]
