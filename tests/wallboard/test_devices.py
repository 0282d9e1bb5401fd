"""Devices, availability and circuits: what was judged and recorded, as their pages show it."""

import re
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from monitors.alerts.engine import AlertEngine
from monitors.samples import Sample, tags_of
from tests.monitors.alerts.simulation import World
from tests.wallboard.conftest import NOW, ORIGIN, sign_in
from tests.wallboard.serve import Served
from wallboard.application import create_application

pytestmark = pytest.mark.usefixtures("day")


def row(page: str, device: str) -> str:
    found = re.search(rf'<tr id="{device}"[^>]*>.*?</tr>', page, re.DOTALL)
    assert found is not None
    return re.sub(r"<[^>]+>", " ", found[0])


async def test_a_device_is_shown_as_it_was_judged_polled_and_recorded(served: Served) -> None:
    given = served.dependencies
    engine = AlertEngine(given.site, given.database, given.bus, given.clock, warm_up=timedelta(0))
    engine.observe(World(given.site).everything(NOW))
    engine.tick()
    given.metrics.write([Sample("system", tags_of(agent_host="rt-a"), {"sysUpTime": 360_000}, NOW)])
    application = create_application(replace(given, verdicts=lambda: engine.view))
    transport = httpx.ASGITransport(application)
    headers = {"accept": "text/html", "sec-fetch-site": "same-origin"}
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers=headers) as client:
        await sign_in(client, "li.ming")
        page = (await client.get("/devices")).text
    shown = row(page, "rt-a")
    assert "1时0分" in shown
    assert "100%" in shown
    assert "未知" in row(page, "rt-b")


async def test_without_a_verdict_nobody_knows_how_a_device_fares(
    engineer: httpx.AsyncClient,
) -> None:
    assert "未知" in row((await engineer.get("/devices")).text, "rt-a")


async def test_an_outage_stands_on_the_pages_of_uptime_and_of_its_circuit(
    engineer: httpx.AsyncClient,
) -> None:
    for path in ("/availability", "/circuits/egov-a"):
        page = (await engineer.get(path)).text
        assert "2026-11-23 14:24:08" in page
        assert "持续中" in page
        assert "20分0秒" in page
    other = (await engineer.get("/circuits/egov-b")).text
    assert "本月没有中断记录" in other
    assert (await engineer.get("/circuits/nothing")).status_code == 404
