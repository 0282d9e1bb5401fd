"""A rule decides about a packet of IPv6 as about one of IPv4 between the same two hosts.

The kernel is asked, with rendered sets of random rules and packets between two sides of a firewall.
"""

import select
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Network
from itertools import count, product
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from device_configs.render import Secrets, render_device
from device_configs.site.model import Action, AddressSet, DeclaredRule, RuleSet, Site, Title
from tests.device_configs.render.changes import declared
from tests.device_configs.render.dual_stack import SEATS_1, SEATS_2, SERVERS, THROUGH_FIREWALLS
from tests.mortal import MORTAL

pytestmark = pytest.mark.daemon

INNER = (("10.20.1.11", f"{SEATS_1}b"), ("10.20.1.200", f"{SEATS_1}c8"),
         ("10.20.2.11", f"{SEATS_2}b"))  # fmt: skip
OUTER = (("10.40.1.10", f"{SERVERS}a"), ("10.40.1.12", f"{SERVERS}c"),
         ("10.40.1.130", f"{SERVERS}82"))  # fmt: skip
"""Hosts of either side by their addresses."""
INNER_OTHER, OUTER_OTHER = (f"{SEATS_1}beef:1", f"{SEATS_1}100"), (f"{SERVERS}beef:1",)
"""Addresses of the same segments that no host of IPv4 has the number of."""
PORTS = (7, 80, 7007)
TRIES = 300
"""A tenth of a second each, until every way carries packets."""
SETS = {
    "seats-one": ["10.20.1.0/24"],
    "lower-seats": ["10.20.1.0/25", "10.20.2.0/25"],
    "one-seat": ["10.20.1.200/32"],
    "all-inside": ["10.0.0.0/8"],
    "ipv4-alone": ["10.20.3.0/24", "10.100.0.10/32"],
    "lower-servers": ["10.40.1.0/25"],
    "two-servers": ["10.40.1.10/32", "10.40.1.12/32", "10.100.0.11/32"],
}
TITLE = Title(zh="集合", en="Set")
SIDE = """
import socket, sys
receiving = {}
for family in (socket.AF_INET, socket.AF_INET6):
    for port in (PORTS):
        bound = socket.socket(family, socket.SOCK_DGRAM)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind(("0.0.0.0" if family == socket.AF_INET else "::", port))
        bound.setblocking(False)
        receiving[family, port] = bound
def came():
    for bound in receiving.values():
        try:
            while True:
                yield bound.recv(100).decode()
        except BlockingIOError:
            pass
number = 20000
print("ready", flush=True)
for line in sys.stdin:
    if line == "came\\n":
        print(" ".join(came()), flush=True)
        continue
    source, target, port, name = line.split()
    number = 20000 + (number + 1) % 40000
    family = socket.AF_INET6 if ":" in target else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sending:
        sending.bind((source, number))
        sending.sendto(name.encode(), (target, int(port)))
""".replace("(PORTS)", str(PORTS))
SCRIPT = """set -e
mount -t tmpfs tmpfs /run
for side in inner outer; do ip netns add $side; done
ip link set lo up
sysctl -q -w net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
number=1
for pair in inner:core-a-ips-a outer:rt-a; do
    side=${pair%%:*} port=${pair#*:}
    ip link add $port type veth peer name eth0 netns $side
    ip link set $port up
    ip -n $side link set lo up
    ip -n $side link set eth0 up
    ip addr add 169.254.$number.1/24 dev $port
    ip -n $side addr add 169.254.$number.2/24 dev eth0
    ip addr add fd00:$number::1/64 dev $port nodad
    ip -n $side addr add fd00:$number::2/64 dev eth0 nodad
    ip -n $side route add default via 169.254.$number.1
    ip -n $side route add default via fd00:$number::1
    number=$((number + 1))
done
{addresses}
echo ready
exec sleep infinity
"""


