"""Planted on three devices and two terminals: what is wrong is found, and nothing else is."""

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from ipaddress import ip_network
from pathlib import Path

import pytest

from device_configs.accounts.evidence import audit_evidence
from device_configs.accounts.judging import readable_terminals
from device_configs.accounts.model import AccountReason, DoubtReason
from device_configs.accounts.record import AccountAudit, read_last_audit
from device_configs.accounts.service import audit_accounts
from device_configs.accounts.sheets import audit_sheets
from device_configs.deploy.remote import RemoteShells
from device_configs.deploy.rendered import SECRETS
from device_configs.deploy.work import DeploymentWork
from device_configs.documents.speech import Speech
from device_configs.documents.workbook import workbook
from device_configs.site import Site
from device_configs.site.model import TimeRange, Title
from ops_core.app.device_checks import account_samples
from ops_core.kernel.audit import read_audit
from ops_core.kernel.errors import Invalid
from ops_core.kernel.i18n import Language

from .conftest import ConfiguredSite
from .test_accounts import HASH, KEPT, WANG, accepted, account, log
from .test_canary import texts_below, texts_of

pytestmark = pytest.mark.lab
DEVICES = ("rt-a", "sw-1", "mon")
TERMINALS = ("seat-001", "seat-002")
PLACES = (*DEVICES, *TERMINALS)
CANARY = "Kanarienvogel-91"
TO_TERMINALS = "ip route replace 10.20.1.0/24 via 10.255.0.3"
"""The small site's monitoring host stands on the management network alone; its access switch stands
on both."""


def site_of(site: Site) -> Site:
    """The small site with our accounts on its terminals, and those of four persons everywhere."""
    past = TimeRange(
        name="past", title=Title(zh="过去", en="Past"), ends_at=datetime(2020, 1, 1)  # noqa: DTZ001
    )  # fmt: skip
    ours = [one.model_copy(update={"terminals": TERMINALS}) for one in site.accounts]
    theirs = [
        one.model_copy(update={"devices": DEVICES, "terminals": TERMINALS})
        for one in (
            account("idle"),
            account("busy"),
            account("roams", sources=[ip_network("10.255.0.0/24")]),
            account("nights", time="past"),
        )
    ]
    return site.model_copy(update={"accounts": (*ours, *theirs), "time_ranges": {"past": past}})


@pytest.fixture
def way(configured: ConfiguredSite) -> Iterator[None]:
    """Packets from the monitoring host to the terminals and back."""
    configured.sh("mon", TO_TERMINALS)
    configured.sh("sw-1", "sysctl -q -w net.ipv4.ip_forward=1")
    for name in TERMINALS:
        configured.sh(name, "ip route replace default via 10.20.1.4")
    yield
    configured.sh("mon", "ip route delete 10.20.1.0/24")
    configured.sh("sw-1", "sysctl -q -w net.ipv4.ip_forward=0")
    for name in TERMINALS:
        configured.sh(name, "ip route delete default")


@pytest.fixture
def five(configured: ConfiguredSite, work: DeploymentWork, way: None) -> Iterator[DeploymentWork]:
    """Three devices and two terminals with four persons' accounts, and a year of their logs."""
    add = "; ".join(
        f"useradd -M -s /bin/bash -p '{HASH}' {name}"
        for name in ("idle", "busy", "roams", "nights")
    )
    keep = f"mkdir -p /root/kept; for f in {KEPT}; do [ ! -e $f ] || cp -a $f /root/kept/; done"
    back = ("cd /root/kept; cp -a passwd shadow group gshadow /etc/; "
            "[ ! -e authorized_keys ] || cp -a authorized_keys /etc/ssh/; "
            "cp -a snmpd.conf /etc/snmp/; "
            "if [ -e syslog ]; then cat syslog >/var/log/syslog; else rm -f /var/log/syslog; fi; "
            "rm -rf /root/kept /tmp/log /home/roams")  # fmt: skip
    for name in PLACES:
        configured.sh(name, f"{keep}; {add}")
        configured.sh(name, f"printf '%s' '{log(name)}' >/tmp/log; cat /var/log/syslog >>/tmp/log "
                            "|| true; cat /tmp/log >/var/log/syslog")  # fmt: skip
    yield replace(work, site=site_of(work.site))
    for name in PLACES:
        configured.sh(name, back)


def audit(configured: ConfiguredSite, work: DeploymentWork) -> AccountAudit:
    return audit_accounts(work, configured.shells, WANG, PLACES)


def findings(done: AccountAudit) -> set[tuple[str, str, AccountReason]]:
    return {(one.device, one.name, one.reason) for one in done.judgement.findings}


def signed_in(configured: ConfiguredSite, source: str, target: str) -> None:
    """A person signs in from one terminal to the other, as its own records have it."""
    address = next(s.address for s in configured.site.seats.values() if s.name == target)
    configured.sh(source, "rm -f /tmp/own*; ssh-keygen -q -t ed25519 -N '' -f /tmp/own")
    key = configured.sh(source, "cat /tmp/own.pub").strip()
    configured.sh(target, "mkdir -p /home/roams/.ssh; chown roams /home/roams /home/roams/.ssh; "
                          f"echo '{key}' >/home/roams/.ssh/authorized_keys")  # fmt: skip
    known = configured.settings.state_directory / SECRETS
    document = json.loads(known.read_text())
    document.setdefault("login_keys", {})["roams"] = key
    known.write_text(json.dumps(document))
    configured.sh(source, f"ssh -tt -i /tmp/own -o StrictHostKeyChecking=no roams@{address} true")


