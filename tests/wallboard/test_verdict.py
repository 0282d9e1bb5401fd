"""The sentence at the top of the wall."""

from dataclasses import replace
from datetime import datetime

import pytest

from device_configs.site.model import FaultClassName, Site
from ops_core.kernel.i18n import message
from tests.wallboard.conftest import NOW
from tests.wallboard.sample import network, open_incidents, seats, state, with_nodes
from wallboard.wall.state import (
    Condition,
    MonitoringImpairment,
    SeatCondition,
    SeatsView,
    WallState,
)
from wallboard.wall.verdict import Level, verdict


def same(text: str) -> str:
    return text


def with_seats(calm: WallState, *out: int, as_what: SeatCondition) -> WallState:
    changed = tuple(
        replace(seat, condition=as_what) if seat.number in out else seat
        for seat in calm.seats.seats
    )
    return replace(calm, seats=SeatsView(calm.seats.as_of, changed))


@pytest.fixture
def calm(site: Site) -> WallState:
    return state(site, NOW, calm=True)


def test_all_well_is_said_without_a_flag(calm: WallState) -> None:
    judged = verdict(calm, same)
    assert (judged.level, judged.flag) == (Level.NORMAL, "")


def test_a_major_fault_that_hurts_nobody_says_so(calm: WallState) -> None:
    hurt = replace(calm, incidents=replace(calm.incidents, open=open_incidents(NOW)[:1]))
    judged = verdict(hurt, same)
    assert judged.level is Level.CRITICAL
    assert judged.flag == "1起重大故障"
    assert judged.sentence == "业务未受影响"


def test_services_down_are_critical_even_before_an_incident_is_open(calm: WallState) -> None:
    judged = verdict(replace(calm, network=replace(calm.network, services_down=2)), same)
    assert judged.level is Level.CRITICAL
    assert judged.sentence == "2项业务中断"


def test_a_general_fault_is_a_warning_and_not_critical(calm: WallState) -> None:
    general = tuple(i for i in open_incidents(NOW) if i.fault_class is FaultClassName.GENERAL)
    judged = verdict(replace(calm, incidents=replace(calm.incidents, open=general)), same)
    assert judged.level is Level.WARNING


def test_a_confirmed_false_alarm_calls_for_nobody(calm: WallState) -> None:
    untrue = tuple(replace(i, false_alarm=True) for i in open_incidents(NOW))
    judged = verdict(replace(calm, incidents=replace(calm.incidents, open=untrue)), same)
    assert (judged.level, judged.flag) == (Level.NORMAL, "")
    one_real = (*untrue[:2], open_incidents(NOW)[2])
    judged = verdict(replace(calm, incidents=replace(calm.incidents, open=one_real)), same)
    assert judged.flag == "1起故障处置中"


def test_seats_that_are_out_are_counted(calm: WallState) -> None:
    judged = verdict(with_seats(calm, 1, 2, 3, as_what=SeatCondition.UNREACHABLE), same)
    assert judged.sentence == "3席不可用，业务未中断"


@pytest.mark.parametrize("lost", ["network", "seats"])
def test_a_source_that_never_reported_is_not_calm(calm: WallState, lost: str) -> None:
    silent: datetime | None = None
    judged = verdict(replace(calm, **{lost: replace(getattr(calm, lost), as_of=silent)}), same)
    assert judged.level is Level.UNKNOWN


def test_an_unknown_seat_or_device_is_not_calm(calm: WallState, site: Site) -> None:
    assert verdict(with_seats(calm, 7, as_what=SeatCondition.UNKNOWN), same).level is Level.UNKNOWN
    vague = replace(calm, network=with_nodes(network(site, NOW, calm=True), rt_a=Condition.UNKNOWN))
    assert verdict(vague, same).level is Level.UNKNOWN


def test_the_sample_has_an_unknown_seat(site: Site) -> None:
    assert seats(site, NOW).count(SeatCondition.UNKNOWN) == 1


def test_a_spare_cable_that_is_cut_takes_the_word_of_redundancy_back(calm: WallState) -> None:
    links = tuple(
        replace(link, condition=Condition.DOWN) if link.name == "core-a--sw-3" else link
        for link in calm.network.links
    )
    judged = verdict(replace(calm, network=replace(calm.network, links=links)), same)
    assert judged.level is Level.WARNING
    assert judged.sentence == "1处网络异常，业务未受影响"


def test_something_broken_without_an_incident_is_a_warning(calm: WallState) -> None:
    broken = replace(calm, network=with_nodes(calm.network, sw_3=Condition.DOWN))
    assert verdict(broken, same).level is Level.WARNING


def test_calls_that_wait_too_long_are_said_when_nothing_worse_is_there(
    calm: WallState, site: Site
) -> None:
    waiting = replace(calm, calls=replace(calm.calls, waiting_too_long=2))
    judged = verdict(waiting, same)
    assert (judged.level, judged.sentence) == (Level.WARNING, "2通来电等待过久")
    silent = replace(waiting, calls=replace(waiting.calls, is_silent=True))
    assert verdict(silent, same).level is Level.NORMAL
    worse = with_seats(waiting, 3, as_what=SeatCondition.FAULT)
    assert verdict(worse, same).sentence == "1席不可用，业务未中断"


UNTRUE_WHILE_UNSURE = ("业务未受影响", "业务未中断", "运行正常")


@pytest.mark.parametrize("faults", [0, 1, 3], ids=["no fault", "a major fault", "several faults"])
@pytest.mark.parametrize("seats_out", [0, 2])
@pytest.mark.parametrize("services_down", [0, 1])
@pytest.mark.parametrize("broken", [False, True], ids=["devices up", "a device down"])
@pytest.mark.parametrize("unsure", ["a service", "the monitoring", "the network"])
def test_nobody_says_that_services_are_well_while_that_is_unknown(
    calm: WallState, faults: int, seats_out: int, services_down: int, broken: bool, unsure: str
) -> None:
    network_now = replace(calm.network, services_down=services_down)
    if broken:
        network_now = with_nodes(network_now, sw_3=Condition.DOWN)
    hurt = with_seats(calm, *range(1, seats_out + 1), as_what=SeatCondition.FAULT)
    hurt = replace(hurt, incidents=replace(hurt.incidents, open=open_incidents(NOW)[:faults]))
    if unsure == "a service":
        hurt = replace(hurt, network=replace(network_now, services_unknown=2))
    elif unsure == "the monitoring":
        impairment = MonitoringImpairment(NOW, (message("没有这个页面"),))
        hurt = replace(hurt, network=network_now, impairment=impairment)
    else:
        hurt = replace(hurt, network=replace(network_now, as_of=None))
    judged = verdict(hurt, same)
    assert not any(claim in judged.sentence for claim in UNTRUE_WHILE_UNSURE)
    assert judged.level is not Level.NORMAL
    if unsure == "a service" and (faults or seats_out or services_down or broken):
        assert "2项业务状态未知" in judged.sentence


def test_impaired_monitoring_alone_is_no_fault_and_not_normal(calm: WallState) -> None:
    impairment = MonitoringImpairment(NOW, (message("没有这个页面"),))
    judged = verdict(replace(calm, impairment=impairment), same)
    assert (judged.level, judged.flag) == (Level.UNKNOWN, "状态不明")
