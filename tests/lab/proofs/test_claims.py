"""What the proofs claim, held against packets in the twin.

Claims of reachability come straight from :func:`device_configs.proofs.questions.ask`: what each
filter on a way does with which service, and by which rule. For each one a packet is sent from the
claimed source, and the claimed destination is listened at for whether it arrives. Claims of single
points come from the search behind the proof: an element (a group with all that it takes) is taken
down, and seats ask for every service.
"""

import json
import re
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address

import pytest

from device_configs.deploy.lab import Lab
from device_configs.proofs.endpoints import resolve
from device_configs.proofs.failures.cuts import Cut, cuts, ways_to
from device_configs.proofs.failures.risks import failed_elements
from device_configs.proofs.failures.scenarios import FailedElement, single_failures
from device_configs.proofs.questions import Filtered, Passage, WayAnswer, ask
from device_configs.proofs.topology import attachments
from device_configs.site import Site
from tests.pace import is_over

pytestmark = pytest.mark.lab

INSIDE = (
    ("seat-001", "platform"),
    ("seat-012", "platform"),
    ("seat-072", "knowledge"),
    ("mon", "knowledge"),
    ("gap-a", "platform"),
    ("platform", "10.20.20.10"),
    ("egov", "seat-001"),
    ("egov", "vg-a"),
)
"""Pairs within the e-government side: every zone as a source, every rule of the inner firewalls
that holds at all times, both rules of the inline devices."""

FROM_THE_INTERNET = ("198.51.100.7", "192.0.2.9", "8.8.8.8")
"""The province, a neighbour, elsewhere: each has a rule of its own."""

ACROSS = ("core-a", "seat-001", "mon", "vg-a", "rt-a", "knowledge")
"""What no packet from the Internet may reach."""

ANY_SERVICE = ("tcp 22", "udp 7", "icmp")
FIRST_PORT = 40_000
"""Claims send from ports of their own, by which their packets are known again."""

SEND = """
import json, socket, struct, sys, time
def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    return ~(total + (total >> 16)) & 0xFFFF
held = []
for again in range(2):
    for source, destination, protocol, port, mark in json.loads(sys.argv[1]):
        try:
            if protocol == "tcp" and not again:
                link = socket.socket()
                link.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                link.setblocking(False)
                link.bind((source, mark))
                held.append(link)
                link.connect_ex((destination, port))
            elif protocol == "udp":
                link = socket.socket(type=socket.SOCK_DGRAM)
                link.bind((source, mark))
                link.sendto(b"claim", (destination, port))
            elif protocol == "icmp":
                link = socket.socket(type=socket.SOCK_RAW, proto=socket.IPPROTO_ICMP)
                link.bind((source, 0))
                head = struct.pack("!BBHHH", 8, 0, 0, mark, again)
                sum_ = checksum(head)
                link.sendto(struct.pack("!BBHHH", 8, 0, sum_, mark, again), (destination, 0))
        except OSError:
            pass
    time.sleep(1.2)
"""

LISTEN = """
import json, select, socket, struct, sys, time
frames = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
frames.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
end = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
end.bind(sys.argv[1].replace("@", chr(0)))
ends, seen = time.monotonic() + 25, set()
while (left := ends - time.monotonic()) > 0:
    ready = select.select([frames, end], [], [], left)[0]
    if frames not in ready:
        if ready:
            break
        continue
    packet, about = frames.recvfrom(2048)
    if about[2] == socket.PACKET_OUTGOING or len(packet) < 28:
        continue
    protocol, body = packet[9], packet[(packet[0] & 15) * 4:]
    name = {1: "icmp", 6: "tcp", 17: "udp"}.get(protocol)
    if name == "icmp" and body[0] == 8:
        mark, port = struct.unpack("!H", body[4:6])[0], 0
    elif name in ("tcp", "udp"):
        mark, port = struct.unpack("!HH", body[:4])
    else:
        continue
    seen.add((name, socket.inet_ntoa(packet[12:16]), socket.inet_ntoa(packet[16:20]), port, mark))
print(json.dumps(sorted(seen)))
"""

END = """
import socket, sys
socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"end", sys.argv[1].replace("@", chr(0)))
"""

LISTENER = "@claims"
"""Each network namespace has abstract sockets of its own: by it a listener is known, and ended."""