def _addresses() -> Iterator[str]:
    for number, (side, hosts) in enumerate((("inner", INNER), ("outer", OUTER)), start=1):
        for ipv4, ipv6 in hosts:
            yield f"ip -n {side} addr add {ipv4}/32 dev eth0"
            yield f"ip -n {side} addr add {ipv6}/128 dev eth0 nodad"
            yield f"ip route add {ipv4}/32 via 169.254.{number}.2"
            yield f"ip route add {ipv6}/128 via fd00:{number}::2"
    for number, side, others in ((1, "inner", INNER_OTHER), (2, "outer", OUTER_OTHER)):
        for ipv6 in others:
            yield f"ip -n {side} addr add {ipv6}/128 dev eth0 nodad"
            yield f"ip route add {ipv6}/128 via fd00:{number}::2"


@dataclass(frozen=True)
class Between:
    """The kernel of a firewall between two sides."""

    firewall: list[str]
    sides: dict[str, "subprocess.Popen[str]"]

    def load(self, ruleset: Path) -> None:
        subprocess.run([*self.firewall, "nft", "-f", str(ruleset)], check=True)

    def send(self, side: str, source: str, target: str, port: int, name: str) -> None:
        _say(self.sides[side], f"{source} {target} {port} {name}")

    def came(self, seconds: float) -> set[str]:
        """Packets that arrived on either side within a while, by their names."""
        select.select([], [], [], seconds)
        return {name for side in self.sides.values() for name in _asked(side, "came").split()}


def wait_until_carried(kernel: Between) -> None:
    """Before any rule both ways carry both families; IPv6 takes its time for addresses of its own
    (RFC 4862, 5.4) before it asks for neighbours."""
    ways, came = {f"{side}{family}" for side in ("inner", "outer") for family in (0, 1)}, set()
    for _ in range(TRIES):
        for family in (0, 1):
            ends = INNER[0][family], OUTER[0][family]
            kernel.send("inner", *ends, PORTS[0], f"inner{family}")
            kernel.send("outer", *reversed(ends), PORTS[0], f"outer{family}")
        came |= kernel.came(0.1)
        if came >= ways:
            return
    raise AssertionError(f"only {sorted(came)} came")


def _say(side: "subprocess.Popen[str]", line: str) -> None:
    assert side.stdin is not None
    side.stdin.write(f"{line}\n")
    side.stdin.flush()


def _asked(side: "subprocess.Popen[str]", line: str) -> str:
    _say(side, line)
    return _heard(side)


def _heard(side: "subprocess.Popen[str]") -> str:
    assert side.stdout is not None
    return side.stdout.readline()


@contextmanager
def between() -> Iterator[Between]:
    alone = [*MORTAL, "unshare", "-n", "-m", "-p", "--fork", "--kill-child", "sh", "-c"]
    script = SCRIPT.replace("{addresses}", "\n".join(_addresses()))
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([*alone, script], **pipes) as started:  # type: ignore[call-overload]
        try:
            assert _heard(started) == "ready\n"
            found = subprocess.run(["pgrep", "-P", str(started.pid)], check=True,
                                   capture_output=True, text=True)  # fmt: skip
            inside = ["nsenter", "-t", found.stdout.split()[0], "-n", "-m"]
            sides = {
                side: subprocess.Popen(  # type: ignore[call-overload]
                    [*inside, "ip", "netns", "exec", side, "python3", "-c", SIDE], **pipes
                )
                for side in ("inner", "outer")
            }
            assert [_heard(side) for side in sides.values()] == ["ready\n"] * 2
            yield Between(inside, sides)
        finally:
            started.kill()


def named(*names: str) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(names), max_size=2, unique=True).map(tuple)


