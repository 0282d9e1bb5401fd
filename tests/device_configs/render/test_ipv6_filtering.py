"""IPv6 through rendered filters, in real daemons: a core switch, an inline intrusion prevention, a
firewall and a router between seats and a server, and packets that rules allow and refuse."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from device_configs.compliance.frr_lines import frr_difference
from device_configs.render import Secrets, Tree, render_device
from tests.device_configs.render.changes import declared
from tests.device_configs.render.dual_stack import SEATS_1, SEATS_2, SERVERS, THROUGH_FIREWALLS
from tests.device_configs.render.ipv6_lab import PATIENT, Cabling, Host, Ipv6Lab, running, until

pytestmark = pytest.mark.daemon

DEVICES = ("core-a", "ips-a", "fwi-a", "rt-a")
SERVER, OTHER = (f"{SERVERS}a", "10.40.1.10"), (f"{SERVERS}c", "10.40.1.12")
"""The server that a rule names, and one that none does: in either family."""
SEAT_1, SEAT_2 = (f"{SEATS_1}b", "10.20.1.11"), (f"{SEATS_2}b", "10.20.2.11")
HOSTS = {
    "seat-1": Host((f"{SEAT_1[0]}/64", f"{SEAT_1[1]}/24"), (f"{SEATS_1}1", "10.20.1.1")),
    "seat-2": Host((f"{SEAT_2[0]}/64", f"{SEAT_2[1]}/24"), (f"{SEATS_2}1", "10.20.2.1")),
    "server": Host((f"{SERVER[0]}/64", f"{SERVER[1]}/24"), (f"{SERVERS}1", "10.40.1.1")),
    "other": Host((f"{OTHER[0]}/64", f"{OTHER[1]}/24"), (f"{SERVERS}1", "10.40.1.1")),
}  # fmt: skip
CABLING = Cabling(
    (
        (("seat-1", "eth0"), ("core-a", "sw-1")),
        (("seat-2", "eth0"), ("core-a", "sw-2")),
        (("core-a", "fwi-a-ips-a"), ("ips-a", "core-a-fwi-a")),
        (("ips-a", "fwi-a-core-a"), ("fwi-a", "core-a-ips-a")),
        (("fwi-a", "rt-a"), ("rt-a", "fwi-a")),
    ),
    {"servers": (("rt-a", "sw-7"), ("server", "eth0"), ("other", "eth0"))},
)
ECHO = """
import socket, threading
def tcp(port):
    listening = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True)
    while True:
        connection, _ = listening.accept()
        connection.sendall(connection.recv(100))
        connection.close()
def udp(port):
    bound = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    bound.bind(("::", port))
    while True:
        said, whose = bound.recvfrom(2000)
        bound.sendto(said, whose)
for port in (23, 7007, 7008):
    for answer in (tcp, udp):
        threading.Thread(target=answer, args=(port,)).start()
print("ready", flush=True)
"""
ASK = """
import socket, sys
kind, host, port, size = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
family = socket.AF_INET6 if ":" in host else socket.AF_INET
asking = socket.socket(family, getattr(socket, "SOCK_STREAM" if kind == "tcp" else "SOCK_DGRAM"))
asking.settimeout(1)
try:
    asking.connect((host, port))
    asking.send(b"x" * size)
    print(len(asking.recv(2000)))
except OSError as error:
    print(type(error).__name__)
"""


def asks(lab: Ipv6Lab, whose: str, kind: str, host: str, port: int, size: int = 1) -> bool:
    """Whether somebody's packet to a port is answered."""
    said = lab.run(whose, "python3", "-c", ASK, kind, host, str(port), str(size))
    return said.strip() == str(size)


@contextmanager
def answering(lab: Ipv6Lab, *names: str) -> Iterator[None]:
    started = [subprocess.Popen(lab.inside(name, "python3", "-c", ECHO), stdout=subprocess.PIPE)
               for name in names]  # fmt: skip
    try:
        for one in started:
            assert one.stdout is not None
            assert one.stdout.readline() == b"ready\n"
        yield
    finally:
        for one in started:
            one.kill()
            one.communicate()


@pytest.fixture
def trees(secrets: Secrets, tmp_path: Path) -> dict[str, Tree]:
    site = declared(tmp_path / "declared", (*THROUGH_FIREWALLS, PATIENT))
    return {name: render_device(site, secrets, name) for name in DEVICES}


