"""docs/sizing.md says what the shipped declaration costs: held against the declaration itself."""

import re

import pytest

from device_configs.site import load_site
from monitors.collect.plan import CollectionPlan, SnmpSecrets, plan_collection
from monitors.store.rollup import RollupWidth
from ops_core.app.metric_volume import raw_bytes, rollup_bytes, volumes
from ops_core.kernel.settings import PROJECT_DIRECTORY

PAGE = (PROJECT_DIRECTORY / "docs" / "sizing.md").read_text("utf-8")
GIGA = 1e9


@pytest.fixture(scope="module")
def plan() -> CollectionPlan:
    site = load_site(PROJECT_DIRECTORY / "inventory")
    return plan_collection(site, SnmpSecrets("c", "u", "a", "p", "t"))


def test_the_page_names_every_measurement_with_its_series_and_values(plan: CollectionPlan) -> None:
    expected = {
        f"| {v.measurement} | {v.series:,} | {v.values_a_day:,} |"
        for v in volumes(plan)
        if v.series
    }
    assert expected <= set(PAGE.splitlines())


def test_the_page_adds_up(plan: CollectionPlan) -> None:
    found = volumes(plan)
    series, values = sum(v.series for v in found), sum(v.values_a_day for v in found)
    assert f"| **all** | **{series:,}** | **{values:,}** |" in PAGE
    five, hour = RollupWidth.FIVE_MINUTES, RollupWidth.HOUR
    sizes = [
        raw_bytes(found),
        rollup_bytes(found, five, 366),
        rollup_bytes(found, hour, 366),
        rollup_bytes(found, hour, 3 * 366),
    ]
    stated = re.findall(r"\*\*([0-9.]+) GB\*\*", PAGE)
    assert [f"{size / GIGA:.1f}" for size in sizes] == stated


def test_a_port_costs_its_states_counters_and_rates(plan: CollectionPlan) -> None:
    """By hand: two states each 5 s; speed, six counters and six rates each 15 s."""
    target = next(t for t in plan.targets.values() if t.ports and t.interval_s == 5)
    found = {v.measurement: v for v in volumes(_only(plan, target.name))}
    assert found["interface"].series == 15 * len(target.ports)
    a_day = 2 * 86_400 // 5 + 13 * 86_400 // 15
    assert found["interface"].values_a_day == a_day * len(target.ports)


def _only(plan: CollectionPlan, name: str) -> CollectionPlan:
    return CollectionPlan({name: plan.targets[name]}, (), (), {}, {}, {}, plan.secrets)
