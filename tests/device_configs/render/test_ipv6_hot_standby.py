"""A session of IPv6 survives its firewall: the partner knows it and takes over its way.

Real daemons of both firewalls, a core switch and a router: OSPFv3, conntrackd, keepalived.
"""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from device_configs.render import Secrets, Tree, render_device
from tests.device_configs.render.changes import declared
from tests.device_configs.render.dual_stack import SEATS_1, SERVERS, THROUGH_FIREWALLS
from tests.device_configs.render.ipv6_lab import PATIENT, Cabling, Host, Ipv6Lab, running, until

pytestmark = pytest.mark.daemon

FIREWALLS = ("fwi-a", "fwi-b")
DEVICES = ("core-a", *FIREWALLS, "rt-a")
SERVER = f"{SERVERS}a"
HOSTS = {
    "seat-1": Host((f"{SEATS_1}b/64",), (f"{SEATS_1}1",)),
    "server": Host((f"{SERVER}/64",), (f"{SERVERS}1",)),
}
CABLING = Cabling(
    (
        (("seat-1", "eth0"), ("core-a", "sw-1")),
        (("core-a", "fwi-a-ips-a"), ("fwi-a", "core-a-ips-a")),
        (("core-a", "fwi-b-ips-b"), ("fwi-b", "core-a-ips-b")),
        (("fwi-a", "fwi-b"), ("fwi-b", "fwi-a")),
        (("fwi-a", "rt-a"), ("rt-a", "fwi-a")),
        (("fwi-b", "rt-a"), ("rt-a", "fwi-b")),
        (("rt-a", "sw-7"), ("server", "eth0")),
    )
)
ECHO = """
import socket
listening = socket.create_server(("::", 7007), family=socket.AF_INET6)
print("ready", flush=True)
connection, _ = listening.accept()
while said := connection.recv(100):
    connection.sendall(said)
"""
TALK = f"""
import socket, sys
talking = socket.create_connection(("{SERVER}", 7007))
for line in sys.stdin:
    talking.sendall(line.encode())
    print(talking.recv(100).decode(), end="", flush=True)
"""


@contextmanager
def talking(lab: Ipv6Lab) -> Iterator["subprocess.Popen[str]"]:
    """A session from the seat to the server: what is written to it comes back."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    started = []
    try:
        for name, program in (("server", ECHO), ("seat-1", TALK)):
            entered = lab.inside(name, "python3", "-c", program)
            one = subprocess.Popen(entered, **pipes)  # type: ignore[call-overload]
            started.append(one)
            if name == "server":
                assert one.stdout.readline() == "ready\n"
        yield started[-1]
    finally:
        for one in started:
            one.kill()
            one.communicate()


def _echoed(session: "subprocess.Popen[str]", line: str) -> str:
    assert session.stdin is not None
    assert session.stdout is not None
    session.stdin.write(line)
    session.stdin.flush()
    return session.stdout.readline()


@pytest.fixture
def trees(secrets: Secrets, tmp_path: Path) -> dict[str, Tree]:
    site = declared(tmp_path / "declared", (*THROUGH_FIREWALLS, PATIENT))
    return {name: render_device(site, secrets, name) for name in DEVICES}


@pytest.mark.timeout(300)
def test_a_session_survives_its_firewall(trees: dict[str, Tree], tmp_path: Path) -> None:
    with running(trees, HOSTS, CABLING, tmp_path) as lab:
        assert until(lambda: lab.reaches("seat-1", SERVER), 90), (tmp_path / "said").read_text()
        assert until(lambda: _roles(lab) == {"master", "backup"})
        (active,) = (name for name in FIREWALLS if _role(lab, name) == "master")
        (standby,) = {*FIREWALLS} - {active}
        assert until(lambda: (_is_stub(lab, active), _is_stub(lab, standby)) == (False, True))
        assert until(lambda: lab.reaches("seat-1", SERVER))
        with talking(lab) as session:
            assert _echoed(session, "one\n") == "one\n"
            assert until(lambda: _knows_the_session(lab, standby))
            for port in ("core-a-ips-a", "core-a-ips-b", "rt-a", *FIREWALLS):
                lab.run(active, "sh", "-c", f"! ip link show {port} >/dev/null 2>&1 || "
                        f"ip link set {port} down")  # fmt: skip
            assert _echoed(session, "two\n") == "two\n"
            assert _role(lab, standby) == "master"
            assert not _is_stub(lab, standby)


def _role(lab: Ipv6Lab, name: str) -> str:
    return lab.run(name, "sh", "-c", "cat /run/firewall-role || true").strip()


def _roles(lab: Ipv6Lab) -> set[str]:
    return {_role(lab, name) for name in FIREWALLS}


def _is_stub(lab: Ipv6Lab, name: str) -> bool:
    said = lab.run(name, "vtysh", "-d", "ospf6d", "-c", "show running-config")
    return "stub-router administrative" in said


def _knows_the_session(lab: Ipv6Lab, name: str) -> bool:
    known = lab.run(name, "conntrack", "-L", "-f", "ipv6", "-p", "tcp")
    return f"dst={SERVER}" in known and "dport=7007" in known