RULE = st.builds(
    lambda outward, inner, outer, allows, apps, users: DeclaredRule(
        name="rule", purpose="Random.", action=Action.ALLOW if allows else Action.DENY,
        from_zones=("seats", "operations") if outward else ("egov",),
        to_zones=("egov",) if outward else ("seats",),
        sources=inner if outward else outer, destinations=outer if outward else inner,
        users=users if outward else (), applications=apps,
    ),
    st.booleans(),
    named("seats-one", "lower-seats", "one-seat", "all-inside", "ipv4-alone"),
    named("lower-servers", "two-servers", "all-inside", "ipv4-alone"),
    st.booleans(),
    named("drill-echo", "ping", "platform-web"),
    named("agents", "supervisors"),
)  # fmt: skip


def with_rules(site: Site, rules: list[DeclaredRule], default: Action) -> Site:
    numbered = tuple(rule.model_copy(update={"name": f"rule-{number}"})
                     for number, rule in enumerate(rules))  # fmt: skip
    inner = site.rule_sets["inner"].model_copy(update={"rules": numbered, "default": default})
    sets = {name: AddressSet(name=name, title=TITLE, prefixes=tuple(map(IPv4Network, prefixes)))
            for name, prefixes in SETS.items()}  # fmt: skip
    rule_sets: dict[str, RuleSet] = {**site.rule_sets, "inner": inner}
    return site.model_copy(update={"rule_sets": rule_sets, "address_sets": {**site.address_sets,
                                                                            **sets},
                                   "syn_proxies": {}})  # fmt: skip


def test_a_rule_decides_alike_in_either_family(secrets: Secrets, tmp_path: Path) -> None:
    site = declared(tmp_path / "declared", THROUGH_FIREWALLS)
    ruleset = tmp_path / "nftables.conf"
    passed: set[bool] = set()
    rounds = count()
    with between() as kernel:
        wait_until_carried(kernel)

        @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
        @given(st.lists(RULE, max_size=6), st.sampled_from(Action))
        def decides_alike(rules: list[DeclaredRule], default: Action) -> None:
            other = with_rules(site, rules, default)
            ruleset.write_text(render_device(other, secrets, "fwi-a")
                               .file("/etc/nftables.conf").content)  # fmt: skip
            kernel.load(ruleset)
            number = next(rounds)
            sent = set(_send_all(kernel, number))
            came = kernel.came(0.1)
            if _of(came, 0) != _of(came, 1):  # A busy machine: what was under way has arrived then.
                came |= kernel.came(1)
            came &= sent  # What an earlier round sent is not this one's.
            assert _of(came, 0) == _of(came, 1)
            assert not _of(came, 2)  # Whoever has another address is told from every host.
            sent = {name for name in sent if not name.endswith("/2")}
            passed.update(name in came for name in sent)

        decides_alike()
    assert passed == {True, False}


def _send_all(kernel: Between, number: int) -> Iterator[str]:
    """Every packet in either family; its name ends with the family's number. At 2 it ends where
    a packet comes from or goes to an address that no host has."""
    ways = (("inner", INNER, OUTER), ("outer", OUTER, INNER))
    for side, sources, targets in ways:
        for source in sources:
            for target in targets:
                for port in PORTS:
                    for family in (0, 1):
                        name = f"{number}/{source[0]}/{target[0]}/{port}/{family}"
                        kernel.send(side, source[family], target[family], port, name)
                        yield name
    for side, source, target in _between_others():
        for port in PORTS:
            name = f"{number}/{source}/{target}/{port}/2"
            kernel.send(side, source, target, port, name)
            yield name


def _between_others() -> Iterator[tuple[str, str, str]]:
    inner, outer = [host[1] for host in INNER], [host[1] for host in OUTER]
    ways = (("inner", inner, INNER_OTHER, outer, OUTER_OTHER),
            ("outer", outer, OUTER_OTHER, inner, INNER_OTHER))  # fmt: skip
    for side, hosts, others, beyond, others_beyond in ways:
        pairs = (*product(others, (*beyond, *others_beyond)), *product(hosts, others_beyond))
        yield from ((side, source, target) for source, target in pairs)


def _of(names: set[str], family: int) -> set[str]:
    return {name[:-2] for name in names if name.endswith(f"/{family}")}
