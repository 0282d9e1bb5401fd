"""A UPS, a printer and a sensor are polled by their profiles alone, from real agents."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from monitors.alerts.conditions import RuleWatch
from monitors.alerts.rules import RuleBook, load_rules
from monitors.collect.plan import CollectionPlan
from monitors.collect.polling.poller import SnmpPoller
from monitors.collect.profiles import profile_of
from monitors.evidence import Element
from monitors.samples import Sample
from ops_core.kernel.clock import SystemClock
from tests.monitors.collect.agents import (
    PRINTER,
    SENSORS,
    UPS_EMPTY,
    UPS_OFF,
    UPS_ON_BATTERY,
    UPS_ON_MAINS,
)
from tests.monitors.collect.conftest import Record, Snmpd, answered_by, until
from tests.monitors.collect.test_poller import running

pytestmark = pytest.mark.daemon
Start = Callable[[str], Snmpd]


async def polled(
    plan: CollectionPlan, port: int, profile: str, record: Record, measurement: str
) -> list[Sample]:
    """Samples of a device with this profile, once the measurement came."""
    found = answered_by(plan, "rt-a", port, "v2c")
    target = replace(found.targets["rt-a"], profile=profile_of([profile]))
    poller = SnmpPoller(replace(found, targets={"rt-a": target}), record.outlet, SystemClock())
    async with running(poller):
        await until(lambda: bool(record.measured(measurement)))
    return record.measured(measurement)


def conditions(samples: list[Sample]) -> dict[str, bool | None]:
    """What the shipped rules say of the samples, by condition."""
    found = RuleWatch(RuleBook(load_rules())).take(samples)
    return {o.element.name: o.ok for o in found if o.element != Element.device("rt-a")}


async def test_a_ups_on_mains_is_measured_in_the_units_of_its_mib_and_nothing_is_wrong(
    plan: CollectionPlan, start_snmpd: Start, record: Record
) -> None:
    agent = start_snmpd(UPS_ON_MAINS)
    await polled(plan, agent.port, "ups", record, "ups")
    ups = record.measured("ups")[0]
    assert dict(ups.fields) == {
        "upsBatteryStatus": 2,
        "upsSecondsOnBattery": 0,
        "upsEstimatedMinutesRemaining": 42,
        "upsEstimatedChargeRemaining": 97,
        "upsBatteryVoltage": pytest.approx(54.7),
        "upsBatteryTemperature": 25,
        "upsOutputSource": 3,
        "upsAlarmsPresent": 0,
    }
    assert record.measured("ups_input", row="1")[0].fields["upsInputFrequency"] == pytest.approx(
        49.9
    )
    assert set(conditions(record.samples).values()) == {True}


@pytest.mark.parametrize(
    ("agent", "firing"),
    [
        (UPS_ON_BATTERY, {"ups_on_battery:rt-a"}),
        (UPS_EMPTY, {"ups_on_battery:rt-a", "ups_battery_low:rt-a"}),
        (UPS_OFF, {"ups_output_off:rt-a"}),
    ],
    ids=["on battery", "battery low", "output off"],
)
async def test_a_ups_in_trouble_is_in_the_condition_that_its_profile_names(
    plan: CollectionPlan, start_snmpd: Start, record: Record, agent: str, firing: set[str]
) -> None:
    port = start_snmpd(agent).port
    await polled(plan, port, "ups", record, "ups")
    found = conditions(record.samples)
    assert {name for name, ok in found.items() if ok is False} == firing


async def test_a_printers_supplies_are_known_by_name_and_what_is_unknown_is_not_measured(
    plan: CollectionPlan, start_snmpd: Start, record: Record
) -> None:
    port = start_snmpd(PRINTER).port
    await polled(plan, port, "printer", record, "printer")
    toner = record.measured("printer_supply", row="Black toner")[0]
    assert toner.fields == {"prtMarkerSuppliesMaxCapacity": 8000, "prtMarkerSuppliesLevel": 240}
    assert not record.measured("printer_supply", row="Waste box")
    state = record.measured("printer", row="1")[0].fields
    assert (state["hrPrinterDetectedErrorState_lowToner"],
            state["hrPrinterDetectedErrorState_jammed"],
            state["hrPrinterDetectedErrorState_noPaper"]) == (1, 1, 0)  # fmt: skip
    found = conditions(record.samples)
    assert found["printer_supply_low:rt-a:Black toner"] is False
    assert found["printer_jammed:rt-a:1"] is None, "not before its duration has passed"
    assert found["printer_out_of_paper:rt-a:1"] is True


async def test_each_sensor_says_its_own_unit_scale_and_precision(
    plan: CollectionPlan, start_snmpd: Start, record: Record
) -> None:
    port = start_snmpd(SENSORS).port
    await polled(plan, port, "sensors", record, "sensor")
    front = record.measured("sensor", row="Rack R1 front")[0]
    damp = record.measured("sensor", row="Rack R1 humidity")[0]
    assert front.fields == {"entPhySensorOperStatus": 1, "celsius": pytest.approx(24.1)}
    assert damp.fields == {"entPhySensorOperStatus": 1, "relative_humidity": 48}
    assert conditions(record.samples)["sensor_hot:rt-a:Rack R1 front"] is True
