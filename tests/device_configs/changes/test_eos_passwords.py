"""Break-glass passwords on EOS boxes, which keep them as hashes under salts of their own."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from device_configs.changes.box_logins import StandIn, write_stand_ins
from device_configs.changes.carrying import (
    carry_out,
    draw_up_plan,
    draw_up_rollback,
    record_request,
)
from device_configs.changes.eos_passwords import with_hashed_passwords
from device_configs.changes.kept_marks import FOLDER, KeptMarks
from device_configs.changes.kept_trials import FOLDER as KEPT
from device_configs.changes.report import change_json
from device_configs.changes.states import ChangeState
from device_configs.compliance.drift import DriftState
from device_configs.compliance.service import check_drift
from device_configs.compliance.store import read_drift
from device_configs.deploy.remote import RemoteShells
from device_configs.deploy.work import DeploymentWork
from device_configs.emulator.eos.configuration import read_lines, shown_lines
from device_configs.emulator.eos.running import EosBoxes, running_eos_boxes
from device_configs.render.families import render_vendor
from device_configs.render.secrets import SECRET_WORD, Secrets
from device_configs.site import Site
from ops_core.kernel.sha512_crypt import is_hash_of, sha512_crypt
from ops_core.kernel.tables import AuditEntryRow, EventRow
from tests.device_configs.changes.vendor_site import (
    LI,
    QuietFleet,
    VendorWork,
    planned,
    secrets_of,
    work_in,
)
from tests.device_configs.render.changes import GUARDING, Change, Edit, sites_of
from tests.migrated import migrated_database

BOXES = ("rt-a", "rt-b")
PASSWORD, OTHER = "canary-Password-1", "canary-Password-2"
ACCOUNT = "username emergency privilege 15 role network-admin secret"
SALT = bytes(range(32))
passwords = st.from_regex(SECRET_WORD, fullmatch=True).filter(lambda word: len(word) >= 8)


@dataclass(frozen=True)
class Stand:
    """An installation, and boxes that were given its declaration by hand."""

    work: VendorWork
    boxes: EosBoxes

    def declare(self, password: str) -> None:
        secrets = with_password(secrets_of(self.work.site), password)
        path = self.work.settings.state_directory / "secrets.json"
        path.write_text(secrets.model_dump_json())

    def changing(self) -> set[str]:
        return set(draw_up_plan(self.work, LI, BOXES, revert_in_s=180).devices)

    def hash_of(self, name: str) -> str:
        (line,) = [one for one in self.boxes[name].running_text().splitlines()
                   if one.startswith(ACCOUNT)]  # fmt: skip
        return line.removeprefix(f"{ACCOUNT} sha512 ")

    def drift(self) -> set[DriftState]:
        work = self.work
        asked = DeploymentWork(work.site, work.settings, work.database, work.bus, work.clock)
        shells = RemoteShells(work.settings, None)
        return {one.state for one in check_drift(asked, shells, LI, BOXES)}

    def recorded(self) -> str:
        with self.work.database.reading() as session:
            rows = [repr(read_drift(session))]
            rows += [str(row.payload) for row in session.scalars(select(EventRow))]
            rows += [str(row.detail) for row in session.scalars(select(AuditEntryRow))]
        kept = (self.work.settings.state_directory / KEPT).rglob("*")
        return "".join([*rows, *(file.read_text() for file in kept if file.is_file())])


def with_password(secrets: Secrets, password: str) -> Secrets:
    return secrets.model_copy(update={"keys": {**secrets.keys, "emergency": password}})


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    arista = tuple(
        Edit("hosts.yml", f"        {n}:\n", f"        {n}:\n          platform: arista_eos\n")
        for n in BOXES
    )
    folder = tmp_path_factory.mktemp("declared")
    return sites_of(Change("guarded", GUARDING, before=arista), folder)[1]


@pytest.fixture
def stand(site: Site, tmp_path: Path) -> Iterator[Stand]:
    database = migrated_database(tmp_path / "record.sqlite")
    secrets = with_password(secrets_of(site), PASSWORD)
    texts = {n: render_vendor(site, secrets, n, "arista_eos") for n in BOXES}
    with running_eos_boxes(texts) as boxes:
        logins = {
            name: StandIn(host=one.host, port=one.port, user=one.user, password=one.password)
            for name, one in boxes.boxes.items()
        }
        write_stand_ins(tmp_path, logins)
        work = work_in(tmp_path, site, database, linux=QuietFleet(frozenset()), answer_s=30)
        found = Stand(work, boxes)
        found.declare(PASSWORD)
        yield found
    database.close()


def test_a_box_hashes_a_password_anew_each_time() -> None:
    shown = {
        line
        for _ in range(2)
        for line in shown_lines(read_lines([f"{ACCOUNT} {PASSWORD}"]))
        if line.startswith(ACCOUNT)
    }
    assert len(shown) == 2
    assert all(is_hash_of(line.split()[-1], PASSWORD) for line in shown)
    for kept in shown:
        assert kept in shown_lines(read_lines([kept])), "a hash stays what it is"


def test_a_password_that_was_set_by_hand_is_known_to_be_the_declared_one(stand: Stand) -> None:
    assert is_hash_of(stand.hash_of("rt-a"), PASSWORD)
    assert stand.changing() == set()
    assert stand.drift() == {DriftState.EQUAL}


def test_another_password_is_one_change_and_then_none(stand: Stand) -> None:
    before = {name: stand.hash_of(name) for name in BOXES}
    stand.declare(OTHER)
    plan = draw_up_plan(stand.work, LI, BOXES, revert_in_s=180)
    assert set(plan.devices) == set(BOXES)
    for name in BOXES:
        lines = [line for line in plan.difference(name).diff.splitlines() if ACCOUNT in line]
        assert lines == [f"-{ACCOUNT} sha512 ****", f"+{ACCOUNT} sha512 ****"]
    assert stand.drift() == {DriftState.DRIFTED}
    change = carry_out(stand.work, LI, planned(stand.work, *BOXES))
    assert change.state is ChangeState.CONFIRMED, change.message
    assert all(is_hash_of(stand.hash_of(name), OTHER) for name in BOXES)
    assert len({stand.hash_of(name) for name in BOXES}) == 2, "each box has its own salt"
    assert stand.changing() == set()
    assert stand.drift() == {DriftState.EQUAL}

    back = record_request(stand.work, LI, draw_up_rollback(stand.work, LI, change.number))
    undone = carry_out(stand.work, LI, back)
    assert undone.state is ChangeState.CONFIRMED, undone.message
    assert {name: stand.hash_of(name) for name in BOXES} == before
    shown = stand.recorded() + str(change_json(change)) + str(plan)
    assert PASSWORD not in shown
    assert OTHER not in shown


def test_another_line_changes_and_the_hash_stays(stand: Stand) -> None:
    before = stand.hash_of("rt-a")
    secrets = with_password(secrets_of(stand.work.site), PASSWORD)
    secrets = secrets.model_copy(update={"snmp_auth_password": "canary-91c4-another"})
    path = stand.work.settings.state_directory / "secrets.json"
    path.write_text(secrets.model_dump_json())
    change = carry_out(stand.work, LI, planned(stand.work, *BOXES))
    assert change.state is ChangeState.CONFIRMED, change.message
    assert stand.hash_of("rt-a") == before


def test_marks_that_are_lost_make_no_change(stand: Stand) -> None:
    stand.declare(OTHER)
    change = carry_out(stand.work, LI, planned(stand.work, *BOXES))
    assert change.state is ChangeState.CONFIRMED, change.message
    for file in (stand.work.settings.state_directory / FOLDER).iterdir():
        file.write_text("{")
    assert stand.changing() == set()


@settings(max_examples=25)
@given(passwords, passwords)
def test_the_hash_that_runs_stays_exactly_while_it_is_of_the_password(
    password: str, other: str
) -> None:
    running = f"{ACCOUNT} sha512 {sha512_crypt(other, 'somebodys')}\n"
    rendered = f"hostname x\n{ACCOUNT} {password}\nusername root privilege 15 nopassword\n"
    text = with_hashed_passwords(rendered, running, SALT)
    assert text == with_hashed_passwords(rendered, running, SALT)
    head, line, last = text.splitlines()
    assert (head, last) == ("hostname x", "username root privilege 15 nopassword")
    hashed = line.removeprefix(f"{ACCOUNT} sha512 ")
    assert is_hash_of(hashed, password)
    assert (f"{line}\n" == running) is (password == other)
    assert with_hashed_passwords(rendered, text, b"another salt") == text


def test_a_hash_of_another_kind_is_replaced_by_one_that_is_known() -> None:
    running = f"{ACCOUNT} 5 $1$abc$0123456789abcdefghijkl\n"
    text = with_hashed_passwords(f"{ACCOUNT} {PASSWORD}\n", running, SALT)
    assert is_hash_of(text.split()[-1], PASSWORD)


def test_accounts_and_boxes_have_salts_of_their_own(tmp_path: Path) -> None:
    rendered = f"{ACCOUNT} {PASSWORD}\n{ACCOUNT.replace('emergency', 'second')} {PASSWORD}\n"
    marks = KeptMarks(tmp_path)
    texts = [with_hashed_passwords(rendered, "", marks.salt_of(name)) for name in BOXES]
    assert len({line.split()[-1] for text in texts for line in text.splitlines()}) == 4
    again = replace(marks, sets_unknown=True)
    assert [with_hashed_passwords(rendered, "", again.salt_of(n)) for n in BOXES] == texts
