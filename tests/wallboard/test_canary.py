"""A number that stands in every field of every request is found nowhere without the right to it."""

import io
import json
import logging
import re

import httpx
import pytest
from typer.testing import CliRunner

from ops_core.app.cli import app as commands
from ops_core.kernel.audit import read_audit
from ops_core.kernel.events import read_events
from ops_core.kernel.identity import Role
from tests.wallboard.conftest import sign_in
from tests.wallboard.hotline_story import CANARY, Story, Told, tell
from tests.wallboard.incidents_story import tell_incidents
from tests.wallboard.serve import Served

TRACES = re.compile(CANARY[:6] + "|" + CANARY[4:9])
"""More of the number's head than its mask leaves, or digits out of its middle."""
DIGEST = re.compile(r"[0-9a-f]{64}")
"""A link's hash may hold such digits by chance."""
_REQUEST_ID = re.compile(r"\b[0-9a-f]{16}\b")


def traces_in(text: str) -> re.Match[str] | None:
    """What is left of the number; the random identifier of a request is nobody's."""
    return TRACES.search(_REQUEST_ID.sub("", text))


@pytest.fixture
def told(served: Served) -> Told:
    """Requests with the number in number, name, title, text and remarks; one is called back."""
    tell_incidents(served)
    told = tell(served)
    Story(served, 500).call("c-9", agent="agent", number=CANARY)
    return told


UNIT_TABS = ("sign", "handle", "due", "replied", "approved", "completed")


def paths(told: Told) -> list[str]:
    orders = (told.accepted, told.dispatched, told.signed, told.replied, told.approved,
              told.completed, told.elsewhere, told.disputed)  # fmt: skip
    callback = f"/callbacks/{told.completed}/1"
    return [
        "/wall",
        "/agent",
        "/agent?call=c-1",
        *(f"/orders?tab={tab}" for tab in ("dispatch", "disputed", "due", "replied", "all")),
        *(f"/unit?tab={tab}" for tab in UNIT_TABS),
        *(f"/orders/{number}" for number in orders),
        *("/callbacks", "/callbacks?show=done", callback),
        "/palette?q=暖气",
        *("/indicators", "/indicators/12", "/incidents"),
        *("/incidents?show=pending", "/incidents?show=false_alarms"),
        *("/incidents/F-20261123-007", "/api/incidents/F-20261123-007"),
        *("/api/orders", "/api/callbacks", "/api/callbacks?state=done", f"/api/cases/{told.case}"),
        *(f"/api/orders/{number}" for number in orders),
    ]


@pytest.mark.parametrize("role", Role)
async def test_no_page_and_no_api_shows_it_to_any_role(
    stranger: httpx.AsyncClient, told: Told, role: Role, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await sign_in(stranger, role.value)
    answered = 0
    for path in paths(told):
        for language in ("zh", "en") if not path.startswith("/api/") else ("zh",):
            stranger.cookies.set("zhishou_language", language)
            answer = await stranger.get(path)
            assert answer.status_code in (200, 403), path
            answered += answer.status_code == 200
            assert not traces_in(answer.text), path
            assert not traces_in(str(answer.headers)), path
    assert answered or role is Role.INTERFACE
    assert not traces_in(caplog.text)


async def test_no_event_audit_entry_or_log_line_keeps_it(
    stranger: httpx.AsyncClient, told: Told, served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    callback = f"/callbacks/{told.completed}/1"
    await sign_in(stranger, "callback_agent")
    shown = await stranger.post(f"{callback}/contact")
    assert CANARY in shown.text
    answers = {"resolved": "no", "result": "1", "attitude": "5", "recording": "r"}
    done = await stranger.post(f"{callback}/reached", data=answers | {"remark": f"打 {CANARY}"})
    assert done.status_code == 303
    assert not traces_in((await stranger.get(callback)).text)
    await sign_in(stranger, "agent")
    form = {"source_ref": "s", "received_at": "2026-11-23T06:30:00Z", "call": "c-9",
            "kind": "help", "category": "roads", "region": "province", "name": CANARY,
            "number": CANARY, "title": f"路灯 {CANARY}", "text": f"电话 {CANARY}"}  # fmt: skip
    recorded = await stranger.post("/agent", data=form)
    assert recorded.status_code == 200
    assert not traces_in(recorded.text)
    refused = await stranger.post(f"/orders/{told.signed}/reply", data={"remark": CANARY})
    assert refused.status_code == 403
    with served.dependencies.database.reading() as session:
        kept = [repr(event) for event in read_events(session, 0, 10_000)]
        kept += [repr(entry) for entry in read_audit(session, 10_000)]
    assert len(kept) > 50
    assert [line for line in kept if traces_in(DIGEST.sub("", line))] == []
    assert not traces_in(caplog.text)


def test_the_command_line_shows_it_masked(
    told: Told, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = served.dependencies.database.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("ZHISHOU_DATABASE_URL", url)
    runner = CliRunner()
    listed = runner.invoke(commands, ["orders", "list", "--json"])
    assert listed.exit_code == 0, listed.output
    assert {one["order"]["number"] for one in json.load(io.StringIO(listed.output))} >= {
        told.accepted, told.completed,
    }  # fmt: skip
    outputs = [listed.output]
    for arguments in (
        ["list"],
        ["list", "--tab", "dispatch", "--unit", "housing"],
        ["show", told.elsewhere],
        ["show", told.completed, "--json"],
    ):
        result = runner.invoke(commands, ["orders", *arguments])
        assert result.exit_code == 0, result.output
        outputs.append(result.output)
    assert [output for output in outputs if traces_in(output)] == []
    assert "139****5678" in outputs[3]
    assert runner.invoke(commands, ["orders", "show", "W-0"]).exit_code == 3
