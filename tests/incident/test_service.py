"""From a fault of the alert engine to an incident people handle, on a real database."""

from datetime import timedelta

import pytest

from device_configs.site import Site
from device_configs.site.model import FaultClassName
from incident import service
from incident.model import Incident, IncidentState
from incident.read import list_incidents, open_incidents, read_incident
from monitors.alerts.engine import AlertEngine
from ops_core.kernel.audit import verify_chain
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.errors import Conflict, Forbidden, Invalid
from ops_core.kernel.events import EventBus
from ops_core.kernel.permissions import Actor, Role
from tests.monitors.alerts.simulation import START, World, story

TECHNICIAN = Actor.user("li.ming", [Role.DUTY_TECHNICIAN])


class Centre:
    """An engine and its incidents under a clock that the test moves."""

    def __init__(self, site: Site, database: Database, bus: EventBus, clock: FixedClock) -> None:
        self.site, self.database, self.bus, self.clock = site, database, bus, clock
        self.clock.adjust(timedelta(seconds=-2))
        self.restart()

    def restart(self) -> None:
        """kill -9 and start: nothing survives but the database."""
        self.engine = AlertEngine(
            self.site, self.database, self.bus, self.clock, warm_up=timedelta(0)
        )

    def go(self, seconds: float) -> None:
        self.clock.advance(timedelta(seconds=seconds))

    def see(self, world: World, ports: str = "snmp") -> None:
        self.engine.observe(world.everything(self.clock.now(), ports))

    def tick(self, consume: bool = True) -> None:
        self.engine.tick()
        if consume:
            with unit_of_work(self.database, self.bus, self.clock, Actor.system("t")) as uow:
                while service.consume_faults(uow, self.site.contract, service.IncidentPolicy()):
                    pass

    def live(self, before: World, world: World) -> None:
        """The faults begin now; ten seconds with a tick every 0.2 s."""
        begin = self.clock.now()
        left = story(before, world)
        for n in range(50):
            ready = [seen for at, seen in left if at <= n * 0.2]
            left = [item for item in left if item[0] > n * 0.2]
            shift = begin - START
            self.engine.observe(
                [
                    type(seen)(
                        seen.element, seen.source, seen.ok, seen.observed_at + shift, seen.detail
                    )
                    for seen in ready
                ]
            )
            self.tick()
            self.go(0.2)

    def incidents(self) -> list[Incident]:
        with self.database.reading() as session:
            return list_incidents(session)

    def only(self) -> Incident:
        found = self.incidents()
        assert len(found) == 1, [(i.number, i.fault.roots) for i in found]
        return found[0]


@pytest.fixture
def centre(site: Site, database: Database, bus: EventBus, clock: FixedClock) -> Centre:
    return Centre(site, database, bus, clock)


def test_a_cut_uplink_is_one_incident_with_the_start_of_its_first_evidence(
    centre: Centre, site: Site
) -> None:
    begin = centre.clock.now()
    centre.live(World(site), World(site, cut=frozenset({"rt-a--egov"})))
    incident = centre.only()
    assert incident.number == "F-20261123-001"
    assert incident.state is IncidentState.DETECTED
    assert incident.fault_class is FaultClassName.SEVERE
    assert incident.stamps.detected_at - begin == timedelta(seconds=0.03)


def test_the_second_uplink_raises_the_same_incident_to_major(centre: Centre, site: Site) -> None:
    one = World(site, cut=frozenset({"rt-a--egov"}))
    both = World(site, cut=frozenset({"rt-a--egov", "rt-b--egov"}))
    centre.live(World(site), one)
    first = centre.only()
    centre.live(one, both)
    incident = centre.only()
    assert incident.stamps.detected_at == first.stamps.detected_at
    assert incident.fault_class is FaultClassName.MAJOR
    assert len(incident.fault.seats) == 72
    assert [held.fault_class for held in incident.classes] == [
        FaultClassName.SEVERE,
        FaultClassName.MAJOR,
    ]


def test_healing_restores_it_by_monitoring_and_a_person_closes_it(
    centre: Centre, site: Site
) -> None:
    cut = World(site, cut=frozenset({"rt-a--egov"}))
    centre.live(World(site), cut)
    centre.go(5)
    centre.see(World(site))
    centre.tick()
    centre.go(2)
    centre.tick()
    incident = centre.only()
    assert incident.state is IncidentState.RESTORED
    assert incident.restored_by == "monitoring"
    with unit_of_work(centre.database, centre.bus, centre.clock, TECHNICIAN) as uow:
        closed = service.close(uow, incident.number)
    assert closed.state is IncidentState.CLOSED


