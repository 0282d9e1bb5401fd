"""A secret that alone is declared otherwise: planned, applied, taken back, and shown nowhere."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import select

from device_configs.changes import service
from device_configs.changes.carrying import (
    carry_out,
    draw_up_plan,
    draw_up_rollback,
    record_request,
)
from device_configs.changes.model import ChangeRequest
from device_configs.changes.report import change_json, show_plan
from device_configs.changes.states import ChangeState
from device_configs.compliance.drift import DriftState
from device_configs.compliance.service import check_drift
from device_configs.compliance.store import read_drift
from device_configs.deploy.remote import RemoteShells
from device_configs.deploy.work import DeploymentWork
from device_configs.emulator.devices import Devices
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.tables import AuditEntryRow, EventRow
from tests.device_configs.changes.vendor_site import (
    CANARY,
    CHEN,
    LI,
    QuietFleet,
    VendorWork,
    changed,
    mixed,
    secrets_of,
    specs_of,
    standing_in,
    work_in,
)
from tests.device_configs.compliance.test_boxes import Boxes
from tests.device_configs.render.changes import CHANGES, sites_of
from tests.migrated import migrated_database

NAMES = ("rt-a", "rt-b", "core-a", "core-b")
"""VRP 8 and Comware 7."""
SEALED = re.compile(r"%\^%#\S+%\^%#|\$[ch]\$\d\$\S+")
NEW = {"snmp_community": f"{CANARY}-other", "snmp_priv_password": f"{CANARY}-other-priv"}


@dataclass(frozen=True)
class Stand:
    work: VendorWork
    devices: Devices

    def declare(self, **values: str) -> None:
        """Other secrets in the file of the installation."""
        secrets = secrets_of(self.work.site).model_copy(update=values)
        (self.directory / "secrets.json").write_text(secrets.model_dump_json())

    @property
    def directory(self) -> Path:
        return self.work.settings.state_directory

    def sealed(self, name: str) -> list[str]:
        """What the box shows in the place of its secrets."""
        return SEALED.findall(self.devices[name].running_text())

    def drift(self) -> dict[str, DriftState]:
        work = self.work
        asked = DeploymentWork(work.site, work.settings, work.database, work.bus, work.clock)
        found = check_drift(asked, RemoteShells(work.settings, None), LI, NAMES)
        return {one.device: one.state for one in found}

    def on_record(self) -> str:
        """All that is kept of changes and drift, but for the files that have to hold secrets."""
        with self.work.database.reading() as session:
            rows = [repr(read_drift(session))]
            rows += [str(row.payload) for row in session.scalars(select(EventRow))]
            rows += [str(row.detail) for row in session.scalars(select(AuditEntryRow))]
        files = self.directory.glob("changes/secret-marks/*")
        return "\n".join((*rows, *(file.read_text() for file in files)))


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    """Boxes that have everything but their SNMP, as before they were ever configured from here."""
    site, _ = sites_of(mixed(next(iter(CHANGES))), tmp_path / "sites")
    specs = [
        replace(spec, text="".join(
            line for line in spec.text.splitlines(keepends=True)
            if not line.startswith("snmp-agent")
        ))
        for spec in specs_of(site, NAMES)
    ]  # fmt: skip
    database = migrated_database(tmp_path / "record.sqlite")
    with standing_in(tmp_path, specs) as devices:
        yield Stand(work_in(tmp_path, site, database, linux=QuietFleet(frozenset())), devices)
    database.close()


def test_a_secret_that_alone_is_declared_otherwise_is_set_and_taken_back(
    stand: Stand, capfd: pytest.CaptureFixture[str]
) -> None:
    first = changed(stand.work, *NAMES)
    assert first.state is ChangeState.CONFIRMED, first.message
    assert draw_up_plan(stand.work, LI, NAMES, revert_in_s=180).stages == ()
    assert set(stand.drift().values()) == {DriftState.EQUAL}
    former = {name: stand.sealed(name) for name in NAMES}

    stand.declare(**NEW)
    plan = draw_up_plan(stand.work, LI, NAMES, revert_in_s=180)
    assert set(plan.devices) == set(NAMES)
    for name in NAMES:
        assert "! a secret changes: snmp-agent usm-user v3 zhishou " in plan.difference(name).diff
    assert set(stand.drift().values()) == {DriftState.DRIFTED}

    second = changed(stand.work, *NAMES)
    assert second.state is ChangeState.CONFIRMED, second.message
    for name in NAMES:
        device = stand.devices[name]
        assert len(stand.sealed(name)) == len(former[name])
        assert set(stand.sealed(name)) != set(former[name])
        assert device.saved_text() == device.running_text()
    assert draw_up_plan(stand.work, LI, NAMES, revert_in_s=180).stages == ()
    assert set(stand.drift().values()) == {DriftState.EQUAL}

    number = record_request(stand.work, LI, draw_up_rollback(stand.work, LI, second.number))
    back = carry_out(stand.work, LI, number)
    assert back.state is ChangeState.CONFIRMED, back.message
    assert {name: stand.sealed(name) for name in NAMES} == former
    assert set(draw_up_plan(stand.work, LI, NAMES, revert_in_s=180).devices) == set(NAMES)
    shown = [capfd.readouterr(), change_json(first), change_json(second), change_json(back), plan]
    assert CANARY not in stand.on_record() + repr(shown)


@pytest.fixture
def inherited(tmp_path: Path) -> Iterator[Stand]:
    """Boxes that somebody else configured wholly: nothing was ever set from here."""
    site, _ = sites_of(mixed(next(iter(CHANGES))), tmp_path / "sites")
    database = migrated_database(tmp_path / "record.sqlite")
    with standing_in(tmp_path, specs_of(site, NAMES)) as devices:
        yield Stand(work_in(tmp_path, site, database, linux=QuietFleet(frozenset())), devices)
    database.close()


def test_secrets_that_were_never_set_from_here_are_unknown_and_are_set_where_asked_for(
    inherited: Stand, capsys: pytest.CaptureFixture[str]
) -> None:
    stand, work = inherited, inherited.work
    plan = draw_up_plan(work, LI, NAMES, revert_in_s=180)
    assert (plan.stages, plan.unchanged, set(plan.unknown)) == ((), (), set(NAMES))
    assert any("snmp-agent usm-user v3 zhishou" in line for line in plan.unknown["rt-a"])
    show_plan(plan)
    assert "0 are as intended, 4 unknown in secrets" in capsys.readouterr().out

    asked = draw_up_plan(work, LI, NAMES, revert_in_s=180, sets_unknown=True)
    assert (set(asked.devices), asked.unknown) == (set(NAMES), {})
    assert "it is set: snmp-agent usm-user v3 zhishou" in asked.difference("rt-a").diff
    number = record_request(work, LI, ChangeRequest(plan=asked, reason="ours from now on"))
    with unit_of_work(work.database, work.bus, work.clock, CHEN) as uow:
        service.approve(uow, number)
    done = carry_out(work, LI, number)
    assert done.state is ChangeState.CONFIRMED, done.message
    after = draw_up_plan(work, LI, NAMES, revert_in_s=180)
    assert (after.stages, after.unknown, set(after.unchanged)) == ((), {}, set(NAMES))
    show_plan(asked)
    shown = [capsys.readouterr(), change_json(done), plan, asked]
    assert CANARY not in stand.on_record() + repr(shown)


def test_a_secret_that_somebody_set_on_the_box_is_drift_and_is_set_again(stand: Stand) -> None:
    changed(stand.work, *NAMES)
    shells = RemoteShells(stand.work.settings, None)
    typing = Boxes(stand.work, shells, stand.devices)  # type: ignore[arg-type]
    typing.type("rt-a", f"snmp-agent usm-user v3 zhishou privacy-mode aes128 cipher {CANARY}-hand")
    assert stand.drift() == dict.fromkeys(NAMES, DriftState.EQUAL) | {"rt-a": DriftState.DRIFTED}
    mended = changed(stand.work, *NAMES)
    assert mended.state is ChangeState.CONFIRMED, mended.message
    assert mended.request.plan.devices == ("rt-a",)
    assert set(stand.drift().values()) == {DriftState.EQUAL}
    assert CANARY not in stand.on_record()
