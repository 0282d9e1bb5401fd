"""A router of namespaces: FRR's own daemons behind a real sshd, reached at a loopback port.

Each session is an ``sshd -i`` inside the router's namespaces, started for an accepted connection;
so the test needs no way into the router's network, and a router leads nowhere.
"""

import contextlib
import socket
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.mortal import MORTAL

DAEMONS = ("zebra", "staticd", "bfdd", "ospfd", "bgpd")
BOOT = """
set -eu
mount --make-rprivate /
hostname rt-x
for folder in /etc/frr /run/frr /run/sshd /var/log/frr /var/lib/frr-change; do
    mkdir -p $folder
    mount -t tmpfs -o size=4m,mode=755 tmpfs $folder
done
cp {folder}/frr.conf /etc/frr/frr.conf
echo 'service integrated-vtysh-config' >/etc/frr/vtysh.conf
chown -R frr:frr /etc/frr /run/frr /var/log/frr
chmod 640 /etc/frr/frr.conf
ip link set lo up
ip link add eth0 type veth peer name eth1
ip link set eth0 address 02:00:00:00:00:01
ip link set eth1 address 02:00:00:00:00:02
ip link set eth0 up
ip link set eth1 up
ip address add 192.0.2.1/24 dev eth0
ip neigh add 192.0.2.9 lladdr 02:00:00:00:00:09 dev eth0 nud permanent
ip -6 neigh add 2001:db8::9 lladdr 02:00:00:00:00:09 dev eth0 nud permanent
for daemon in {daemons}; do /usr/lib/frr/$daemon -d -A 127.0.0.1 2>/dev/null; done
vtysh -b >/dev/null 2>&1 || true
echo ready
exec sleep infinity
"""
SSHD = """
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/key.pub
PermitRootLogin yes
StrictModes no
UsePAM no
Subsystem sftp internal-sftp
"""
CONFIGURATION = """frr version 8.4.4
frr defaults traditional
hostname rt-x
no ipv6 forwarding
service integrated-vtysh-config
!
ip route 198.51.100.0/24 192.0.2.254
!
interface eth0
 description towards the provider
 ip ospf area 0
 ip ospf cost 10
exit
!
router bgp 65001
 bgp router-id 192.0.2.1
 no bgp ebgp-requires-policy
 neighbor 192.0.2.9 remote-as 65002
 neighbor 192.0.2.9 description egov
 !
 address-family ipv4 unicast
  network 203.0.113.0/24
 exit-address-family
exit
!
router ospf
 ospf router-id 192.0.2.1
exit
!
"""


@dataclass
class FrrBox:
    """Where to sign in (as root, by key), and a shell inside for the test's own looks."""

    port: int
    key: Path
    pid: int

    def shell(self, command: str) -> str:
        """What a command says inside the router; raises where it fails."""
        entered = ["nsenter", "-t", str(self.pid), "-n", "-m", "-u", "-p", "sh", "-c", command]
        return subprocess.run(entered, check=True, capture_output=True, text=True).stdout

    def running(self) -> str:
        return self.shell("vtysh -c 'show running-config no-header'")

    def startup(self) -> str:
        return self.shell("cat /etc/frr/frr.conf")


@contextlib.contextmanager
def running_frr_box(folder: Path) -> Iterator[FrrBox]:
    """A router for the length of a block; everything it started ends with it."""
    for name in ("host_key", "key"):
        made = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(made, check=True)
    (folder / "sshd_config").write_text(SSHD.format(folder=folder))
    (folder / "frr.conf").write_text(CONFIGURATION)
    boot = BOOT.format(folder=folder, daemons=" ".join(DAEMONS))
    alone = [*MORTAL, "unshare", "-n", "-m", "-u", "-p", "--fork", "--mount-proc", "--kill-child"]
    with (
        subprocess.Popen([*alone, "sh", "-c", boot], stdout=subprocess.PIPE) as site,
        socket.create_server(("127.0.0.1", 0)) as listener,
    ):
        try:
            assert site.stdout is not None
            while line := site.stdout.readline():
                if line == b"ready\n":
                    break
            else:
                raise RuntimeError("the router did not start")
            children = Path(f"/proc/{site.pid}/task/{site.pid}/children").read_text().split()
            pid = int(children[0])
            threading.Thread(target=_serve, args=(listener, pid, folder), daemon=True).start()
            yield FrrBox(listener.getsockname()[1], folder / "key", pid)
        finally:
            site.kill()


def _serve(listener: socket.socket, pid: int, folder: Path) -> None:
    entered = ["nsenter", "-t", str(pid), "-n", "-m", "-u", "-p", "/usr/sbin/sshd", "-i"]
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            subprocess.Popen(
                [*entered, "-f", str(folder / "sshd_config")],
                stdin=connection,
                stdout=connection,
                stderr=subprocess.DEVNULL,
            )