ASK = """
import json, socket, sys
from concurrent.futures import ThreadPoolExecutor
def ask(question):
    kind, address, port, path, wait = question
    try:
        if kind == "sip":
            link = socket.socket(type=socket.SOCK_DGRAM)
            link.settimeout(wait)
            link.connect((address, port))
            own = link.getsockname()
            link.send((f"OPTIONS sip:{path}@{address} SIP/2.0\\r\\n"
                       f"Via: SIP/2.0/UDP {own[0]}:{own[1]};branch=z9hG4bK{own[1]}\\r\\n"
                       f"From: <sip:seat@{own[0]}>;tag=1\\r\\nTo: <sip:{path}@{address}>\\r\\n"
                       f"Call-ID: {own[1]}@{own[0]}\\r\\nCSeq: 1 OPTIONS\\r\\n"
                       "Max-Forwards: 9\\r\\nContent-Length: 0\\r\\n\\r\\n").encode())
            return link.recv(400).startswith(b"SIP/2.0 200")
        with socket.create_connection((address, port), wait) as link:
            link.settimeout(wait)
            link.sendall(f"GET {path or '/health'} HTTP/1.0\\r\\n\\r\\n".encode())
            return kind == "tcp" or b" 200 " in link.recv(64)
    except OSError:
        return False
questions = json.loads(sys.argv[1])
with ThreadPoolExecutor(len(questions)) as pool:
    print(json.dumps(list(pool.map(ask, questions))))
"""


@dataclass(frozen=True)
class Claim:
    """A packet, whether it arrives, and the filters' rules that are said to decide it."""

    node: str
    source: str
    destination: str
    listening: tuple[str, ...]
    protocol: str
    port: int
    arrives: bool
    decided_by: tuple[tuple[str, str], ...]
    """(rule set, rule) of the named rules that match it on its way."""

    def __str__(self) -> str:
        verdict = "arrives" if self.arrives else "does not arrive"
        rules = ", ".join(f"{rule_set}/{rule}" for rule_set, rule in self.decided_by) or "no rule"
        packet = f"{self.source} > {self.destination} {self.protocol}/{self.port}"
        return f"{self.node}: {packet} {verdict} ({rules})"


def inside_claims(site: Site) -> Iterator[Claim]:
    """One claim for each service that the last filter passes, or that any filter stops."""
    for one, other in INSIDE:
        yield from of_first_leg(site, ask(site, one, other))


def internet_claims(site: Site) -> Iterator[Claim]:
    """What reaches the gate, what the outer firewall stops, and what no channel takes."""
    for source in FROM_THE_INTERNET:
        yield from of_first_leg(site, ask(site, source, "platform"))
        yield from of_first_leg(site, ask(site, source, "10.30.0.11"))
    for other in ACROSS:
        answer = ask(site, "inet", other)
        crosses = len(answer.legs) > 1
        # Even what a channel carries to its server crosses in another conversation only.
        assert answer.reaches is crosses
        end = resolve(site, other)
        destination = str(IPv4Address(end.addresses[0][0]))
        listening = tuple(dict.fromkeys(name for name, _ in end.places))
        for service in ANY_SERVICE:
            protocol, port = packet_of(service)
            yield Claim("inet", "203.0.113.1", destination, listening, protocol, port, False, ())


def of_first_leg(site: Site, answer: WayAnswer) -> Iterator[Claim]:
    """The claims about packets as their source sends them."""
    leg = answer.legs[0]
    node = answer.source if answer.source in site.seats else leg.devices[0]
    for number, filtered in enumerate(leg.filters):
        for passage in filtered.passages:
            if passage.permits and number + 1 < len(leg.filters):
                continue  # The next filter says what becomes of it.
            source, destination = re.findall(r"\d+(?:\.\d+){3}", passage.example)
            for service in certain(passage.services):
                protocol, port = packet_of(service)
                rules = named_rules(leg.filters[: number + 1], service, passage)
                yield Claim(node, source, destination, listeners(site, answer, destination),
                            protocol, port, passage.permits, rules)  # fmt: skip


def named_rules(
    filters: Sequence[Filtered], service: str, last: Passage
) -> tuple[tuple[str, str], ...]:
    """The named rules that decide the service on its way, filter by filter."""
    deciding = [
        (f.rule_set, p.rule) for f in filters[:-1] for p in f.passages if service in p.services
    ]
    deciding.append((filters[-1].rule_set, last.rule))
    return tuple((rule_set, rule) for rule_set, rule in deciding if rule is not None)


