"""Planted on five devices: back doors, orphans and unusual use are found, and nothing else is."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest

from device_configs.accounts.model import AccountReason, DoubtReason
from device_configs.accounts.record import read_last_audit
from device_configs.accounts.service import audit_accounts
from device_configs.accounts.sheets import audit_sheets
from device_configs.deploy.remote import RemoteShells
from device_configs.deploy.work import DeploymentWork
from device_configs.documents.speech import Speech
from device_configs.site.model import (
    Account,
    AccountKind,
    AccountProtocol,
    ExpectedUse,
    Privilege,
    TimeRange,
    Title,
)
from ops_core.kernel.audit import read_audit, verify_chain
from ops_core.kernel.errors import NotFound
from ops_core.kernel.i18n import Language
from ops_core.kernel.permissions import Actor, Role

from .conftest import FIREWALL, ConfiguredSite

pytestmark = pytest.mark.lab
WANG = Actor.user("wang.fang", [Role.NETWORK_ENGINEER])
DEVICES = ("rt-a", FIREWALL, "sw-1", "sw-mgmt", "mon")
HASH = "$6$Kanarien$vogelvogelvogelvogelvogelvogelvogelvogelvogel"
KEPT = "/etc/passwd /etc/shadow /etc/group /etc/gshadow /etc/ssh/authorized_keys " \
       "/etc/snmp/snmpd.conf /var/log/syslog"  # fmt: skip


def account(name: str, **use: object) -> Account:
    expected = ExpectedUse.model_validate({"sessions_per_week": (0, 50), **use})
    return Account(
        name=name, kind=AccountKind.PERSON, holder="on duty", protocol=AccountProtocol.SSH,
        privilege=Privilege.OPERATOR, devices=DEVICES, purpose="On duty.", expected_use=expected,
    )  # fmt: skip


@pytest.fixture
def five(configured: ConfiguredSite, work: DeploymentWork) -> Iterator[DeploymentWork]:
    """The five devices with four more declared accounts on them, used as declared or not at all."""
    past = TimeRange(
        name="past", title=Title(zh="过去", en="Past"), ends_at=datetime(2020, 1, 1)  # noqa: DTZ001
    )  # fmt: skip
    declared = (
        account("idle"),
        account("busy"),
        account("roams", sources=[ip_network("10.255.0.0/24")]),
        account("nights", time="past"),
    )
    site = work.site.model_copy(
        update={"accounts": (*work.site.accounts, *declared), "time_ranges": {"past": past}}
    )
    before = (
        f"mkdir -p /root/kept; for f in {KEPT}; do [ -e $f ] && cp -a $f /root/kept/ || true; done"
    )
    add = "; ".join(f"useradd -M -s /bin/bash -p '{HASH}' {one.name}" for one in declared)
    # Of the small site's firewall nothing is deployed: what the declaration would admit is.
    admit = (
        "mkdir -p /etc/ssh/sshd_config.d; echo 'AllowUsers root' >/etc/ssh/sshd_config.d/40.conf"
    )
    for name in DEVICES:
        configured.sh(name, before)
        configured.sh(name, f"{add}; {admit if name == FIREWALL else 'true'}")
        configured.sh(name, f"printf '%s' '{log(name)}' >/tmp/log; cat /var/log/syslog >>/tmp/log "
                            "|| true; cat /tmp/log >/var/log/syslog")  # fmt: skip
    yield replace(work, site=site)
    for name in DEVICES:
        configured.sh(name, "for f in /root/kept/*; do true; done; cd /root/kept; "
                            "cp -a passwd shadow group gshadow /etc/; "
                            "cp -a authorized_keys /etc/ssh/; "
                            "[ ! -e snmpd.conf ] || cp -a snmpd.conf /etc/snmp/; "
                            "[ ! -e syslog ] || cat syslog >/var/log/syslog; "
                            "rm -rf /root/kept /tmp/log")  # fmt: skip


def log(name: str) -> str:
    """A year of the device's log, with what everybody did who did something."""
    year, now = timedelta(days=365), datetime.now(UTC)
    lines = [f"{now - year:%Y-%m-%dT%H:%M:%S}+00:00 {name} kernel: boot"]
    uses = [("busy", "10.255.0.9"), ("roams", "10.255.0.9"), ("root", "10.255.0.5")]
    lines += [
        accepted(name, who, source) for who, source in uses if who != "root" or name == "rt-a"
    ]
    return "\n".join([*lines, accepted(name, "nights", "10.9.9.9", timedelta(days=3)), ""])