def test_what_is_planted_on_devices_and_terminals_is_found_and_nothing_else(
    configured: ConfiguredSite, five: DeploymentWork, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    idle = {(name, "idle", AccountReason.UNUSED) for name in PLACES}
    secrets = configured.settings.state_directory / SECRETS
    former = secrets.read_text()
    quiet = audit(configured, five)
    assert findings(quiet) == idle
    with five.database.reading() as session:
        evidence = audit_evidence(session, five.clock.now())
    assert evidence is not None
    assert evidence.doors_decided == evidence.use_decided == set(PLACES)

    sh = configured.sh
    sh("rt-a", f"useradd -M -s /bin/sh -p '{HASH}' guest1")
    sh("sw-1", f"echo '{accepted('sw-1', 'roams', '192.0.2.9')}' >>/var/log/syslog")
    sh("mon", f"echo 'createUser spy SHA {CANARY}' >>/etc/snmp/snmpd.conf")
    sh("seat-001", "useradd -M -o -u 0 -s /bin/sh toor")
    sh("seat-001", f"echo 'rocommunity {CANARY}' >>/etc/snmp/snmpd.conf")
    sh("seat-001", f"echo '{accepted('seat-001', 'roams', '2001:db8::66')}' >>/var/log/syslog")
    sh("seat-002", f"useradd -M -s /bin/sh -p '{CANARY}' helpdesk")
    sh("seat-002", f"echo '{accepted('seat-002', 'nights', '10.255.0.9')}' >>/var/log/syslog")
    try:
        signed_in(configured, "seat-001", "seat-002")
        done = audit(configured, five)
    finally:
        secrets.write_text(former)
    assert findings(done) - idle == {
        ("rt-a", "guest1", AccountReason.UNDECLARED),
        ("sw-1", "roams", AccountReason.SOURCE),
        ("mon", "spy", AccountReason.UNDECLARED),
        ("seat-001", "toor", AccountReason.UNDECLARED),
        ("seat-001", "(community)", AccountReason.UNDECLARED),
        ("seat-001", "roams", AccountReason.SOURCE),
        ("seat-002", "helpdesk", AccountReason.UNDECLARED),
        ("seat-002", "nights", AccountReason.HOURS),
        ("seat-002", "roams", AccountReason.SOURCE),
    }
    assert not done.judgement.doubts
    last = {(a.device, a.name): a.last_source for a in done.judgement.accounts}
    assert last["seat-002", "roams"] == "10.20.1.11", "the terminal's own record of a real sign-in"

    alarms = {dict(s.tags)["agent_host"]: s.fields for s in account_samples(done)}
    assert alarms["seat-001"] == {"back_door": 2, "orphan": 1, "unusual": 1}
    with five.database.reading() as session:
        assert read_last_audit(session) == done
        recorded = repr([*read_audit(session), read_last_audit(session)])
    sheets = [audit_sheets(five.site, done, Speech(one)) for one in Language]
    assert workbook(done.number, sheets[0])
    kept = texts_below(configured.settings.state_directory)
    url = str(five.settings.database_url)
    stores = (texts_of(Path(url.removeprefix("sqlite:///"))), caplog.text, *kept.values())
    assert not [text for text in stores if CANARY in text], "and none of its stores has it"
    for text in (recorded, repr(sheets), repr(alarms)):
        assert CANARY not in text
        assert "Kanarien" not in text
        assert not any(secret in text for secret in configured.secrets.hidden)


def test_a_terminal_that_does_not_answer_is_unknown_and_leaves_the_others(
    configured: ConfiguredSite, five: DeploymentWork
) -> None:
    configured.twin.client.kill("seat-002")
    try:
        shells = RemoteShells(configured.settings, configured.shells.network, timeout_s=15)
        done = audit_accounts(five, shells, WANG, TERMINALS)
    finally:
        configured.twin.client.start("seat-002")
        configured.sh("seat-002", "ip route replace default via 10.20.1.4")
    unread = {d.device for d in done.judgement.doubts if d.reason is DoubtReason.DEVICE_NOT_READ}
    assert "seat-002" in unread
    assert "seat-001" not in unread
    assert {name for name, *_ in findings(done)} <= {"seat-001"}
    assert {dict(s.tags)["agent_host"] for s in account_samples(done)} == {"seat-001"}


def test_a_terminal_without_a_declared_administrator_is_not_asked_and_stays_unknown(
    configured: ConfiguredSite, work: DeploymentWork
) -> None:
    assert readable_terminals(work.site) == ()
    done = audit_accounts(work, configured.shells, WANG, ["rt-a"])
    without = {
        d.device for d in done.judgement.doubts if d.reason is DoubtReason.NO_ACCESS_DECLARED
    }
    assert without == set(TERMINALS)
    with pytest.raises(Invalid):
        audit_accounts(work, configured.shells, WANG, ["seat-001"])
