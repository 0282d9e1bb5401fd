"""Accounts of vendor boxes over real SSH (emulated): what is planted is found, and nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from sqlalchemy import select

from device_configs.accounts.boxes import box_accounts, box_uses, zone_of
from device_configs.accounts.model import AccountReason, DoubtReason
from device_configs.accounts.service import audit_accounts
from device_configs.changes.box_logins import BoxLogin
from device_configs.changes.box_sessions import BoxSessions
from device_configs.deploy.remote import RemoteShells
from device_configs.deploy.work import DeploymentWork
from device_configs.emulator.devices import Devices
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

NAMES = ("rt-a", "rt-b", "core-a", "core-b")
"""VRP 8 and Comware 7; emulated boxes have the account ``admin``, by which the audit comes in."""


@dataclass(frozen=True)
class Boxes:
    work: DeploymentWork
    shells: RemoteShells
    devices: Devices

    def type(self, name: str, *lines: str) -> None:
        one = self.devices[name]
        logins = {name: BoxLogin(one.host, one.port, one.user, one.password)}
        sessions = BoxSessions({name: self.work.site.devices[name].platform}, logins)
        with sessions.session(name) as driver:
            driver.load_merge_candidate(config="\n".join(lines))
            driver.commit_config()
        sessions.close()


@pytest.fixture
def boxes(tmp_path: Path) -> Iterator[Boxes]:
    site, _ = sites_of(mixed(next(iter(CHANGES))), tmp_path / "sites")
    admin = Account(
        name="admin", kind=AccountKind.SERVICE, holder="the audit", protocol=AccountProtocol.SSH,
        privilege=Privilege.ADMINISTRATOR, devices=NAMES, purpose="The audit signs in by it.",
        expected_use=ExpectedUse(
            sessions_per_week=(0, 100_000), sources=(ip_network("127.0.0.0/8"),)
        ),
    )  # fmt: skip
    site = site.model_copy(update={"accounts": (*site.accounts, admin)})
    (tmp_path / "secrets.json").write_text(secrets_of(site).model_dump_json())
    database = migrated_database(tmp_path / "record.sqlite")
    with standing_in(tmp_path, specs_of(site, NAMES)) as devices:
        settings = Settings(state_directory=tmp_path)
        work = DeploymentWork(site, settings, database, EventBus(), SystemClock())
        yield Boxes(work, RemoteShells(settings, None), devices)
    database.close()


def test_back_doors_on_boxes_are_found_and_nothing_else(boxes: Boxes) -> None:
    quiet = audit_accounts(boxes.work, boxes.shells, LI, NAMES)
    assert quiet.judgement.findings == ()
    assert {d.reason for d in quiet.judgement.doubts if d.device in NAMES} <= {
        DoubtReason.RECORD_TOO_SHORT, DoubtReason.DEVICE_NOT_READ,
    }  # fmt: skip
    boxes.type("rt-a", "aaa", f" local-user guest1 password irreversible-cipher {CANARY}-Hand1",
               " local-user guest1 service-type ssh",
               " local-user guest1 privilege level 15")  # fmt: skip
    boxes.type("rt-b", f"snmp-agent community read cipher {CANARY}-hand")
    boxes.type("core-a", "local-user toor class manage", f" password simple {CANARY}-Hand1",
               " service-type ssh", " authorization-attribute user-role network-admin")  # fmt: skip
    done = audit_accounts(boxes.work, boxes.shells, LI, NAMES)
    found = {(f.device, f.name, f.reason) for f in done.judgement.findings}
    assert found == {
        ("rt-a", "guest1", AccountReason.UNDECLARED),
        ("rt-b", "(community)", AccountReason.UNDECLARED),
        ("core-a", "toor", AccountReason.UNDECLARED),
    }
    last = {(a.device, a.name): a for a in done.judgement.accounts if a.last_used}
    for name in NAMES:
        assert last[name, "admin"].last_source == "127.0.0.1"
        assert datetime.now(UTC) - last[name, "admin"].last_used < timedelta(minutes=5)  # type: ignore[operator]
    with boxes.work.database.reading() as session:
        kept = [row.payload for row in session.scalars(select(EventRow))]
        kept += [row.detail for row in session.scalars(select(AuditEntryRow))]
    assert CANARY not in repr([kept, done])


def test_use_from_elsewhere_is_unusual(boxes: Boxes) -> None:
    accounts = tuple(
        one.model_copy(update={"expected_use": ExpectedUse(
            sessions_per_week=(0, 100_000), sources=(ip_network("10.255.0.0/24"),))})
        if one.name == "admin" else one
        for one in boxes.work.site.accounts
    )  # fmt: skip
    boxes.work.site.__dict__.update(accounts=accounts)
    audit_accounts(boxes.work, boxes.shells, LI, ["core-a"])
    done = audit_accounts(boxes.work, boxes.shells, LI, ["core-a"])
    assert {(f.device, f.name, f.reason, f.detail) for f in done.judgement.findings} == {
        ("core-a", "admin", AccountReason.SOURCE, "127.0.0.1")
    }


def test_a_box_that_is_not_reached_is_unknown_and_leaves_the_others(boxes: Boxes) -> None:
    file = boxes.work.settings.state_directory / "vendor/stand-ins.json"
    file.write_text(file.read_text().replace(f'"port": {boxes.devices["rt-a"].port}', '"port": 1'))
    done = audit_accounts(boxes.work, boxes.shells, LI, NAMES)
    unread = {d.device for d in done.judgement.doubts
              if d.reason is DoubtReason.DEVICE_NOT_READ and not d.name}  # fmt: skip
    assert unread & set(NAMES) == {"rt-a"}


VRP_LOG = (
    "Logging buffer configuration and contents : enabled\nCurrent messages: 2\n\n"
    "Nov 29 2026 20:00:00+08:00 rt-a %%01SSH/5/SSH_USER_LOGIN(s)[1]:The SSH user succeeded in "
    "logging in. (ServiceType=stelnet, UserName=li.ming, UserAddress=10.255.0.77, "
    "VPNInstanceName=_public_)\n"
    "Nov 28 2026 08:00:00+08:00 rt-a %%01IFNET/4/IF_STATE(l)[0]:Interface GE0/0/1 has turned UP.\n"
)
COMWARE_LOG = (
    "%Nov 29 20:00:00:123 2026 core-a SSHS/6/SSHS_LOG: Accepted password for li.ming from "
    "2001:db8::77 port 40022 ssh2.\n"
    "%Nov 29 19:00:00:000 2026 core-a SSHS/6/SSHS_LOG: Failed password for root from 10.9.9.9.\n"
)


def test_log_buffers_name_who_signed_in_when_and_how_far_they_reach_back() -> None:
    eight = timezone(timedelta(hours=8))
    (use,), since = box_uses("rt-a", VRP_LOG, UTC)
    assert (use.name, str(use.source), use.at) == (
        "li.ming", "10.255.0.77", datetime(2026, 11, 29, 12, tzinfo=UTC),
    )  # fmt: skip
    assert since == datetime(2026, 11, 28, tzinfo=UTC)
    (use,), since = box_uses("core-a", COMWARE_LOG, eight)
    assert (use.source, use.at) == (
        ip_address("2001:db8::77"), datetime(2026, 11, 29, 12, tzinfo=UTC),
    )  # fmt: skip
    console = (
        "%Nov 29 20:00:01:123 2026 core-a SHELL/5/SHELL_LOGIN: emergency logged in from con0.\n"
    )
    (use,), _ = box_uses("core-a", console, eight)
    assert (use.name, use.source) == ("emergency", None)
    assert box_uses("x", "Error: Unrecognized command found at '^' position.", UTC) == ((), None)
    assert zone_of("clock timezone CST add 08:00:00\n").utcoffset(None) == timedelta(hours=8)
    assert zone_of("sysname x\n") is UTC


@pytest.mark.parametrize(
    ("line", "there"),
    [("state block", False), ("service-type ssh", True)],
    ids=["a blocked account opens nothing", "any other does"],
)
def test_an_account_is_one_that_can_be_entered(line: str, there: bool) -> None:
    text = f"local-user x class manage\n password hash $h$6$abc\n {line}\n#\n"
    found = box_accounts("core-a", "h3c_comware", text, {"x": 15})
    assert [(a.name, a.is_administrator, a.has_password) for a in found] == (
        [("x", True, True)] if there else []
    )
    vpn = "local-user guest class network\n service-type portal\n#\n"
    assert box_accounts("core-a", "h3c_comware", vpn, {"guest": 0}) == ()
