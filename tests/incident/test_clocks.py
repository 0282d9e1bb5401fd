"""Classes and clocks of the contract (indicator 12's rules)."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_configs.site import Site
from device_configs.site.model import ClockKind, FaultClassName
from incident.model import (
    ClassHeld,
    ClockReading,
    IncidentState,
    TimeStamps,
    classify,
    clocks_of,
    highest_class,
    read_clocks,
    reopened_state,
)
from monitors.alerts.model import ClassInputs
from tests.monitors.alerts.simulation import START

MAJOR, SEVERE, GENERAL, DEVICE = FaultClassName


def held(*names: FaultClassName) -> tuple[ClassHeld, ...]:
    return tuple(ClassHeld(name, START, 1) for name in names)


def scored(site: Site, name: FaultClassName, stamps: TimeStamps, seconds: float) -> ClockReading:
    now = START + timedelta(seconds=seconds)
    readings = read_clocks(site.contract, held(name), stamps, now)
    return next(reading for reading in readings if reading.scored)


@pytest.mark.parametrize(
    ("name", "seconds", "met"),
    [
        (MAJOR, 1799.9, True),
        (MAJOR, 1800.0, False),
        (SEVERE, 7199.999999, True),
        (SEVERE, 7200.0, False),
        (GENERAL, 86_399.9, True),
        (GENERAL, 86_400.0, False),
        (DEVICE, 86_400.0, True),
        (DEVICE, 86_400.000001, False),
    ],
    ids=lambda value: str(value),
)
def test_less_than_misses_at_the_limit_and_within_only_after_it(
    site: Site, name: FaultClassName, seconds: float, met: bool
) -> None:
    end = START + timedelta(seconds=seconds)
    stamps = TimeStamps(START, responded_at=end, restored_at=end)
    reading = scored(site, name, stamps, 1_000_000)
    assert reading.is_met is met
    assert (reading.breached_at is None) is met


def test_a_running_clock_tells_what_remains_and_when_it_was_missed(site: Site) -> None:
    reading = scored(site, MAJOR, TimeStamps(START), 477)
    assert reading.remaining == timedelta(seconds=1323)
    assert reading.is_running
    overdue = scored(site, MAJOR, TimeStamps(START), 2000)
    assert overdue.remaining == timedelta(seconds=-200)
    assert overdue.breached_at == START + timedelta(minutes=30)


def test_a_major_fault_shows_its_restoration_clock_without_scoring_it(site: Site) -> None:
    readings = read_clocks(site.contract, held(MAJOR), TimeStamps(START), START)
    assert [(r.kind, r.scored) for r in readings] == [
        (ClockKind.RESPONSE, True),
        (ClockKind.RESTORATION, False),
    ]


@pytest.mark.parametrize(
    ("responded", "restored", "response_stops", "restoration_stops"),
    [(None, None, None, None), (5, None, 5, None), (5, 9, 5, 9), (None, 9, 9, 9), (9, 5, 5, 5)],
    ids=["nothing yet", "responded", "both", "restored without a response", "response after it"],
)
def test_a_response_stops_one_clock_and_a_restoration_both(
    site: Site,
    responded: int | None,
    restored: int | None,
    response_stops: int | None,
    restoration_stops: int | None,
) -> None:
    def at(minutes: int | None) -> datetime | None:
        return None if minutes is None else START + timedelta(minutes=minutes)

    stamps = TimeStamps(START, responded_at=at(responded), restored_at=at(restored))
    readings = read_clocks(site.contract, held(MAJOR), stamps, START + timedelta(minutes=20))
    assert {reading.kind: reading.stopped_at for reading in readings} == {
        ClockKind.RESPONSE: at(response_stops),
        ClockKind.RESTORATION: at(restoration_stops),
    }


def test_an_incident_that_comes_back_goes_on_where_people_had_brought_it() -> None:
    assert reopened_state(TimeStamps(START)) is IncidentState.DETECTED
    assert reopened_state(TimeStamps(START, START)) is IncidentState.ACKNOWLEDGED
    assert reopened_state(TimeStamps(START, START, START)) is IncidentState.RESPONDING
    assert reopened_state(TimeStamps(START, None, START)) is IncidentState.RESPONDING


def test_a_downgraded_fault_is_judged_by_its_highest_class(site: Site) -> None:
    assert highest_class([GENERAL, MAJOR, SEVERE]) is MAJOR
    kinds = {clock.kind for clock in clocks_of(site.contract, held(MAJOR, GENERAL)) if clock.scored}
    assert kinds == {ClockKind.RESPONSE, ClockKind.RESTORATION}


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        (ClassInputs(all_services_down=True, seats_total=72), MAJOR),
        (ClassInputs(seats_out=37, seats_total=72), MAJOR),
        (ClassInputs(seats_out=36, seats_total=72), SEVERE),
        (ClassInputs(seats_out=8, seats_total=80), SEVERE),
        (ClassInputs(seats_out=7, seats_total=72), GENERAL),
        (ClassInputs(core_redundancy_lost=True, seats_total=72), SEVERE),
        (ClassInputs(seat_equipment=True, seats_out=1, seats_total=72), DEVICE),
        (ClassInputs(any_redundancy_lost=True, seats_total=72), GENERAL),
    ],
    ids=[
        "no service left is major",
        "more than half of the seats is major",
        "exactly half is severe",
        "exactly a tenth is severe",
        "less than a tenth is general",
        "a core node without its second is severe",
        "a seat's terminal is equipment",
        "redundancy of no core node is general",
    ],
)
def test_the_first_class_whose_criterion_is_met_decides(
    site: Site, inputs: ClassInputs, expected: FaultClassName
) -> None:
    assert classify(site.contract, inputs) is expected


@given(
    classes=st.lists(st.sampled_from(list(FaultClassName)), min_size=1, max_size=5),
    raised=st.sampled_from(list(FaultClassName)),
    restored=st.integers(0, 200_000),
)
def test_another_class_never_loosens_a_clock(
    site: Site, classes: list[FaultClassName], raised: FaultClassName, restored: int
) -> None:
    end = START + timedelta(seconds=restored)
    stamps = TimeStamps(START, responded_at=end, restored_at=end)

    def missed(*names: FaultClassName) -> bool:
        readings = read_clocks(site.contract, held(*names), stamps, end)
        return any(reading.breached_at for reading in readings if reading.scored)

    assert missed(*classes) <= missed(*classes, raised)