def certain(services: Collection[str]) -> list[str]:
    """What holds at all times; a few of the many gaps between ports are enough."""
    always = [s for s in services if "at some times" not in s and s != "other"]
    return always[:2] + always[-2:] if len(always) > 5 else always


def packet_of(service: str) -> tuple[str, int]:
    """``tcp 512-514`` as one packet of it: the last port, or a usual one of all."""
    protocol, _, ports = service.partition(" ")
    last = ports.rpartition("-")[2]
    return protocol, int(last) if last else {"tcp": 22, "udp": 53, "icmp": 0}[protocol]


def listeners(site: Site, answer: WayAnswer, destination: str) -> tuple[str, ...]:
    """Whoever holds the destination: of a shared address every member."""
    address = IPv4Address(destination)
    for network in site.networks.values():
        for virtual in network.virtual_addresses:
            if virtual.address == address:
                return virtual.members
    found = [name for name, seat in site.seats.items() if seat.address == address]
    return tuple(found) or (answer.legs[0].devices[-1],)


@contextmanager
def addresses_of_the_internet(lab: Lab) -> Iterator[None]:
    """The Internet side sends from several regions, and straight to addresses of the inside."""
    commands = [["ip", "addr", "{}", f"{found}/32", "dev", "lo"] for found in FROM_THE_INTERNET]
    commands.append(["ip", "route", "{}", "10.0.0.0/8", "via", "203.0.113.0"])
    for command in commands:
        done = lab.client.execute("inet", [word.format("add") for word in command])
        assert done.returncode == 0, done.stderr.decode()
    try:
        yield
    finally:
        for command in reversed(commands):
            lab.client.execute("inet", [word.format("del") for word in command])


def sent(lab: Lab, claims: Mapping[int, Claim]) -> set[int]:
    """Send the packets of all claims at once; the marks of those that arrived."""
    by_node: dict[str, list[tuple[str, str, str, int, int]]] = {}
    for mark, claim in claims.items():
        packet = (claim.source, claim.destination, claim.protocol, claim.port, mark)
        by_node.setdefault(claim.node, []).append(packet)
    nodes = {name for claim in claims.values() for name in claim.listening}
    with ThreadPoolExecutor(len(nodes) + len(by_node)) as pool:
        heard = {name: pool.submit(python, lab, name, LISTEN, LISTENER) for name in sorted(nodes)}
        wait_until_listening(lab, nodes)
        sending = [
            pool.submit(python, lab, name, SEND, json.dumps(packets))
            for name, packets in by_node.items()
        ]
        for done in sending:
            done.result()
        for name in nodes:
            python(lab, name, END, LISTENER)
        seen = {name: {tuple(found) for found in json.loads(done.result())}
                for name, done in heard.items()}  # fmt: skip
    return {
        mark
        for mark, c in claims.items()
        if any((c.protocol, c.source, c.destination, c.port, mark) in seen[name]
               for name in c.listening)
    }  # fmt: skip


def wait_until_listening(lab: Lab, nodes: Collection[str]) -> None:
    waiting, begun = set(nodes), time.monotonic()
    while waiting:
        assert not is_over(begun, SETTLES_S), waiting
        shown = ["grep", "-q", LISTENER, "/proc/net/unix"]
        waiting = {name for name in waiting if lab.client.execute(name, shown).returncode}


def python(lab: Lab, node: str, program: str, *words: object) -> str:
    done = lab.client.execute(node, ["python3", "-c", program, *map(str, words)])
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().strip()


