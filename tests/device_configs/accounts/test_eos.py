"""Accounts of Arista EOS boxes over real SSH (emulated), and the reading of their texts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path

import asyncssh
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from device_configs.accounts.eos import eos_accounts, eos_uses
from device_configs.accounts.model import AccountReason, DoubtReason
from device_configs.accounts.service import audit_accounts
from device_configs.changes.box_logins import BoxLogin, StandIn, write_stand_ins
from device_configs.changes.box_sessions import BoxSessions
from device_configs.deploy.remote import RemoteShells
from device_configs.deploy.work import DeploymentWork
from device_configs.emulator.eos.running import EosBoxes, running_eos_boxes
from device_configs.render.families import render_vendor
from device_configs.site.model import (
    Account,
    AccountKind,
    AccountProtocol,
    ExpectedUse,
    Privilege,
)
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.events import EventBus
from ops_core.kernel.settings import Settings
from ops_core.kernel.tables import AuditEntryRow, EventRow
from tests.device_configs.changes.vendor_site import CANARY, LI, secrets_of
from tests.device_configs.render.changes import CHANGES, Change, Edit, sites_of
from tests.migrated import migrated_database

NAMES = ("rt-a", "rt-b", "core-a", "core-b")
RECORDED = "aaa authentication policy on-success log"


def public_key() -> str:
    """A new one in OpenSSH's form."""
    return asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()


@dataclass(frozen=True)
class EosSite:
    work: DeploymentWork
    boxes: EosBoxes

    def type(self, name: str, *lines: str) -> None:
        one = self.boxes[name]
        logins = {name: BoxLogin(one.host, one.port, one.user, one.password)}
        sessions = BoxSessions({name: "arista_eos"}, logins)
        with sessions.session(name) as driver:
            driver.load_merge_candidate(config="\n".join(lines))
            driver.commit_config()
        sessions.close()


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[EosSite]:
    edits = tuple(
        Edit("hosts.yml", f"        {n}:\n", f"        {n}:\n          platform: arista_eos\n")
        for n in NAMES
    )
    change = Change("eos", next(iter(CHANGES)).edits, edits)
    site, _ = sites_of(change, tmp_path / "sites")
    admin = Account(
        name="admin", kind=AccountKind.SERVICE, holder="the audit", protocol=AccountProtocol.SSH,
        privilege=Privilege.ADMINISTRATOR, devices=NAMES, purpose="The audit signs in by it.",
        expected_use=ExpectedUse(sessions_per_week=(0, 999), sources=(ip_network("127.0.0.0/8"),)),
    )  # fmt: skip
    site = site.model_copy(update={"accounts": (*site.accounts, admin)})
    secrets = secrets_of(site).model_copy(
        update={"login_keys": {"root": public_key(), "admin": public_key()}}
    )
    (tmp_path / "secrets.json").write_text(secrets.model_dump_json())
    database = migrated_database(tmp_path / "record.sqlite")
    texts = {name: render_vendor(site, secrets, name, "arista_eos") for name in NAMES}
    with running_eos_boxes(texts) as boxes:
        write_stand_ins(tmp_path, {
            name: StandIn(host=one.host, port=one.port, user=one.user, password=one.password)
            for name, one in boxes.boxes.items()
        })  # fmt: skip
        settings = Settings(state_directory=tmp_path)
        yield EosSite(DeploymentWork(site, settings, database, EventBus(), SystemClock()), boxes)
    database.close()


def test_what_is_planted_on_a_box_is_found_and_nothing_else(stand: EosSite) -> None:
    shells = RemoteShells(stand.work.settings, None)
    quiet = audit_accounts(stand.work, shells, LI, NAMES)
    assert quiet.judgement.findings == ()
    assert not [d for d in quiet.judgement.doubts if d.device in NAMES and not d.name]

    stand.type("rt-a", f"username guest2 privilege 15 role network-admin secret {CANARY}-hand")
    stand.type("rt-a", f"username root ssh-key {public_key()}")
    stand.type("core-a", f"snmp-server community {CANARY}-hand rw")
    stand.boxes["core-a"].box.signed_in("admin", "2001:db8::66")
    done = audit_accounts(stand.work, shells, LI, NAMES)
    assert {(f.device, f.name, f.reason) for f in done.judgement.findings} == {
        ("rt-a", "guest2", AccountReason.UNDECLARED),
        ("rt-a", "root", AccountReason.UNDECLARED_KEY),
        ("core-a", "(community)", AccountReason.UNDECLARED),
        ("core-a", "admin", AccountReason.SOURCE),
    }
    with stand.work.database.reading() as session:
        texts = [str(row.payload) for row in session.scalars(select(EventRow))]
        texts += [str(row.detail) for row in session.scalars(select(AuditEntryRow))]
    assert not [text for text in (*texts, repr(done)) if CANARY in text]