def accepted(name: str, who: str, source: str, ago: timedelta = timedelta(hours=1)) -> str:
    at = datetime.now(UTC) - ago
    return (f"{at:%Y-%m-%dT%H:%M:%S}.250000+00:00 {name} sshd[7]: Accepted publickey for {who} "
            f"from {source} port 40022 ssh2: ED25519 SHA256:x")  # fmt: skip


def test_what_is_planted_is_found_and_nothing_else(
    configured: ConfiguredSite, five: DeploymentWork
) -> None:
    idle = {(name, "idle", AccountReason.UNUSED) for name in DEVICES}
    quiet = audit_accounts(five, configured.shells, WANG)
    assert {(f.device, f.name, f.reason) for f in quiet.judgement.findings} == idle

    sh = configured.sh
    sh("rt-a", f"useradd -M -s /bin/sh -p '{HASH}' guest1")
    sh(FIREWALL, "useradd -M -o -u 0 -s /bin/sh toor")
    sh("sw-1", "rm -f /tmp/intruder*; ssh-keygen -q -t ed25519 -N '' -f /tmp/intruder; "
               "cat /tmp/intruder.pub >>/etc/ssh/authorized_keys")  # fmt: skip
    sh("sw-mgmt", f"usermod -s /bin/bash -p '{HASH}' games")
    sh("mon", "echo 'createUser spy SHA Kanarienvogel-7' >>/etc/snmp/snmpd.conf")
    strange = [
        ("rt-a", "roams", "2001:db8::66"),
        ("sw-1", "roams", "192.0.2.9"),
        ("mon", "nights", "10.255.0.9"),
    ]
    for name, who, source in strange:
        sh(name, f"echo '{accepted(name, who, source)}' >>/var/log/syslog")

    done = audit_accounts(five, configured.shells, WANG)
    assert {(f.device, f.name, f.reason) for f in done.judgement.findings} - idle == {
        ("rt-a", "guest1", AccountReason.UNDECLARED),
        (FIREWALL, "toor", AccountReason.UNDECLARED),
        ("sw-1", "root", AccountReason.UNDECLARED_KEY),
        ("sw-mgmt", "games", AccountReason.UNDECLARED),
        ("mon", "spy", AccountReason.UNDECLARED),
        ("rt-a", "roams", AccountReason.SOURCE),
        ("sw-1", "roams", AccountReason.SOURCE),
        ("mon", "nights", AccountReason.HOURS),
    }
    assert not [d for d in done.judgement.doubts if d.device in DEVICES]
    doubted = {d.device for d in done.judgement.doubts}
    assert doubted == set(five.site.seats), "terminals are unknown, and said to be"

    with five.database.reading() as session:
        assert read_last_audit(session) == done
        assert verify_chain(session) == []
        recorded = repr([*read_audit(session), read_last_audit(session)])
    shown = repr([audit_sheets(five.site, done, Speech(one)) for one in Language])
    for text in (recorded, shown):
        assert "Kanarien" not in text
        assert not any(secret in text for secret in configured.secrets.hidden)


def test_devices_that_do_not_answer_are_unknown_and_leave_the_others(
    configured: ConfiguredSite, work: DeploymentWork
) -> None:
    with work.database.reading() as session, pytest.raises(NotFound):
        read_last_audit(session)
    shells = RemoteShells(configured.settings, configured.shells.network, port=2)
    done = audit_accounts(work, shells, WANG)
    assert done.judgement.findings == ()
    unread = {d.device for d in done.judgement.doubts if d.reason is DoubtReason.DEVICE_NOT_READ}
    assert unread == set(DEVICES)
