"""A list is taken away whole where its page shows the newest of it alone."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import Table, insert, select

from incident.tables import IncidentRow
from ops_core.hotline.callbacks.model import CallbackState
from ops_core.hotline.callbacks.read import LISTED_AT_MOST
from ops_core.hotline.callbacks.tables import CallbackTaskRow
from ops_core.hotline.orders.steps import Step
from ops_core.kernel.database import Base
from ops_core.kernel.permissions import Permission
from ops_core.kpi.assessment.exemption_store import MOST_LISTED
from ops_core.kpi.assessment.tables import ExemptionRow
from tests.wallboard.conftest import NOW, sign_in
from tests.wallboard.hotline_story import Story
from tests.wallboard.serve import Served
from tests.wallboard.test_lists import holder_of
from wallboard.incidents.router import RECENT

HOUR = timedelta(hours=1)


def repeat(served: Served, row: type[Base], changes: list[dict[str, object]]) -> None:
    """Store the one row that is there once more for each of the changes."""
    table = row.__table__
    assert isinstance(table, Table)
    with served.unit_of_work() as uow:
        known = dict(uow.session.execute(select(table).limit(1)).mappings().one())
        uow.session.execute(insert(table), [{**known, **changed} for changed in changes])


async def count(client: httpx.AsyncClient, address: str, permission: Permission) -> int:
    await sign_in(client, holder_of(permission).value)
    answer = await client.get(f"/api/lists/{address}")
    assert answer.status_code == 200, answer.text
    page = await client.get(f"/{address}")
    assert 'id="newest"' in page.text, "the page says that it does not list them all"
    return len(answer.json()["rows"])


async def test_all_callbacks_are_taken_away(stranger: httpx.AsyncClient, served: Served) -> None:
    story = Story(served)
    story.call("c-1")
    story.order("a", Step.COMPLETE)
    cycles = range(2, LISTED_AT_MOST + 2)
    repeat(served, CallbackTaskRow, [{"cycle": cycle} for cycle in cycles])
    assert await count(stranger, "callbacks", Permission.CALL_BACK) == LISTED_AT_MOST + 1


async def test_done_callbacks_are_narrowed_by_their_day(
    stranger: httpx.AsyncClient, served: Served
) -> None:
    story = Story(served)
    story.call("c-1")
    story.order("a", Step.COMPLETE)
    late = datetime(2026, 11, 23, 15, 59, 59, tzinfo=UTC)
    done = {"state": CallbackState.DONE.value, "outcome": "unreachable"}
    changes = [{**done, "cycle": n, "done_at": late + n * timedelta(seconds=1)} for n in (2, 3)]
    repeat(served, CallbackTaskRow, [*changes, {**done, "cycle": 4, "done_at": late}])
    await sign_in(stranger, holder_of(Permission.CALL_BACK).value)
    for day, cycles in (("2026-11-23", {4}), ("2026-11-24", {2, 3}), ("", {2, 3, 4})):
        rows = await stranger.get(f"/api/lists/callbacks?show=done&day={day}")
        assert {row["cycle"] for row in rows.json()["rows"]} == cycles, day
    wrong = await stranger.get("/api/lists/callbacks?show=done&day=heute")
    assert wrong.status_code == 422
    page = await stranger.get("/callbacks?show=done&day=2026-11-24")
    assert page.text.count('data-href="/callbacks/') == 2


async def test_all_exemptions_are_taken_away(stranger: httpx.AsyncClient, served: Served) -> None:
    with served.unit_of_work() as uow:
        uow.session.add(exemption("X-0", NOW))
    numbers = range(1, MOST_LISTED + 1)
    repeat(served, ExemptionRow, [{"number": f"X-{number}"} for number in numbers])
    assert await count(stranger, "exemptions", Permission.SEE_INDICATORS) == MOST_LISTED + 1


def exemption(number: str, at: datetime) -> ExemptionRow:
    return ExemptionRow(
        number=number, indicators=[12], start_at=at - HOUR, end_at=at, record="", reason="演练",
        evidence="通知", state="requested", requested_by="user:li.ming", requested_at=at,
        decided_by="", decided_at=None, decided_text="", version=1,
    )  # fmt: skip


@pytest.mark.usefixtures("day")
async def test_all_restored_incidents_are_taken_away(
    stranger: httpx.AsyncClient, served: Served
) -> None:
    repeat(
        served,
        IncidentRow,
        [
            {"number": f"F-20261101-{number}", "state": "closed", "detected_at": NOW,
             "restored_at": NOW, "closed_at": NOW, "merged_into": None}
            for number in range(1000, 1000 + RECENT + 1)
        ],
    )  # fmt: skip
    found = await count(stranger, "incidents?show=restored", Permission.SEE_INCIDENTS)
    assert found > RECENT