def test_the_same_root_within_a_day_reopens_the_incident_with_its_first_start(
    centre: Centre, site: Site
) -> None:
    cut = World(site, cut=frozenset({"rt-a--egov"}))
    centre.live(World(site), cut)
    start = centre.only().stamps.detected_at
    for _ in range(2):
        centre.go(60)
        centre.see(World(site))
        centre.tick()
        centre.go(20)
        centre.see(World(site))
        centre.tick()
        assert centre.only().state is IncidentState.RESTORED
        centre.live(World(site), cut)
    incident = centre.only()
    assert incident.stamps.detected_at == start
    assert incident.reopened == 2
    assert incident.stamps.restored_at is None


def test_a_restart_at_any_tick_neither_loses_nor_doubles_nor_moves_it(
    centre: Centre, site: Site
) -> None:
    """The engine dies before, between and after its transitions; the consumer now and then."""
    begin = centre.clock.now()
    left = story(World(site), World(site, killed=frozenset({"fwi-a"})))
    shift = begin - START
    for n in range(45):
        ready = [seen for at, seen in left if at <= n * 0.2]
        left = [item for item in left if item[0] > n * 0.2]
        centre.engine.observe(
            [type(s)(s.element, s.source, s.ok, s.observed_at + shift, s.detail) for s in ready]
        )
        centre.tick(consume=n % 3 == 0)
        if n % 2:
            centre.restart()
        centre.go(0.2)
    centre.see(World(site, killed=frozenset({"fwi-a"})), "snmp")
    centre.go(3)
    centre.tick()
    incident = centre.only()
    assert incident.fault.roots[0].name == "fwi-a"
    assert incident.stamps.detected_at - begin == timedelta(seconds=0.03)
    centre.restart()
    centre.go(1)
    centre.see(World(site))
    centre.tick()
    centre.go(2)
    centre.tick()
    assert centre.only().state is IncidentState.RESTORED


def test_telling_a_transition_twice_changes_nothing(centre: Centre, site: Site) -> None:
    centre.engine.observe(World(site).everything(centre.clock.now()))
    centre.tick()
    centre.go(1)
    centre.see(World(site, displays_off=frozenset({17})))
    centre.engine.tick()
    centre.go(1)
    (opened,) = centre.engine.tick() or (None,)
    if opened is None:
        pytest.fail("the display's fault was not told")
    policy = service.IncidentPolicy()
    for expected in (True, False, False):
        with unit_of_work(centre.database, centre.bus, centre.clock, TECHNICIAN) as uow:
            found = service.apply_transition(uow, opened, site.contract, policy)
            assert (found is not None) is expected
    assert centre.only().fault_class is FaultClassName.DEVICE


def test_commands_follow_the_states_and_say_what_is_allowed(centre: Centre, site: Site) -> None:
    centre.live(World(site), World(site, cut=frozenset({"rt-a--egov"})))
    number = centre.only().number

    def work(actor: Actor = TECHNICIAN):  # type: ignore[no-untyped-def]
        return unit_of_work(centre.database, centre.bus, centre.clock, actor)

    with pytest.raises(Conflict) as refused, work() as uow:
        service.close(uow, number)
    assert "确认" in refused.value.remedy
    with work() as uow:
        seen = service.acknowledge(uow, number)
    with pytest.raises(Conflict), work() as uow:
        service.respond(uow, number, version=seen.version - 1)
    with work() as uow:
        service.respond(uow, number, version=seen.version)
    with pytest.raises(Conflict), work() as uow:
        service.restore(uow, number)
    with pytest.raises(Invalid), work() as uow:
        service.note(uow, number, "  ")
    with work() as uow:
        service.restore(uow, number, reason="已切换到备用链路")
    with pytest.raises(Forbidden), work(Actor.user("who", [Role.ADMINISTRATOR])) as uow:
        service.close(uow, number)
    with centre.database.reading() as session:
        detail = read_incident(session, site.contract, number, centre.clock.now())
        assert verify_chain(session) == []
        assert open_incidents(session)[0].number == number
    kinds = [entry.type for entry in detail.timeline]
    assert kinds[0] == "IncidentOpened"
    assert kinds[-3:] == ["IncidentAcknowledged", "IncidentResponded", "IncidentRestored"]
    assert all(clock.stopped_at for clock in detail.clocks)


def test_lost_telemetry_neither_resolves_nor_opens(centre: Centre, site: Site) -> None:
    cut = World(site, cut=frozenset({"rt-a--egov"}))
    centre.live(World(site), cut)
    centre.engine.heartbeat(dict.fromkeys(["icmp", "snmp", "trap", "probe"], centre.clock.now()))
    centre.go(120)
    centre.tick()
    assert centre.only().state is IncidentState.DETECTED
