"""Changes of the real daemons in the twin: half by half, on trial, taken back where they harm."""

import multiprocessing
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from device_configs.backups.model import BackupCause
from device_configs.backups.repository import FOLDER as BACKUPS
from device_configs.backups.service import BackupOrder, take_backup
from device_configs.changes import service
from device_configs.changes.carrying import (
    ChangeWork,
    carry_out,
    draw_up_plan,
    draw_up_rollback,
    record_request,
)
from device_configs.changes.engine import Gates
from device_configs.changes.fleet import Fleet
from device_configs.changes.gates import SiteGates
from device_configs.changes.happenings import (
    GateCheck,
    GateJudged,
    GateVerdict,
    Happening,
    StageReached,
)
from device_configs.changes.history import NetworkChange
from device_configs.changes.linux import LinuxFleet
from device_configs.changes.model import ChangePlan, ChangeRequest
from device_configs.changes.read import read_change
from device_configs.changes.seat_watch import SeatWatch
from device_configs.changes.states import ChangeState, Place, StageState
from device_configs.deploy.lab import Lab
from device_configs.deploy.remote import RemoteShells
from device_configs.deploy.rendered import RenderedTrees, render_devices
from device_configs.deploy.work import DeploymentWork
from device_configs.drills.neighbours import has_bgp_sessions
from device_configs.proofs.prove import DeclaredProofs
from device_configs.render.tree import Tree
from device_configs.site import load_site
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import migrate, open_database
from ops_core.kernel.errors import DomainError
from ops_core.kernel.events import EventBus
from ops_core.kernel.permissions import Actor, Role
from ops_core.kernel.settings import Settings
from tests.full_disk import full_disk
from tests.lab.bringing import bring
from tests.lab.settled import wait_until_settled

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("undrained")]

LI = Actor.user("li.ming", [Role.NETWORK_ENGINEER])
CHEN = Actor.user("chen.jie", [Role.SUPERVISOR])
PLATFORM = IPv4Address("10.100.0.10")
PAIR = ("rt-a", "rt-b")
ROOT = Path(__file__).parents[3]
CONTACT = "grep sysContact /etc/snmp/snmpd.conf"
SETTLING_S = 10.0
FORWARDING = "    chain forward {\n"
DEAF = """    chain input {
        type filter hook input priority filter; policy accept;
        iifname "mgmt" tcp dport 22 drop
    }
"""
"""Sessions that stand are cut as well: nobody comes to the device by what was open before."""
_processes = multiprocessing.get_context("spawn")


@cache
def proofs() -> DeclaredProofs:
    """Made once: no proof looks at a contact."""
    return DeclaredProofs(load_site(ROOT / "inventory"))


@dataclass(frozen=True)
class NeighbourGates:
    """The routers' BGP sessions, asked in a second: where a test is about what the devices and the
    engine do, and not about the gates."""

    lab: Lab

    def watching(self) -> None:
        """Each test watches for itself."""

    def close(self) -> None:
        """Nobody is watched."""

    def judge(self, stage: int, changed: Sequence[str], pending: Sequence[str]) -> GateJudged:
        del changed, pending
        deadline = time.monotonic() + SETTLING_S
        while (missing := [n for n in PAIR if not has_bgp_sessions(self.lab, n)]) and (
            time.monotonic() < deadline
        ):
            time.sleep(0.5)
        checks = tuple(
            GateCheck(gate="verification", subject=name, question="bgp session",
                      verdict=GateVerdict.FAILED)
            for name in missing
        )  # fmt: skip
        return GateJudged(stage=stage, asked=len(PAIR), checks=checks)


@dataclass(frozen=True)
class QuickWork(ChangeWork):
    lab: Lab | None = None

    def gates(self, plan: ChangePlan, network: int | None, number: str = "") -> Gates:
        del plan, network, number
        assert self.lab is not None
        return NeighbourGates(self.lab)


class RouterWork(ChangeWork):
    """Of the devices the routers are asked: it is they who change."""

    def gates(self, plan: ChangePlan, network: int | None, number: str = "") -> Gates:
        del plan
        watch = SeatWatch.of(self.site, self.twin) if self.twin else None
        return SiteGates(self.site, self.settings, network, proofs(), watch, PAIR, number)


def work_in(state_directory: Path, inventory: Path, database_url: str, lab: Lab) -> ChangeWork:
    settings = Settings(
        state_directory=state_directory, inventory=inventory, database_url=database_url
    )
    database = open_database(settings)
    migrate(database.engine)
    return QuickWork(
        load_site(inventory), settings, database, EventBus(), SystemClock(), lab.client, lab
    )


