"""Vendor boxes over real SSH (emulated): drift and rules, with who changed them, and no secret."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from device_configs.changes.box_logins import BoxLogin
from device_configs.changes.box_sessions import BoxSessions
from device_configs.compliance.box_readings import RUNNING, last_committer
from device_configs.compliance.drift import DriftState
from device_configs.compliance.rules_service import check_rules
from device_configs.compliance.rules_store import read_rules_checks
from device_configs.compliance.service import check_drift
from device_configs.compliance.store import read_drift
from device_configs.deploy.remote import RemoteShells
from device_configs.deploy.work import DeploymentWork
from device_configs.emulator.devices import Devices
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.events import EventBus
from ops_core.kernel.settings import Settings
from ops_core.kernel.tables import AuditEntryRow, EventRow
from tests.device_configs.changes.vendor_site import (
    CANARY,
    LI,
    mixed,
    secrets_of,
    specs_of,
    standing_in,
)
from tests.device_configs.render.changes import CHANGES, sites_of
from tests.migrated import migrated_database

NAMES = ("rt-a", "fwi-a", "core-a")
"""VRP 8, USG, and Comware 7."""


@dataclass(frozen=True)
class Boxes:
    work: DeploymentWork
    shells: RemoteShells
    devices: Devices

    def type(self, name: str, *lines: str) -> None:
        """Somebody at the box changes it by hand."""
        one = self.devices[name]
        logins = {name: BoxLogin(one.host, one.port, one.user, one.password)}
        families = {name: self.work.site.devices[name].platform}
        sessions = BoxSessions(families, logins)
        with sessions.session(name) as driver:
            driver.load_merge_candidate(config="\n".join(lines))
            driver.commit_config()
        sessions.close()


@pytest.fixture
def boxes(tmp_path: Path) -> Iterator[Boxes]:
    change = mixed(next(iter(CHANGES)))
    site, _ = sites_of(change, tmp_path / "sites")
    (tmp_path / "secrets.json").write_text(secrets_of(site).model_dump_json())
    settings = Settings(state_directory=tmp_path)
    database = migrated_database(tmp_path / "record.sqlite")
    with standing_in(tmp_path, specs_of(site, NAMES)) as devices:
        work = DeploymentWork(site, settings, database, EventBus(), SystemClock())
        yield Boxes(work, RemoteShells(settings, None), devices)
    database.close()


def test_a_box_that_was_changed_by_hand_has_drifted_and_says_who_committed(boxes: Boxes) -> None:
    quiet = check_drift(boxes.work, boxes.shells, LI, NAMES)
    for one in quiet:
        assert (one.state, one.problem, one.differences) == (DriftState.EQUAL, "", ()), one.device
    boxes.type(
        "rt-a",
        *(f"undo info-center loghost 10.255.0.{n} vpn-instance management" for n in (41, 42)),
        f"snmp-agent community read cipher {CANARY}-hand",
    )
    boxes.type("core-a", "telnet server enable", "local-user intruder class manage",
               f" password simple {CANARY}-Hand1", " service-type telnet")  # fmt: skip
    found = {one.device: one for one in check_drift(boxes.work, boxes.shells, LI, NAMES)}
    assert found["rt-a"].state is found["core-a"].state is DriftState.DRIFTED
    assert found["fwi-a"].state is DriftState.EQUAL
    (difference,) = found["rt-a"].differences
    assert difference.what == RUNNING
    assert "info-center loghost 10.255.0.41" in difference.text
    assert found["rt-a"].author.startswith("admin ")
    assert "intruder" in found["core-a"].differences[0].text

    rules = {one.device: one for one in check_rules(boxes.work, boxes.shells, LI, NAMES)}
    assert [one.problem for one in rules.values()] == ["", "", ""]
    assert {place.rule for place in rules["rt-a"].places} >= {"logs-leave-the-device"}
    assert {place.rule for place in rules["core-a"].places} >= {"telnet-off"}
    assert rules["fwi-a"].places == ()
    with boxes.work.database.reading() as session:
        kept = [read_drift(session), read_rules_checks(session)]
        kept += [row.payload for row in session.scalars(select(EventRow))]
        kept += [row.detail for row in session.scalars(select(AuditEntryRow))]
    assert CANARY not in repr(kept)


def test_a_box_that_is_not_reached_is_unknown_and_leaves_the_others(boxes: Boxes) -> None:
    check_drift(boxes.work, boxes.shells, LI, NAMES)
    gone = boxes.work.settings.state_directory / "vendor/stand-ins.json"
    text = gone.read_text()
    gone.write_text(text.replace(f'"port": {boxes.devices["rt-a"].port}', '"port": 1'))
    found = {one.device: one for one in check_drift(boxes.work, boxes.shells, LI, NAMES)}
    assert found["rt-a"].state is DriftState.UNKNOWN
    assert found["rt-a"].problem
    assert found["core-a"].state is DriftState.EQUAL
    rules = {one.device: one for one in check_rules(boxes.work, boxes.shells, LI, NAMES)}
    assert rules["rt-a"].problem
    assert not rules["core-a"].problem
    gone.write_text("{")
    broken = check_drift(boxes.work, boxes.shells, LI, NAMES)
    assert {one.state for one in broken} == {DriftState.UNKNOWN}


def test_the_newest_commit_names_who_made_it() -> None:
    listed = (
        "1) CommitId: 1000000007\n   Label: -\n   User: li.ming\n   User-Intf: VTY 0\n"
        "   Type: CLI\n   TimeStamp: 2026-11-29 12:00:00+00:00\n   Description: \n"
        "2) CommitId: 1000000006\n   Label: -\n   User: wang\n   User-Intf: VTY 0\n"
        "   Type: CLI\n   TimeStamp: 2026-11-28 12:00:00+00:00\n   Description: \n"
    )
    assert last_committer(listed) == "li.ming 2026-11-29 12:00:00+00:00"
    assert last_committer("Error: Unrecognized command found at '^' position.") == ""