def counted(lab: Lab, rules: Collection[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Packets that each rule decided, on all devices of its rule set."""
    found = dict.fromkeys(rules, 0)
    for rule_set in {rule_set for rule_set, _ in rules}:
        for device in lab.site.rule_sets[rule_set].devices:
            shown = lab.client.execute(device, ["nft", "-j", "list", "counters"]).stdout
            for item in json.loads(shown)["nftables"]:
                counter = item.get("counter", {"name": "", "packets": 0})
                rule = (rule_set, counter["name"].removeprefix("rule-"))
                if counter["name"].startswith("rule-") and rule in found:
                    found[rule] += counter["packets"]
    return found


def test_packets_arrive_exactly_where_the_proofs_say_and_by_the_rule_they_name(lab: Lab) -> None:
    everything = dict(enumerate([*inside_claims(lab.site), *internet_claims(lab.site)], FIRST_PORT))
    arriving = [claim for claim in everything.values() if claim.arrives]
    assert len(arriving) >= 20
    assert len(everything) - len(arriving) >= 10
    lab.wait_until_reached("seat-001", IPv4Address("10.100.0.10"))
    rules = {rule for claim in everything.values() for rule in claim.decided_by}
    before = counted(lab, rules)
    with addresses_of_the_internet(lab):
        arrived = sent(lab, everything)
    after = counted(lab, rules)
    wrong = [str(claim) for mark, claim in everything.items() if (mark in arrived) != claim.arrives]
    assert wrong == []
    for rule in rules:
        expected = sum(rule in claim.decided_by for claim in everything.values())
        assert after[rule] - before[rule] >= expected, rule


ELEMENTS = ("sw-2", "rack:W3", "feed:feed-a", "core-b", "pstn", "fwx--inet")
"""An accepted access switch, a floor cabinet, a power feed with all of one half, a core switch, the
telephone network, the Internet line."""

ASKING = ("seat-001", "seat-013", "seat-024", "seat-025", "seat-072")
SETTLES_S = 15.0
SILENT_S = 2.0


def claimed_cuts(site: Site) -> dict[str, Cut]:
    """What the failure of each sampled element cuts, nothing included."""
    sampled = [
        failed_element
        for failed_element in failed_elements(site)
        if failed_element.name in ELEMENTS
    ]
    assert len(sampled) == len(ELEMENTS)
    found = cuts(ways_to(site, site.services.values()), attachments(site), single_failures(sampled))
    none = {failed_element.name: Cut((failed_element,), {}) for failed_element in sampled}
    return none | {cut.failed_elements[0].name: cut for cut in found}


def cut_off(site: Site, cut: Cut, seat: str, service: str) -> bool:
    """Of a service that seats do not use the proof says only whether anybody reaches it."""
    if not site.services[service].used_by_seats:
        return service in cut.seats
    return seat in cut.seats.get(service, ())


@contextmanager
def taken_down(lab: Lab, failed_element: FailedElement) -> Iterator[None]:
    """All that the failed element takes with it, at once; it returns with the block's end."""
    devices = sorted(failed_element.elements & lab.site.devices.keys())
    links = sorted(failed_element.elements & lab.site.links.keys())
    for name in devices:
        lab.client.kill(name)
    for name in links:
        lab.client.cut(name)
    try:
        yield
    finally:
        for name in links:
            lab.client.heal(name)
        for name in devices:
            lab.client.start(name)


ANYBODY = "anybody"


def expectations(site: Site, cut: Cut) -> dict[tuple[str, str], bool]:
    """Who should be answered by which service."""
    return {
        (who, service.name): not cut_off(site, cut, who, service.name)
        for service in site.services.values()
        for who in (ASKING if service.used_by_seats else (ANYBODY,))
    }


def answers(lab: Lab) -> dict[tuple[str, str], bool]:
    """Whether each seat is answered by its services, and anybody by those not for seats."""
    services = list(lab.site.services.values())
    questions = json.dumps(
        [[c.kind, str(c.address), c.port, c.path, SILENT_S]
         for c in (service.checks[0] for service in services)]
    )  # fmt: skip
    with ThreadPoolExecutor(len(ASKING)) as pool:
        told = list(pool.map(lambda seat: json.loads(python(lab, seat, ASK, questions)), ASKING))
    found: dict[tuple[str, str], bool] = {}
    for seat, answered in zip(ASKING, told, strict=True):
        for service, yes in zip(services, answered, strict=True):
            who = seat if service.used_by_seats else ANYBODY
            found[who, service.name] = found.get((who, service.name), False) or yes
    return found


def wait_for(lab: Lab, expected: Mapping[tuple[str, str], bool]) -> dict[tuple[str, str], bool]:
    """Ask until everybody who should be answered is; the last answers."""
    begun = time.monotonic()
    while True:
        found = answers(lab)
        missing = [pair for pair, answered in expected.items() if answered and not found[pair]]
        if not missing or is_over(begun, SETTLES_S):
            return found
        time.sleep(0.5)


def test_what_a_failure_cuts_is_what_the_proof_says(lab: Lab) -> None:
    everybody = expectations(lab.site, Cut((), {}))
    assert wait_for(lab, everybody) == everybody
    for name, cut in claimed_cuts(lab.site).items():
        expected = expectations(lab.site, cut)
        with taken_down(lab, cut.failed_elements[0]):
            found = wait_for(lab, expected)
        assert found == expected, name
        assert wait_for(lab, everybody) == everybody, f"after {name}"
