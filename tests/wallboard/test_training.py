"""Hot topics over HTTP: declared, learnt, and the gate between who has not and the telephone."""

import re
from datetime import timedelta

import httpx
import pytest

from ops_core.kernel.clock import FixedClock
from tests.wallboard.conftest import sign_in
from tests.wallboard.test_knowledge import AGENT, REVIEWER, page, sent

TOPIC = {
    "title": "供暖退费",
    "points": "退费自下月起办理。",
    "questions": "何时起 | 本月 | *下月",
}


@pytest.mark.usefixtures("served")
async def test_who_has_not_learnt_it_takes_no_calls(
    stranger: httpx.AsyncClient, clock: FixedClock
) -> None:
    await sign_in(stranger, AGENT)
    topic = await sent(stranger, REVIEWER, "/training", TOPIC)
    number = topic.rpartition("/")[2]
    clock.advance(timedelta(minutes=1))
    await sign_in(stranger, AGENT)
    desk = await stranger.get("/agent")
    assert (desk.status_code, desk.headers["location"]) == (303, "/learning")
    assert TOPIC["points"] in (await stranger.get("/learning")).text
    for path in ("/seats/sign-in", "/api/seats/37/sign-in"):
        refused = await stranger.post(path, data={"seat": "37"})
        assert refused.status_code == 409, path
    assert refused.json()["topics"] == [number]
    await stranger.post(f"{topic}/complete", data={"answer": "1"})
    assert (await stranger.get("/agent")).status_code == 303, "a wrong answer"
    assert (await stranger.get(topic)).status_code == 403
    left = await stranger.post(f"/api/training/topics/{number}/complete", json={"answers": [2]})
    assert left.json() == []
    assert (await stranger.get("/agent")).status_code == 200
    assert (await stranger.post("/seats/sign-in", data={"seat": "37"})).status_code == 303
    again = await stranger.post(f"{topic}/complete", data={"answer": "2"})
    assert again.status_code == 409
    shown = await page(stranger, REVIEWER, topic)
    assert "阅读并通过测试" in shown
    await sent(stranger, REVIEWER, f"{topic}/attend", {"people": "callback_agent"})
    excused = {"person": "agent", "reason": "病假"}
    assert (await stranger.post(f"{topic}/excuse", data=excused)).status_code == 403
    written = re.compile(r"<[^>]*>|供暖退费|退费自下月起办理|何时起|[本下]月|张伟|中文")
    for path in ("/training", topic, "/indicators/7"):
        english = await page(stranger, REVIEWER, path, "en")
        assert re.findall(r"[一-鿿]+", written.sub("", english)) == [], path
