"""How the product itself fares, as load balancers, Prometheus, programs and people see it."""

import re
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from ops_core.kernel.clock import Clock
from ops_core.kernel.health import Concern, Health, HealthRegistry, Measure, MeasureKind
from ops_core.kernel.i18n import message
from ops_core.kernel.identity import issue_token
from ops_core.kernel.workers import Workers, WorkerState
from tests.wallboard.conftest import ORIGIN, sign_in
from tests.wallboard.serve import Served
from wallboard.application import create_application
from wallboard.health.exposition import families
from wallboard.health.tables import figures_of

AT = datetime(2026, 11, 23, 6, 32, tzinfo=UTC)
WORKING = WorkerState("alerts", True, True, 2, AT, 0.5, 60.0, {"rt-a": 3}, "rt-a: ValueError: no")
POLLS = Measure("zhishou_polls_total", "Polls.", 7, MeasureKind.COUNTER, {"agent": "rt-a"})
LOCKED = Concern("database/locked", message("满"), is_vital=True, detail="secret path")
WHOLE = Health(AT, (WORKING,), (POLLS, Measure("zhishou_depth", "Depth.", 1.5)), ())
BROKEN = replace(WHOLE, concerns=(LOCKED, Concern("spool/full", message("满"))))


class Settled(HealthRegistry):
    """One that always says the same."""

    def __init__(self, workers: Workers, clock: Clock, health: Health) -> None:
        super().__init__(workers, clock)
        self._health = health

    def health(self) -> Health:
        return self._health


@pytest.fixture
def health() -> Health:
    return WHOLE


@pytest.fixture
async def visitor(served: Served, health: Health) -> AsyncIterator[httpx.AsyncClient]:
    registry = Settled(served.dependencies.workers, served.dependencies.clock, health)
    dependencies = replace(served.dependencies, health=registry)
    transport = httpx.ASGITransport(create_application(dependencies))
    headers = {"accept": "text/html", "sec-fetch-site": "same-origin"}
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers=headers) as client:
        yield client


async def test_a_probe_is_told_that_all_is_well(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok\n")


@pytest.mark.parametrize("health", [BROKEN])
async def test_a_probe_is_told_which_vital_part_fails_and_no_more(
    visitor: httpx.AsyncClient,
) -> None:
    answer = await visitor.get("/healthz")
    assert (answer.status_code, answer.text) == (503, "database/locked: 满\n")
    assert answer.headers["retry-after"] == "5"


def samples_of(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.mark.parametrize("health", [BROKEN])
async def test_prometheus_reads_everything_with_its_token(
    visitor: httpx.AsyncClient, served: Served
) -> None:
    with served.unit_of_work() as uow:
        token = issue_token(uow, "metrics_reader").token
    answer = await visitor.get("/metrics", headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    found = samples_of(answer.text)
    assert found["zhishou_polls_total", frozenset({("agent", "rt-a")})] == 7
    assert found["zhishou_worker_restarts_total", frozenset({("worker", "alerts")})] == 2
    failures = frozenset({("worker", "alerts"), ("item", "rt-a")})
    assert found["zhishou_worker_item_failures_total", failures] == 3
    assert found["zhishou_healthy", frozenset()] == 0
    concern = frozenset({("concern", "database/locked"), ("vital", "true")})
    assert found["zhishou_concern", concern] == 1
    assert ("process_cpu_seconds_total", frozenset()) in found


@pytest.mark.parametrize("health", [BROKEN])
async def test_people_see_workers_concerns_and_the_figures_of_each_agent(
    visitor: httpx.AsyncClient,
) -> None:
    await sign_in(visitor, "li.ming")
    page = (await visitor.get("/health")).text
    for text in ("关键部件异常", "database/locked", "secret path", "alerts", "rt-a", "polls_total"):
        assert text in page
    filtered = (await visitor.get("/health", params={"q": "depth"})).text
    assert "zhishou_depth" in filtered
    assert "polls_total" not in filtered


async def test_a_program_reads_the_same_as_json(visitor: httpx.AsyncClient) -> None:
    await sign_in(visitor, "li.ming")
    found = (await visitor.get("/api/health")).json()
    assert found["healthy"] is True
    assert found["workers"][0]["item_failures"] == {"rt-a": 3}


TEXT = st.text(max_size=8)
MEASURES = st.builds(
    Measure,
    st.sampled_from(["zhishou_a", "zhishou_b_total"]),
    TEXT,
    st.floats(allow_nan=False),
    st.just(MeasureKind.GAUGE),
    st.dictionaries(st.sampled_from(["agent", "kind"]), TEXT, max_size=2),
)


@given(st.lists(MEASURES, max_size=12))
def test_whatever_parts_report_each_label_set_stands_once(measures: list[Measure]) -> None:
    for family in families(measures):
        keys = [tuple(sorted(sample.labels.items())) for sample in family.samples]
        assert len(keys) == len(set(keys))
        assert len({tuple(sorted(sample.labels)) for sample in family.samples}) == 1


@given(st.lists(MEASURES, max_size=12))
def test_every_subject_with_one_label_has_a_row(measures: list[Measure]) -> None:
    figures = figures_of(measures)
    rows = {(table.label, row.subject) for table in figures.tables for row in table.rows}
    assert rows == {next(iter(m.labels.items())) for m in measures if len(m.labels) == 1}
    for table in figures.tables:
        assert all(len(row.values) == len(table.columns) for row in table.rows)


def test_names_keep_prometheus_rules() -> None:
    def names(measures: Iterable[Measure]) -> list[str]:
        return [family.name for family in families(measures)]

    assert all(re.fullmatch(r"[a-z_]+", name) for name in names([*WHOLE.measures]))