@pytest.fixture
def work(lab: Lab, tmp_path: Path) -> Iterator[ChangeWork]:
    """The declaration with another contact for both routers, which are as before in the end.

    What the test before left has settled: a half is not drained while the other one does not carry
    the traffic again."""
    wait_until_settled(lab)
    inventory = tmp_path / "inventory"
    shutil.copytree(lab.settings.inventory, inventory)
    hosts = inventory / "hosts.yml"
    tags = "asset_tags: {kind: router, vendor_series: NE8000, owner: "
    text = hosts.read_text("utf-8")
    assert text.count(f"{tags}network-team") == 1, "what both routers share"
    hosts.write_text(text.replace(f"{tags}network-team", f"{tags}carrier"), "utf-8")
    url = f"sqlite:///{tmp_path / 'zhishou.sqlite'}"
    made = work_in(lab.settings.state_directory, inventory, url, lab)
    yield made
    made.database.close()
    assert bring(lab, "router").succeeded


def planned(work: ChangeWork, *limit: str, revert_in_s: int = 900) -> str:
    plan = draw_up_plan(work, LI, limit or ("router",), revert_in_s=revert_in_s)
    request = ChangeRequest(plan=plan, reason="值班电话变更", ticket="T-1")
    return approved(work, record_request(work, LI, request))


def approved(work: ChangeWork, number: str) -> str:
    with unit_of_work(work.database, work.bus, work.clock, CHEN) as uow:
        service.approve(uow, number)
    return number


def contacts(lab: Lab) -> dict[str, str]:
    shown = {n: lab.client.execute(n, ["sh", "-c", CONTACT]).stdout.decode() for n in PAIR}
    return {name: text.split()[-1] for name, text in shown.items()}


def read(work: ChangeWork, number: str) -> NetworkChange:
    with work.database.reading() as session:
        return read_change(session, number)


OLD, NEW = "network-team", "carrier"


def test_both_halves_are_changed_and_taken_back(lab: Lab, work: ChangeWork) -> None:
    number = planned(work)
    assert read(work, number).request.plan.stages[0].devices == ("rt-b",)
    assert f"-sysContact {OLD}\n+sysContact {NEW}\n" in read(work, number).request.plan.difference(
        "rt-b").diff  # fmt: skip
    change = carry_out(work, LI, number)
    assert (change.state, change.message) == (ChangeState.CONFIRMED, "new: rt-b, rt-a")
    assert contacts(lab) == dict.fromkeys(PAIR, NEW)
    back = record_request(work, LI, draw_up_rollback(work, LI, number))
    assert carry_out(work, LI, back).state is ChangeState.CONFIRMED
    assert contacts(lab) == dict.fromkeys(PAIR, OLD)


class DoctoredFleet(LinuxFleet):
    """The devices of a site whose template is at fault."""

    doctor: Callable[[str, str], str]

    def rendered(self, devices: Sequence[str]) -> RenderedTrees:
        found = render_devices(self.site, self.settings.state_directory, devices)
        return replace(found, trees=self._doctored(found.trees))

    def _doctored(self, trees: Mapping[str, Tree]) -> dict[str, Tree]:
        return {
            name: replace(
                tree,
                files=tuple(
                    replace(file, content=type(self).doctor(file.path, file.content))
                    for file in tree.files
                ),
            )
            for name, tree in trees.items()
        }


def doctored(work: ChangeWork, change: Callable[[str, str], str]) -> ChangeWork:
    """The same work with a fault in what is rendered, and with the site's gates."""

    class Doctored(DoctoredFleet):
        doctor = staticmethod(change)

    class DoctoredWork(RouterWork):
        def fleet(self, network: int | None, revision: str = "") -> Fleet:
            del revision
            return Doctored(self.site, self.settings, network)

    return DoctoredWork(work.site, work.settings, work.database, work.bus, work.clock, work.twin)


def test_an_area_mismatch_stops_behind_the_first_half_and_loses_nothing(
    lab: Lab, work: ChangeWork
) -> None:
    def mismatch(path: str, content: str) -> str:
        return content.replace("area 0", "area 1") if path == "/etc/frr/frr.conf" else content

    before = lab.client.execute("rt-b", ["vtysh", "-c", "show running-config"]).stdout
    wrong = doctored(work, mismatch)
    with lab.observing("seat-001", PLATFORM) as watched:
        change = carry_out(wrong, LI, planned(wrong))
    assert change.state is ChangeState.ROLLED_BACK, change.message
    assert change.stages[1].state is StageState.WAITING
    assert "ospf neighbour" in change.message
    assert watched.measurement is not None
    assert watched.measurement.lost == 0
    assert lab.client.execute("rt-b", ["vtysh", "-c", "show running-config"]).stdout == before
    assert contacts(lab) == dict.fromkeys(PAIR, OLD)