def test_rules_hold_in_either_family(trees: dict[str, Tree], tmp_path: Path) -> None:
    with (
        running(trees, HOSTS, CABLING, tmp_path) as lab,
        answering(lab, "server", "other", "seat-1"),
    ):
        for address in SERVER:
            assert until(lambda a=address: lab.reaches("seat-1", a), 90), _why(lab, tmp_path)
        for family in (0, 1):
            _holds(lab, family)
        _another_address_is_of_no_use(lab)
        _neighbours_are_found_again(lab)
        _errors_pass(lab)
        _frames_are_inspected(lab)
        _is_counted(lab)
        rendered = trees["fwi-a"].file("/etc/frr/frr.conf").content
        said = lab.run("fwi-a", "vtysh", "-c", "show running-config")
        assert frr_difference(rendered, said) == ""
        assert "stub-router" in rendered
        assert "stub-router" not in said


def _holds(lab: Ipv6Lab, family: int) -> None:
    """The rule lets seats of one segment ask one server for two ports; nobody else anything."""
    server, other, seat = SERVER[family], OTHER[family], SEAT_1[family]
    allowed = {(kind, port): asks(lab, "seat-1", kind, server, port)
               for kind in ("tcp", "udp") for port in (7007, 7008)}  # fmt: skip
    assert allowed == {(kind, port): port == 7007 for kind, port in allowed}
    assert not asks(lab, "seat-1", "udp", other, 7007)
    assert not asks(lab, "seat-2", "udp", server, 7007)
    assert not lab.reaches("seat-2", server)
    assert not asks(lab, "server", "udp", seat, 7007)
    assert not asks(lab, "server", "tcp", seat, 7007)
    assert not lab.reaches("server", seat)


def _another_address_is_of_no_use(lab: Ipv6Lab) -> None:
    """A seat that gives itself an address beyond the numbers of its segment reaches nothing, not
    even the firewall: the inline device counts it before it could fill a limit of one source."""

    def pings(source: str, target: str) -> bool:
        sent = lab.inside("seat-1", "ping", "-q", "-c", "1", "-W", "1", "-I", source, target)
        return subprocess.run(sent, capture_output=True).returncode == 0

    other = f"{SEATS_1}beef:1"
    lab.run("seat-1", "ip", "addr", "add", f"{other}/64", "dev", "eth0", "nodad")
    assert pings(SEAT_1[0], SERVER[0])
    assert pings(other, f"{SEATS_1}2")  # Its own switch answers: the address is in use.
    assert not pings(other, SERVER[0])
    table = lab.run("ips-a", "nft", "list", "table", "bridge", "inline")
    dropped = next(line for line in table.splitlines() if "from no declared host" in line)
    assert int(dropped.split("packets ")[1].split()[0]) > 0
    limits = table.split("chain forward")[0]
    assert f"{SEAT_1[0]} " in limits
    assert "beef" not in limits
    lab.run("seat-1", "ip", "addr", "del", f"{other}/64", "dev", "eth0")


def _neighbours_are_found_again(lab: Ipv6Lab) -> None:
    """Through the inline device and in the segments."""
    for name in ("core-a", "fwi-a", "rt-a", "seat-1", "server"):
        lab.run(name, "ip", "-6", "neigh", "flush", "all")
    assert until(lambda: lab.reaches("seat-1", SERVER[0]), 10)


def _errors_pass(lab: Ipv6Lab) -> None:
    """Behind the firewall a cable takes less: the seat learns it and sends smaller packets."""
    lab.run("rt-a", "ip", "link", "set", "sw-7", "mtu", "1300")
    assert until(lambda: asks(lab, "seat-1", "udp", SERVER[0], 7007, 1400) or "mtu 1300" in
                 lab.run("seat-1", "ip", "-6", "route", "get", SERVER[0]), 10)  # fmt: skip
    lab.run("rt-a", "ip", "link", "set", "sw-7", "mtu", "1500")


def _frames_are_inspected(lab: Ipv6Lab) -> None:
    """What the inline device refuses does not come as far as the firewall."""

    def refused() -> int:
        shown = lab.run("ips-a", "nft", "list", "counter", "bridge", "inline",
                        "rule-no-clear-text-login")  # fmt: skip
        return int(shown.split("packets")[1].split()[0])

    before = refused()
    assert not asks(lab, "seat-1", "tcp", SERVER[0], 23)
    assert refused() > before


def _is_counted(lab: Ipv6Lab) -> None:
    """Whoever drains a device learns that packets of either family still pass it."""

    def forwarded() -> int:
        status = lab.run("rt-a", "device-drain", "status")
        return int(status.split("forwarded ")[1].split()[0])

    before = forwarded()
    assert lab.reaches("seat-1", SERVER[0])
    assert forwarded() > before


def _why(lab: Ipv6Lab, folder: Path) -> str:
    shown = [(folder / "said").read_text()]
    for name in ("core-a", "fwi-a", "rt-a"):
        shown += [name, lab.run(name, "ip", "-6", "route"), lab.run(name, "vtysh", "-c",
                  "show ipv6 ospf6 neighbor")]  # fmt: skip
    shown.append(lab.run("fwi-a", "nft", "list", "table", "inet", "filter"))
    return "\n".join(shown)
