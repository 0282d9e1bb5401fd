"""Arista EOS boxes changed by the engine, over real SSH: each ends old or new."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import select

from device_configs.changes.box_logins import StandIn, write_stand_ins
from device_configs.changes.carrying import (
    carry_out,
    draw_up_plan,
    draw_up_rollback,
    record_request,
)
from device_configs.changes.happenings import Happening, StageReached
from device_configs.changes.report import change_json, show_plan
from device_configs.changes.states import ChangeState, StageState
from device_configs.changes.text_targets import WHOLE
from device_configs.compliance.drift import DriftState
from device_configs.compliance.rules_service import check_rules
from device_configs.compliance.service import check_drift
from device_configs.compliance.store import read_drift
from device_configs.deploy.remote import RemoteShells
from device_configs.deploy.work import DeploymentWork
from device_configs.drivers.revert_class import RevertClass
from device_configs.emulator.eos.configuration import read_lines, shown_lines
from device_configs.emulator.eos.running import EosBoxes, running_eos_boxes
from device_configs.emulator.eos.switch import ConfigureSession
from device_configs.render.families import render_vendor
from device_configs.site import Site
from ops_core.kernel.errors import Conflict
from ops_core.kernel.tables import AuditEntryRow, EventRow
from tests.device_configs.changes.vendor_site import (
    CANARY,
    LI,
    QuietFleet,
    VendorWork,
    planned,
    secrets_of,
    work_in,
)
from tests.device_configs.render.changes import CHANGES, Change, Edit, sites_of
from tests.migrated import migrated_database

ROUTERS, CORES = ("rt-a", "rt-b"), ("core-a", "core-b")
BOXES = (*ROUTERS, *CORES)
WANTED = ("a network of seats on a new access switch", "a circuit shared otherwise")


class ControllerKilledError(Exception):
    """Stands for the end of the process."""


@dataclass(frozen=True)
class Stand:
    """An installation that reaches emulated boxes, which are as the old declaration has them."""

    work: VendorWork
    boxes: EosBoxes
    old: Site

    def text_of(self, site: Site, name: str) -> str:
        text = render_vendor(site, secrets_of(site), name, "arista_eos")
        return "".join(f"{line}\n" for line in shown_lines(read_lines(text.splitlines())))

    def content(self, name: str) -> str:
        known: Mapping[str, str] = {
            self.text_of(self.old, name): "old", self.text_of(self.work.site, name): "new"
        }  # fmt: skip
        return known.get(self.boxes[name].running_text(), "mixed")

    def contents(self, *names: str) -> set[str]:
        return {self.content(name) for name in names}

    def asked(self) -> DeploymentWork:
        work = self.work
        return DeploymentWork(work.site, work.settings, work.database, work.bus, work.clock)

    def problems_of_rules(self) -> set[str]:
        """Why the rules could not be held against what boxes run."""
        shells = RemoteShells(self.work.settings, None)
        return {one.problem for one in check_rules(self.asked(), shells, LI, BOXES)}

    def drift(self) -> dict[str, DriftState]:
        shells = RemoteShells(self.work.settings, None)
        found = check_drift(self.asked(), shells, LI, BOXES)
        return {one.device: one.state for one in found}


@pytest.fixture(scope="module")
def declared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Site, Site]:
    known = {change.name: change for change in CHANGES}
    before = tuple(
        Edit("hosts.yml", f"        {n}:\n", f"        {n}:\n          platform: arista_eos\n")
        for n in BOXES
    )
    edits = tuple(edit for name in WANTED for edit in known[name].edits)
    return sites_of(Change("all", edits, before), tmp_path_factory.mktemp("declared"))


@pytest.fixture
def stand(declared: tuple[Site, Site], tmp_path: Path) -> Iterator[Stand]:
    old, new = declared
    database = migrated_database(tmp_path / "record.sqlite")
    texts = {n: render_vendor(old, secrets_of(old), n, "arista_eos") for n in BOXES}
    with running_eos_boxes(texts) as boxes:
        write_stand_ins(
            tmp_path,
            {
                name: StandIn(host=one.host, port=one.port, user=one.user, password=one.password)
                for name, one in boxes.boxes.items()
            },
        )
        work = work_in(tmp_path, new, database, linux=QuietFleet(frozenset()), answer_s=30)
        yield Stand(work, boxes, old)
    database.close()


def test_boxes_are_planned_changed_and_taken_back(
    stand: Stand, capsys: pytest.CaptureFixture[str]
) -> None:
    assert stand.contents(*BOXES) == {"old"}
    assert set(stand.drift().values()) == {DriftState.DRIFTED}
    plan = draw_up_plan(stand.work, LI, BOXES, revert_in_s=180)
    assert {plan.difference(name).revert for name in BOXES} == {RevertClass.NATIVE}
    assert "+vlan 17" in plan.difference("core-a").diff.replace(" ", "").replace("vlan", "vlan ")
    assert WHOLE in plan.difference("rt-a").diff
    change = carry_out(stand.work, LI, planned(stand.work, *BOXES))
    assert change.state is ChangeState.CONFIRMED, change.message
    assert stand.contents(*BOXES) == {"new"}
    for name in BOXES:
        assert stand.boxes[name].saved_text() == stand.boxes[name].running_text()
    assert draw_up_plan(stand.work, LI, BOXES, revert_in_s=180).stages == ()
    assert set(stand.drift().values()) == {DriftState.EQUAL}
    assert stand.problems_of_rules() == {""}

    back = record_request(stand.work, LI, draw_up_rollback(stand.work, LI, change.number))
    undone = carry_out(stand.work, LI, back)
    assert undone.state is ChangeState.CONFIRMED, undone.message
    assert stand.contents(*BOXES) == {"old"}
    show_plan(plan, change.number)
    with stand.work.database.reading() as session:
        rows = [repr(read_drift(session))]
        rows += [str(row.payload) for row in session.scalars(select(EventRow))]
        rows += [str(row.detail) for row in session.scalars(select(AuditEntryRow))]
    shown = [capsys.readouterr().out, str(change_json(change)), str(plan), *rows]
    assert not [text for text in shown if CANARY in text]


def test_a_secret_that_alone_is_declared_otherwise_is_seen_by_the_box_itself(stand: Stand) -> None:
    work = replace(stand.work, site=stand.old)
    assert draw_up_plan(work, LI, BOXES, revert_in_s=180).stages == ()
    secrets = secrets_of(stand.old).model_copy(update={"snmp_priv_password": f"{CANARY}-other"})
    (work.settings.state_directory / "secrets.json").write_text(secrets.model_dump_json())
    plan = draw_up_plan(work, LI, BOXES, revert_in_s=180)
    assert set(plan.devices) == set(BOXES)
    assert "priv aes ****" in plan.difference("rt-a").diff
    assert CANARY not in str(plan)
    change = carry_out(work, LI, planned(work, *BOXES))
    assert change.state is ChangeState.CONFIRMED, change.message
    assert draw_up_plan(work, LI, BOXES, revert_in_s=180).stages == ()


def test_a_box_that_refuses_a_line_ends_old_and_so_does_its_half(stand: Stand) -> None:
    number = planned(stand.work, *ROUTERS)
    stand.boxes["rt-b"].box.refuse = "^bandwidth percent"
    change = carry_out(stand.work, LI, number)
    assert change.state is not ChangeState.CONFIRMED
    assert stand.contents(*ROUTERS) == {"old"}


def test_a_controller_killed_behind_the_load_is_resumed(stand: Stand) -> None:
    number = planned(stand.work, *ROUTERS)

    def kill(_number: str, happening: Happening) -> None:
        if isinstance(happening, StageReached) and happening.state is StageState.GATING:
            raise ControllerKilledError

    with pytest.raises(ControllerKilledError):
        carry_out(stand.work, LI, number, on_step=kill)
    assert stand.content("rt-b") == "new"
    change = carry_out(stand.work, LI, number, again=True)
    assert change.state is ChangeState.CONFIRMED, change.message
    assert stand.contents(*ROUTERS) == {"new"}


def test_a_controller_that_never_comes_back_leaves_the_boxes_as_they_were(stand: Stand) -> None:
    number = planned(stand.work, *ROUTERS)

    def kill(_number: str, happening: Happening) -> None:
        if isinstance(happening, StageReached) and happening.state is StageState.GATING:
            raise ControllerKilledError

    with pytest.raises(ControllerKilledError):
        carry_out(stand.work, LI, number, on_step=kill)
    stand.boxes.advance(600)
    assert stand.contents(*ROUTERS) == {"old"}
    change = carry_out(stand.work, LI, number, again=True)
    assert change.state is ChangeState.ROLLED_BACK, change.message


def test_a_box_that_somebody_else_configures_is_not_planned_around(stand: Stand) -> None:
    box = stand.boxes["rt-a"].box
    box.sessions["li-ming"] = ConfigureSession(box.running.copied())
    with pytest.raises(Conflict) as refusal:
        draw_up_plan(stand.work, LI, ROUTERS, revert_in_s=180)
    assert "rt-a" in refusal.value.detail