def test_a_refused_last_line_leaves_frr_as_it_was(lab: Lab, work: ChangeWork) -> None:
    """vtysh takes it and bgpd does not, behind other lines that it did take."""

    def refused(path: str, content: str) -> str:
        if path != "/etc/frr/frr.conf":
            return content
        peer = next(ln for ln in content.splitlines() if ln.startswith(" neighbor ")).split()[1]
        added = f" neighbor {peer} ttl-security hops 3\n neighbor {peer} ebgp-multihop 3\n"
        head, bgp, tail = content.partition("router bgp")
        first, rest = tail.split("\n", 1)
        return f"{head}{bgp}{first}\n timers bgp 2 6\n{added}{rest}"

    before = lab.client.execute("rt-b", ["vtysh", "-c", "show running-config"]).stdout
    wrong = doctored(work, refused)
    change = carry_out(wrong, LI, planned(wrong, "rt-b"))
    assert change.state is ChangeState.ROLLED_BACK, change.message
    assert lab.client.execute("rt-b", ["vtysh", "-c", "show running-config"]).stdout == before


def test_a_broken_partner_keeps_every_device_untouched(lab: Lab, work: ChangeWork) -> None:
    number = planned(work)
    lab.client.cut("rt-b--egov")
    change = carry_out(work, LI, number)
    lab.client.heal("rt-b--egov")
    assert (change.state, change.has_touched) == (ChangeState.CANCELLED, False)
    assert "bgp session" in change.message
    lab.wait_until_reached("seat-001", PLATFORM)


def test_no_room_for_ansibles_own_files_touches_no_device(lab: Lab, work: ChangeWork) -> None:
    number = planned(work)
    with full_disk(lab.settings.state_directory / "deploy"):
        change = carry_out(work, LI, number)
    assert change.state is ChangeState.ROLLED_BACK, change.message
    assert "No space left" in change.message
    assert change.places == dict.fromkeys(PAIR, Place.OLD)
    assert contacts(lab) == dict.fromkeys(PAIR, OLD)


def test_no_room_for_backups_is_said_and_keeps_no_change_away(lab: Lab, work: ChangeWork) -> None:
    number = planned(work, "rt-b")
    taking = DeploymentWork(work.site, work.settings, work.database, work.bus, work.clock)
    shells = RemoteShells(work.settings, lab.network)
    with full_disk(lab.settings.state_directory / BACKUPS):
        with pytest.raises((OSError, DomainError)):
            take_backup(taking, shells, LI, BackupOrder(BackupCause.REQUEST, ("rt-b",)))
        change = carry_out(work, LI, number)
    assert change.state is ChangeState.CONFIRMED, change.message
    assert contacts(lab)["rt-b"] == NEW


def carry_until(
    directory: Path, inventory: Path, url: str, lab: Lab, number: str, word: str, again: bool
) -> None:
    """The controller: ends itself, without any clean-up, when the change gets so far."""
    work = work_in(directory, inventory, url, lab)

    def on_step(_happened: str, happening: Happening) -> None:
        if isinstance(happening, StageReached) and f"{happening.stage}:{happening.state}" == word:
            os.kill(os.getpid(), signal.SIGKILL)

    carry_out(work, LI, number, again=again, on_step=on_step)


def killed_controller(work: ChangeWork, lab: Lab, number: str, word: str, *, again: bool) -> None:
    url = str(work.settings.database_url)
    given = (lab.settings.state_directory, work.settings.inventory, url, lab, number, word, again)
    controller = _processes.Process(target=carry_until, args=given)
    controller.start()
    controller.join()
    assert controller.exitcode == -signal.SIGKILL


def test_another_controller_takes_back_what_one_was_killed_over(lab: Lab, work: ChangeWork) -> None:
    number = planned(work, "rt-b")
    killed_controller(work, lab, number, "0:loading", again=False)
    change = carry_out(work, LI, number, again=True)
    assert change.state is ChangeState.ROLLED_BACK, change.message
    assert contacts(lab) == dict.fromkeys(PAIR, OLD)


def test_other_controllers_go_on_behind_the_load_and_between_the_halves(
    lab: Lab, work: ChangeWork
) -> None:
    number = planned(work)
    killed_controller(work, lab, number, "0:gating", again=False)
    killed_controller(work, lab, number, "0:confirmed", again=True)
    assert contacts(lab) == {"rt-b": NEW, "rt-a": OLD}
    change = carry_out(work, LI, number, again=True)
    assert change.state is ChangeState.CONFIRMED, change.message
    assert contacts(lab) == dict.fromkeys(PAIR, NEW)


def test_lost_management_ends_with_what_was_before(lab: Lab, work: ChangeWork) -> None:
    """The trial cuts its own management; the device comes back by itself."""

    def deaf(_path: str, content: str) -> str:
        return content.replace(FORWARDING, DEAF + FORWARDING, 1)

    wrong = doctored(work, deaf)
    number = planned(wrong, "rt-b", revert_in_s=20)
    began = time.monotonic()
    change = carry_out(wrong, LI, number)
    assert change.places == {"rt-b": Place.OLD}, change.message
    assert change.state is ChangeState.ROLLED_BACK
    assert time.monotonic() - began >= 20, change.message  # by its timer, and not called off
