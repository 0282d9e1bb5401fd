"""What every deployed device must show."""

import shlex

import pytest
from gufo.snmp import SnmpVersion
from gufo.snmp.sync import SnmpSession
from gufo.snmp.user import Aes128Key, KeyType, Sha1Key, Sha256Key, User
from testinfra.host import Host

from device_configs.render import Secrets, Tree
from device_configs.site.model import Device

_KEYS = {"sha": Sha1Key, "sha-256": Sha256Key}
SYS_NAME = "1.3.6.1.2.1.1.5.0"


@pytest.mark.roles
def test_services_run(machine: Host, tree: Tree) -> None:
    names = " ".join(tree.services)
    ended = machine.run(
        f"for s in {names}; do /usr/local/sbin/device-service status $s || echo $s; done"
    )
    assert ended.stdout.split() == []


@pytest.mark.roles
def test_files_are_as_deployed(machine: Host, tree: Tree) -> None:
    """Compared by checksum, so that no content travels or shows."""
    import hashlib

    expected = "".join(
        f"{hashlib.sha256(file.content.encode()).hexdigest()}  {file.path}\n" for file in tree.files
    )
    checked = machine.run(f"echo {shlex.quote(expected)} | sha256sum --quiet -c - 2>&1")
    assert checked.stdout.strip() == ""


@pytest.mark.roles
def test_forwards_packets_only_where_the_role_does(machine: Host, device: Device) -> None:
    shown = machine.run("sysctl -n net.ipv4.ip_forward").stdout.strip()
    assert shown == ("1" if device.role.forwards else "0")


@pytest.mark.roles
def test_snmp_agent_answers(device: Device, secrets: Secrets) -> None:
    if device.snmp == "v3":
        session = SnmpSession(
            addr=str(device.management_address),
            version=SnmpVersion.v3,
            user=User(
                secrets.snmp_user,
                auth_key=_KEYS[device.snmp_authentication](
                    secrets.snmp_auth_password.encode(), key_type=KeyType.Password
                ),
                priv_key=Aes128Key(secrets.snmp_priv_password.encode(), key_type=KeyType.Password),
            ),
            timeout=3,
        )
    else:
        session = SnmpSession(
            addr=str(device.management_address), community=secrets.snmp_community, timeout=3
        )
    with session:
        if device.snmp == "v3":
            session.refresh()
        assert session.get(SYS_NAME) == device.name.encode()
