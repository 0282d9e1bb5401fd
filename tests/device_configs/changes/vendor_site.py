"""A site of Linux devices and vendor boxes, the boxes emulated behind real SSH."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from device_configs.changes import service
from device_configs.changes.box_logins import StandIn, write_stand_ins
from device_configs.changes.carrying import ChangeWork, carry_out, draw_up_plan, record_request
from device_configs.changes.engine import Draining, Gates, NoDraining
from device_configs.changes.fleet import (
    ChangeTrial,
    Fleet,
    MixedFleet,
    OnAnswer,
    StepAnswer,
    no_progress,
)
from device_configs.changes.happenings import GateCheck, GateJudged
from device_configs.changes.history import NetworkChange
from device_configs.changes.methods import methods_of
from device_configs.changes.model import ChangeMethod, ChangePlan, ChangeRequest, DeviceDifference
from device_configs.changes.states import Place
from device_configs.changes.vendor import VendorFleet, vendor_fleet
from device_configs.emulator.devices import BoxSpec, Devices, running_devices
from device_configs.emulator.kinds import kind_of
from device_configs.render.families import load_family, render_vendor
from device_configs.render.secrets import Secrets
from device_configs.render_cli import marked_secrets
from device_configs.site import Site
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.events import EventBus
from ops_core.kernel.permissions import Actor, Role
from ops_core.kernel.settings import Settings
from tests.device_configs.render.changes import Change, Edit

LI = Actor.user("li.ming", [Role.NETWORK_ENGINEER])
WANG = Actor.user("wang.fang", [Role.NETWORK_ENGINEER])
CHEN = Actor.user("chen.jie", [Role.SUPERVISOR])
HUAWEI = ("rt-a", "rt-b", "fwi-a", "fwi-b")
H3C = ("core-a", "core-b")
BOXES = (*HUAWEI, *H3C)
CANARY = "canary-91c4"
ANSWER_S = 5


def mixed(change: Change) -> Change:
    """The change at a site whose routers and firewalls are Huawei's and whose cores are H3C's."""
    platforms = [(n, "huawei_vrp") for n in HUAWEI] + [(n, "h3c_comware") for n in H3C]
    before = tuple(
        Edit("hosts.yml", f"        {name}:\n", f"        {name}:\n          platform: {family}\n")
        for name, family in platforms
    )
    return replace(change, before=(*before, *change.before))


def secrets_of(site: Site) -> Secrets:
    """Every secret is a canary: it is shown nowhere."""
    canaries = {
        "snmp_community": f"{CANARY}-community",
        "snmp_auth_password": f"{CANARY}-auth",
        "snmp_priv_password": f"{CANARY}-priv",
    }
    return marked_secrets(site).model_copy(update=canaries)


def specs_of(site: Site, names: Collection[str] = BOXES) -> list[BoxSpec]:
    """The boxes as they are before the change; of a pair of firewalls the half A is active."""
    found = []
    for name in names:
        device = site.devices[name]
        family = load_family(device.platform)
        kind = kind_of(device.platform, family.boxes[device.role.name].platform)
        text = render_vendor(site, secrets_of(site), name, device.platform)
        if device.role.hot_standby and name.endswith("-b"):
            found.append(BoxSpec(name, kind.name, text, peer=device.partner, active=False))
        else:
            found.append(BoxSpec(name, kind.name, text))
    return found


@dataclass
class QuietFleet:
    """Linux devices in memory, as the engine asks them; what they do is tested with real ones."""

    differing: frozenset[str]
    places: dict[str, Place] = field(default_factory=dict)

    def compare(
        self, devices: Sequence[str], former: Mapping[str, str]
    ) -> Mapping[str, DeviceDifference]:
        del former
        return {
            name: DeviceDifference(device=name, diff="+x\n", running="old",
                                   intended="new" if name in self.differing else "old")
            for name in devices
        }  # fmt: skip

    def load(
        self, devices: Sequence[str], trial: ChangeTrial, on_answer: OnAnswer = no_progress
    ) -> Mapping[str, StepAnswer]:
        del trial
        return self._all(devices, Place.TRIAL, on_answer)

    def ask(
        self, devices: Sequence[str], trial: ChangeTrial, on_answer: OnAnswer = no_progress
    ) -> Mapping[str, StepAnswer]:
        del trial, on_answer
        return {name: StepAnswer(self.places.get(name, Place.OLD)) for name in devices}

    def confirm(
        self, devices: Sequence[str], trial: ChangeTrial, on_answer: OnAnswer = no_progress
    ) -> Mapping[str, StepAnswer]:
        del trial
        return self._all(devices, Place.NEW, on_answer)

    def revert(
        self, devices: Sequence[str], trial: ChangeTrial, on_answer: OnAnswer = no_progress
    ) -> Mapping[str, StepAnswer]:
        del trial
        return self._all(devices, Place.OLD, on_answer)

    def check(self, devices: Sequence[str], changed: Collection[str]) -> list[GateCheck]:
        del devices, changed
        return []

    def close(self) -> None:
        pass

    def _all(
        self, devices: Sequence[str], place: Place, on_answer: OnAnswer
    ) -> Mapping[str, StepAnswer]:
        for name in devices:
            self.places[name] = place
            on_answer(name, StepAnswer(place))
        return {name: StepAnswer(place) for name in devices}


class BoxesAreAsked:
    """Gates of which the boxes' own word is the whole."""

    def watching(self) -> None:
        pass

    def close(self) -> None:
        pass

    def judge(self, stage: int, changed: Sequence[str], pending: Sequence[str]) -> GateJudged:
        del changed, pending
        return GateJudged(stage=stage, asked=0)