def test_a_box_that_does_not_answer_leaves_the_other(stand: EosSite) -> None:
    one = stand.boxes["rt-a"]
    one.password = "another"
    done = audit_accounts(stand.work, RemoteShells(stand.work.settings, None), LI, NAMES)
    unread = {d.device for d in done.judgement.doubts
              if d.reason is DoubtReason.DEVICE_NOT_READ and not d.name}  # fmt: skip
    assert unread == {"rt-a"}


NOW = datetime(2026, 1, 2, 4, 0, tzinfo=UTC)
LOG = """\
Log Buffer:
Dec 31 23:30:00 core-a Sysdb: %SYS-5-SYSTEM_RESTARTED: System restarted
Jan  2 10:15:07 core-a Aaa: %AAA-5-LOGIN: user li logged in [from: 2001:db8::7] [service: sshd]
2026 Jan  2 10:16:07 UTC a Aaa: 7: %AAA-5-LOGIN: user li logged in [from: 10.1.1.1] [service: sshd]
Jan  2 10:17:07 core-a Aaa: %AAA-5-LOGIN: user li logged in [from: 10.1.1.1] [service: CLI]
garbage
"""
SHANGHAI = f"clock timezone Asia/Shanghai\n{RECORDED}\n"


def test_a_log_without_years_is_read_in_the_boxs_zone_across_the_turn_of_the_year() -> None:
    uses, since = eos_uses("core-a", LOG, SHANGHAI, NOW)
    assert since == datetime(2025, 12, 31, 15, 30, tzinfo=UTC)
    assert [(use.name, str(use.source), use.at) for use in uses] == [
        ("li", "2001:db8::7", datetime(2026, 1, 2, 2, 15, 7, tzinfo=UTC)),
        ("li", "10.1.1.1", datetime(2026, 1, 2, 2, 16, 7, tzinfo=UTC)),
    ]


def test_a_box_that_logs_no_sign_in_has_no_record_of_use() -> None:
    assert eos_uses("core-a", LOG, "clock timezone Asia/Shanghai\n", NOW) == ((), None)


ACCOUNTS = """\
username admin privilege 15 role network-admin nopassword
username reader secret sha512 $6$x
username other privilege 1 role helpdesk secret 0 x
username other ssh-key ssh-ed25519 no-key
snmp-server user poller pollers v3 auth sha x priv aes y
snmp-server community public ro
"""


def test_accounts_of_a_running_text() -> None:
    found = {a.name: a for a in eos_accounts("core-a", ACCOUNTS)}
    assert {name for name, a in found.items() if a.is_administrator} == {"admin", "other"}
    assert {name for name, a in found.items() if a.has_password} == {"reader", "other"}
    assert found["other"].keys == {"?"}, "a key that cannot be read is nobody's"
    assert found["poller"].protocol is AccountProtocol.SNMP
    assert "(community)" in found
    wide = f"aaa authorization policy local default-role network-admin\n{ACCOUNTS}"
    assert {a.name for a in eos_accounts("x", wide) if a.is_administrator} >= {"reader"}


@given(st.datetimes(NOW.replace(tzinfo=None) - timedelta(days=360), NOW.replace(tzinfo=None)))
def test_a_line_without_its_year_is_read_back_within_a_year(at: datetime) -> None:
    at = at.replace(microsecond=0, tzinfo=UTC)
    line = (f"{at:%b} {at.day:>2} {at:%H:%M:%S} x Aaa: %AAA-5-LOGIN: user li logged in "
            "[from: 10.1.1.1] [service: sshd]")  # fmt: skip
    uses, _ = eos_uses("x", line, RECORDED, NOW)
    assert [(use.at, use.source) for use in uses] == [(at, ip_address("10.1.1.1"))]
