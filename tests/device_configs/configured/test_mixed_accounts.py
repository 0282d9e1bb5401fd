"""One audit over a Linux device, VRP, a USG, Comware and terminals: what is planted is found."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from device_configs.accounts.model import AccountJudgement, AccountReason, DoubtReason
from device_configs.accounts.service import audit_accounts
from device_configs.changes.box_logins import STAND_INS, BoxLogin
from device_configs.changes.box_sessions import BoxSessions
from device_configs.deploy.work import DeploymentWork
from device_configs.emulator.devices import Devices
from device_configs.site import Site
from device_configs.site.model import (
    Account,
    AccountKind,
    AccountProtocol,
    ExpectedUse,
    Privilege,
)
from ops_core.kernel.permissions import Actor, Role
from tests.device_configs.changes.vendor_site import CANARY, mixed, specs_of, standing_in
from tests.device_configs.render.changes import CHANGES, sites_of

from .conftest import ConfiguredSite

pytestmark = pytest.mark.lab
WANG = Actor.user("wang.fang", [Role.NETWORK_ENGINEER])
LINUX, VRP, USG, COMWARE = "rt-a", "rt-b", "fwi-a", "core-a"
BOXES = (VRP, USG, COMWARE)
DEVICES = (LINUX, *BOXES)
HASH = "$6$Kanarien$vogelvogelvogelvogelvogelvogelvogelvogelvogel"
KEPT = "passwd shadow group gshadow"


def admin(site: Site) -> Account:
    """The account that emulated boxes have, by which the audit comes in from our own loopback."""
    return Account(
        name="admin", kind=AccountKind.SERVICE, holder="the audit", protocol=AccountProtocol.SSH,
        privilege=Privilege.ADMINISTRATOR, devices=tuple(b for b in BOXES if b in site.devices),
        purpose="The audit signs in by it.",
        expected_use=ExpectedUse(
            sessions_per_week=(0, 100_000), sources=(ip_network("127.0.0.0/8"),)
        ),
    )  # fmt: skip


ROAMS = Account(
    name="roams", kind=AccountKind.PERSON, holder="on duty", protocol=AccountProtocol.SSH,
    privilege=Privilege.OPERATOR, devices=(LINUX,), purpose="On duty.",
    expected_use=ExpectedUse(sessions_per_week=(0, 50), sources=(ip_network("10.255.0.0/24"),)),
)  # fmt: skip


def joined(small: Site, large: Site) -> Site:
    """The small site with three boxes of the large one, and the accounts declared on those."""
    boxes = {name: large.devices[name] for name in BOXES}
    theirs = [
        one.model_copy(
            update={"devices": tuple(d for d in one.devices if d in BOXES), "terminals": ()}
        )
        for one in large.accounts
    ]
    site = small.model_copy(
        update={
            "devices": {**small.devices, **boxes},
            "accounts": (*small.accounts, *theirs, admin(large), ROAMS),
        }
    )
    site.__dict__.pop("deployed", None)  # it may have been computed for the small one
    return site


@dataclass(frozen=True)
class MixedSite:
    work: DeploymentWork
    boxes: Devices
    configured: ConfiguredSite

    def type(self, name: str, *lines: str) -> None:
        one = self.boxes[name]
        logins = {name: BoxLogin(one.host, one.port, one.user, one.password)}
        sessions = BoxSessions({name: self.work.site.devices[name].platform}, logins)
        with sessions.session(name) as driver:
            driver.load_merge_candidate(config="\n".join(lines))
            driver.commit_config()
        sessions.close()

    def audit(self) -> AccountJudgement:
        return audit_accounts(self.work, self.configured.shells, WANG, DEVICES).judgement


@pytest.fixture
def mixed_site(
    configured: ConfiguredSite, work: DeploymentWork, tmp_path: Path
) -> Iterator[MixedSite]:
    large, _ = sites_of(mixed(next(iter(CHANGES))), tmp_path / "sites")
    state = work.settings.state_directory
    configured.sh(LINUX, f"mkdir -p /root/kept; cd /etc; cp -a {KEPT} /root/kept/")
    configured.sh(LINUX, f"useradd -M -s /bin/bash -p '{HASH}' {ROAMS.name}")
    configured.sh(LINUX, "[ ! -e /var/log/syslog ] || cp -a /var/log/syslog /root/kept/")
    try:
        with standing_in(state, specs_of(large, BOXES)) as boxes:
            yield MixedSite(replace(work, site=joined(work.site, large)), boxes, configured)
    finally:
        (state / STAND_INS).unlink(missing_ok=True)
        back = "[ ! -e syslog ] || cat syslog >/var/log/syslog; rm -rf /root/kept"
        configured.sh(LINUX, f"cd /root/kept; cp -a {KEPT} /etc/; {back}")


def test_back_doors_and_unusual_use_on_devices_of_five_kinds_are_found_in_one_audit(
    mixed_site: MixedSite,
) -> None:
    quiet = mixed_site.audit()
    assert quiet.findings == ()

    mixed_site.configured.sh(LINUX, f"useradd -M -s /bin/sh -p '{HASH}' guest1")
    at = datetime.now(UTC) - timedelta(hours=1)
    line = (f"{at:%Y-%m-%dT%H:%M:%S}.25+00:00 {LINUX} sshd[7]: Accepted publickey for roams "
            "from 2001:db8::66 port 40022 ssh2: ED25519 SHA256:x")  # fmt: skip
    mixed_site.configured.sh(LINUX, f"echo '{line}' >>/var/log/syslog")
    mixed_site.type(VRP, f"snmp-agent community write cipher {CANARY}-hand")
    mixed_site.type(USG, "aaa", " manager-user guest2", f"  password cipher {CANARY}-Hand1",
                    "  service-type ssh", "  level 15")  # fmt: skip
    rights = " authorization-attribute user-role network-admin"
    mixed_site.type(COMWARE, "local-user toor class manage", f" password simple {CANARY}-Hand1",
                    " service-type ssh", rights)  # fmt: skip

    found = mixed_site.audit()
    assert {(f.device, f.name, f.reason) for f in found.findings} == {
        (LINUX, "guest1", AccountReason.UNDECLARED),
        (LINUX, "roams", AccountReason.SOURCE),
        (VRP, "(community)", AccountReason.UNDECLARED),
        (USG, "guest2", AccountReason.UNDECLARED),
        (COMWARE, "toor", AccountReason.UNDECLARED),
    }
    last = {(a.device, a.name): a for a in found.accounts if a.last_used is not None}
    for name in BOXES:
        assert last[name, "admin"].last_source == "127.0.0.1"
    terminals = {d.device for d in found.doubts if d.reason is DoubtReason.NO_ACCESS_DECLARED}
    assert terminals == set(mixed_site.work.site.seats), "unknown, and said to be"
    assert CANARY not in repr(found)