@dataclass(frozen=True)
class VendorWork(ChangeWork):
    """The whole way of a change, with its own gates and without a twin around it."""

    linux: QuietFleet = field(default_factory=lambda: QuietFleet(frozenset()))
    answer_s: float = ANSWER_S
    workers: int = 16
    texts: Mapping[str, str] = field(default_factory=dict)
    """What boxes are to have, where it is not what the declaration is rendered to."""

    def draining(self, number: str, plan: ChangePlan, network: int | None) -> Draining:
        del number, plan, network
        return NoDraining()

    def gates(self, plan: ChangePlan, network: int | None, number: str = "") -> Gates:
        del plan, network, number
        return BoxesAreAsked()

    def boxes(self) -> VendorFleet:
        fleet = vendor_fleet(self.site, self.settings, None, sets_unknown=self.sets_unknown)
        fleet.sessions.answer_s = self.answer_s
        fleet.workers = self.workers
        fleet.texts |= self.texts
        return fleet

    def fleet(self, network: int | None, revision: str = "") -> Fleet:
        del network, revision
        fleets: dict[ChangeMethod, Fleet] = {
            ChangeMethod.LINUX: self.linux, ChangeMethod.NAPALM: self.boxes()
        }  # fmt: skip
        return MixedFleet(fleets, methods_of(self.site.deployed))


def work_in(directory: Path, site: Site, database: Database, **more: object) -> VendorWork:
    """The directory is that of an installation: with secrets, and with stand-ins of the boxes."""
    settings = Settings(state_directory=directory)
    (directory / "secrets.json").write_text(secrets_of(site).model_dump_json())
    work = VendorWork(site, settings, database, EventBus(), SystemClock(), None)
    return replace(work, **more)  # type: ignore[arg-type]


@contextmanager
def standing_in(directory: Path, specs: Sequence[BoxSpec]) -> Iterator[Devices]:
    """Run boxes, and have the installation reach them in the place of the declared ones."""
    with running_devices(specs) as devices:
        boxes = {
            name: StandIn(host=one.host, port=one.port, user=one.user, password=one.password)
            for name, one in devices.items()
        }
        write_stand_ins(directory, boxes)
        yield devices


def planned(work: ChangeWork, *limit: str, revert_in_s: int = 180) -> str:
    """The number of a change that a second person has approved."""
    plan = draw_up_plan(work, LI, limit, revert_in_s=revert_in_s)
    number = record_request(work, LI, ChangeRequest(plan=plan, reason="test"))
    with unit_of_work(work.database, work.bus, work.clock, CHEN) as uow:
        service.approve(uow, number)
    return number


def changed(work: ChangeWork, *limit: str, revert_in_s: int = 180) -> NetworkChange:
    """Plan, approve and carry out."""
    return carry_out(work, LI, planned(work, *limit, revert_in_s=revert_in_s))
