"""A drill in production: only approved, in its window and beside a healthy partner; then back."""

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from device_configs.changes import service
from device_configs.changes.carrying import ChangeWork, carry_out, record_request
from device_configs.changes.history import NetworkChange
from device_configs.changes.model import ChangeRequest, ChangeWindow
from device_configs.changes.states import ChangeState, Place
from device_configs.deploy.lab import Lab
from device_configs.draining.handover import states
from device_configs.draining.shell import SshShell
from device_configs.draining.state import Participation
from device_configs.drills.handing_over import draw_up_handover
from device_configs.drills.measuring import platform_of
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.errors import Conflict, Forbidden
from ops_core.kernel.permissions import Actor, Role
from tests.lab.changes.test_changes_in_the_twin import (
    CHEN,
    LI,
    NeighbourGates,
    RouterWork,
    read,
    work_in,
)
from tests.pace import is_over

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("undrained")]
SETTLED_WITHIN_S = 60.0
DEVICE, PARTNER = "rt-b", "rt-a"
FILES = ["sh", "-c", "cd /etc; cat frr/frr.conf snmp/snmpd.conf | sha256sum"]


@pytest.fixture
def work(lab: Lab, tmp_path: Path) -> Iterator[ChangeWork]:
    """The declaration as it is deployed; the routers' sessions are the gate."""
    lab.wait_until_reached("seat-001", platform_of(lab.site))
    begun, gates = time.monotonic(), NeighbourGates(lab)
    while not gates.judge(-1, (), ()).passed:
        assert not is_over(begun, SETTLED_WITHIN_S), "the routers of a new twin do not settle"
    url = f"sqlite:///{tmp_path / 'zhishou.sqlite'}"
    made = work_in(lab.settings.state_directory, lab.settings.inventory, url, lab)
    yield made
    made.database.close()


def drawn_up(work: ChangeWork, *, begins_in: timedelta = timedelta(0)) -> ChangeRequest:
    opens = work.clock.now() + begins_in
    window = ChangeWindow(opens=opens, closes=opens + timedelta(hours=1))
    return draw_up_handover(work, LI, DEVICE, reason="季度演练", window=window, revert_in_s=300)


def approved(work: ChangeWork, request: ChangeRequest) -> str:
    number = record_request(work, LI, request)
    with unit_of_work(work.database, work.bus, work.clock, CHEN) as uow:
        service.approve(uow, number)
    return number


def participation(lab: Lab) -> set[Participation]:
    shell = SshShell(lab.site, lab.settings.state_directory, lab.network)
    return {found.participation for found in states(shell, [DEVICE, PARTNER]).values()}


def test_a_device_hands_over_and_takes_back_and_nothing_has_changed(
    lab: Lab, work: ChangeWork
) -> None:
    before = lab.client.execute(DEVICE, FILES).stdout
    number = record_request(work, LI, drawn_up(work))
    with pytest.raises(Conflict):
        carry_out(work, LI, number)
    with pytest.raises(Forbidden), unit_of_work(work.database, work.bus, work.clock, LI) as uow:
        service.approve(uow, number)
    with unit_of_work(work.database, work.bus, work.clock, CHEN) as uow:
        service.approve(uow, number)
    ended = carry_out(work, LI, number)
    assert (ended.state, ended.places) == (ChangeState.CONFIRMED, {DEVICE: Place.NEW}), (
        ended.message
    )
    assert passed_gates(ended) == [True, True]
    assert lab.client.execute(DEVICE, FILES).stdout == before
    assert participation(lab) == {Participation.SERVING}
    with pytest.raises(Conflict):
        service.require_rollback(read(work, number))


def passed_gates(change: NetworkChange) -> list[bool]:
    """Before anything is touched, and while the partner carries everything."""
    gates = [change.gate_before, *(stage.gate for stage in change.stages)]
    return [gate.judged.passed for gate in gates if gate is not None]


def test_a_drill_is_refused_before_its_window_and_beside_a_partner_that_is_not_well(
    lab: Lab, work: ChangeWork
) -> None:
    early = approved(work, drawn_up(work, begins_in=timedelta(hours=2)))
    with pytest.raises(Conflict):
        carry_out(work, LI, early)
    number = approved(work, drawn_up(work))
    lab.client.kill(PARTNER)
    whole = RouterWork(work.site, work.settings, work.database, work.bus, work.clock, lab.client)
    ended = carry_out(whole, LI, number)  # with the gates of a site: the partner does not answer
    assert (ended.state, ended.places) == (ChangeState.CANCELLED, {DEVICE: Place.OLD})
    with pytest.raises(Conflict):
        drawn_up(work)
    technician = Actor.user("wang", [Role.DUTY_TECHNICIAN])
    window = ChangeWindow(opens=work.clock.now(), closes=work.clock.now() + timedelta(hours=1))
    with pytest.raises(Forbidden):
        draw_up_handover(work, technician, DEVICE, reason="x", window=window, revert_in_s=300)
