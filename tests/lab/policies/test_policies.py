"""Packets meet the declared rules: who passes, when, how fast, and what protects the site."""

import dataclasses
import json
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml

from device_configs.deploy.lab import Lab
from device_configs.site import load_site
from device_configs.site.model import Weekday
from tests.lab.bringing import bring

pytestmark = pytest.mark.lab

PLATFORM, KNOWLEDGE, PUBLIC, GATE = "10.100.0.10", "10.100.0.11", "203.0.113.0", "10.20.20.10"
FIREWALLS = ("fwi-a", "fwi-b")
ANSWERED, REFUSED, SILENT = "answered", "refused", "silent"

CONNECT = """
import socket, sys
address, port, source = sys.argv[1], int(sys.argv[2]), sys.argv[3]
try:
    with socket.create_connection((address, port), 2, (source, 0)) as link:
        link.settimeout(4)
        link.sendall(b"GET /health HTTP/1.0\\r\\n\\r\\n")
        print("answered" if link.recv(64) else "refused")
except ConnectionError:
    print("refused")
except TimeoutError:
    print("silent")
"""

BURST = """
import errno, select, socket, sys
address, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
links = [socket.socket() for _ in range(count)]
for link in links:
    link.setblocking(False)
    if link.connect_ex((address, port)) not in (0, errno.EINPROGRESS):
        break
_, ready, _ = select.select([], links, [], 0.5)
print(len(ready))
"""

UPLOAD = """
import socket, sys, time
line = b"X-Load: " + b"x" * 1014 + b"\\r\\n"
with socket.create_connection((sys.argv[1], 8080), 5) as link:
    started = time.monotonic()
    link.sendall(b"GET /health HTTP/1.0\\r\\n" + line * int(sys.argv[2]) + b"\\r\\n")
    link.recv(64)
    print(time.monotonic() - started)
"""

SIP = """
import socket, sys
with socket.create_connection((sys.argv[1], 5060), 3, ("10.100.0.10", 0)) as link:
    link.settimeout(5)
    link.sendall((f"{sys.argv[2]} sip:camera@{sys.argv[1]} SIP/2.0\\r\\n"
                  "Via: SIP/2.0/TCP 10.100.0.10;branch=z9hG4bK1\\r\\nFrom: <sip:a@b>;tag=1\\r\\n"
                  "To: <sip:camera@b>\\r\\nCall-ID: 1\\r\\nCSeq: 1 X\\r\\n\\r\\n").encode())
    try:
        print(link.recv(200).decode().split("\\r\\n")[0] or "closed")
    except ConnectionError:
        print("closed")
"""


@pytest.fixture(autouse=True)
def working_way(lab: Lab) -> None:
    lab.wait_until_reached("seat-001", IPv4Address(PLATFORM))


def python(lab: Lab, node: str, program: str, *words: object) -> str:
    done = lab.client.execute(node, ["python3", "-c", program, *map(str, words)])
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().strip()


def connect(lab: Lab, node: str, address: str, port: int, source: str = "") -> str:
    return python(lab, node, CONNECT, address, port, source)


def counted(lab: Lab, device: str, counter: str, table: str = "inet filter") -> int:
    """Packets of a named counter."""
    shown = lab.client.execute(device, ["nft", "-j", "list", "counter", *table.split(), counter])
    return next(c["counter"]["packets"] for c in json.loads(shown.stdout)["nftables"]
                if "counter" in c)  # fmt: skip


def counted_by(lab: Lab, devices: tuple[str, ...], counter: str, table: str = "inet filter") -> int:
    return sum(counted(lab, device, counter, table) for device in devices)


@pytest.mark.parametrize(
    ("seat", "address", "port", "rule"),
    [
        pytest.param("seat-001", PLATFORM, 8080, "agents-platform", id="the platform"),
        pytest.param("seat-072", KNOWLEDGE, 8080, "agents-knowledge", id="the knowledge base"),
    ],
)
def test_an_allowed_pair_passes_by_its_rule(
    lab: Lab, seat: str, address: str, port: int, rule: str
) -> None:
    before = counted_by(lab, FIREWALLS, f"rule-{rule}")
    assert connect(lab, seat, address, port) == ANSWERED
    assert counted_by(lab, FIREWALLS, f"rule-{rule}") == before + 1


@pytest.mark.parametrize(
    ("node", "address", "port"),
    [
        pytest.param("seat-001", PLATFORM, 22, id="an application no rule names"),
        pytest.param("seat-013", PLATFORM, 8443, id="an agent who is no supervisor"),
        pytest.param("seat-001", PLATFORM, 502, id="an industrial protocol"),
        pytest.param("seat-001", PLATFORM, 23, id="a clear-text login"),
        pytest.param("mon", GATE, 5432, id="a channel of others"),
    ],
)
def test_a_denied_pair_meets_silence(lab: Lab, node: str, address: str, port: int) -> None:
    assert connect(lab, node, address, port) == SILENT


def test_the_inline_devices_count_what_they_drop(lab: Lab) -> None:
    inline = ("ips-a", "ips-b")
    names = ("scada-modbus", "rule-no-clear-text-login")
    before = [counted_by(lab, inline, name, "bridge inline") for name in names]
    for port in (502, 23):
        connect(lab, "seat-001", PLATFORM, port)
    after = [counted_by(lab, inline, name, "bridge inline") for name in names]
    assert all(new > old for old, new in zip(before, after, strict=True))


@pytest.fixture
def with_times(lab: Lab, tmp_path: Path) -> Iterator[Callable[[Mapping[str, list[Weekday]]], None]]:
    """Deploys the firewalls with other days of time ranges; the declared ones return after."""
    folder = Path(shutil.copytree(lab.settings.inventory, tmp_path / "inventory"))

    def deploy(days_of: Mapping[str, list[Weekday]]) -> None:
        objects = yaml.safe_load((folder / "objects.yml").read_text())
        for name, days in days_of.items():
            time_range = next(t for t in objects["time_ranges"] if t["name"] == name)
            time_range["periods"] = [{"days": [*map(str, days)], "start": "00:00", "end": "24:00"}]
        (folder / "objects.yml").write_text(yaml.safe_dump(objects, allow_unicode=True))
        settings = lab.settings.model_copy(update={"inventory": folder})
        changed = dataclasses.replace(lab, site=load_site(folder), settings=settings)
        assert bring(changed, *FIREWALLS).succeeded

    yield deploy
    assert bring(lab, *FIREWALLS).succeeded


def test_a_rule_holds_only_in_its_time(
    lab: Lab, with_times: Callable[[Mapping[str, list[Weekday]]], None]
) -> None:
    now = datetime.now(ZoneInfo(lab.site.contract.timezone))
    days = list(Weekday)
    today = [days[(now + timedelta(days=shift)).weekday()] for shift in (0, 1)]
    others = [day for day in days if day not in today]
    with_times({"peak-hours": others, "office-hours": today})
    # Nothing listens there: the platform's own refusal shows that the packet arrived.
    assert connect(lab, "seat-012", PLATFORM, 8443) == REFUSED
    logged = ["grep", "-rq", "rule supervisors-reports allow", "/var/log/audit"]
    deadline = time.monotonic() + 10
    while lab.client.execute("log-a", logged).returncode and time.monotonic() < deadline:
        time.sleep(0.5)
    assert lab.client.execute("log-a", logged).returncode == 0
    with_times({"peak-hours": today})
    assert connect(lab, "seat-012", PLATFORM, 8443) == SILENT
    with_times({"peak-hours": others, "office-hours": others})
    assert connect(lab, "seat-012", PLATFORM, 8443) == SILENT


def test_new_sessions_of_one_address_are_limited_and_others_go_on(lab: Lab) -> None:
    before = counted_by(lab, FIREWALLS, "limited-agents-platform")
    opened = int(python(lab, "seat-003", BURST, PLATFORM, 8080, 180))
    assert 40 <= opened <= 120
    assert counted_by(lab, FIREWALLS, "limited-agents-platform") > before
    assert connect(lab, "seat-004", PLATFORM, 8080) == ANSWERED


def test_one_address_gets_its_bandwidth_and_the_traffic_its_classes(lab: Lab) -> None:
    seconds = float(python(lab, "seat-005", UPLOAD, PLATFORM, 12_000))
    # 12.3 MB at 20 Mbit/s take 4.9 s; the kernel's bucket starts with the first 1.25 s of them.
    assert seconds > 3
    active = next(name for name in FIREWALLS if is_active(lab, name))
    assert sent(lab, active, "1:102", "rt-a", "rt-b") > 12_000_000
    assert sum(sent(lab, router, "1:10", "egov") for router in ("rt-a", "rt-b")) > 12_000_000


def is_active(lab: Lab, firewall: str) -> bool:
    return lab.client.execute(firewall, ["cat", "/run/firewall-role"]).stdout == b"master\n"


def sent(lab: Lab, device: str, minor: str, *ports: str) -> int:
    """Bytes that a queueing class has sent, on all of the ports."""
    total = 0
    for port in ports:
        shown = lab.client.execute(device, ["tc", "-s", "class", "show", "dev", port]).stdout
        found = re.search(rf"class htb {minor} .*\n Sent (\d+) bytes", shown.decode())
        total += int(found[1]) if found else 0
    return total


def test_a_source_that_floods_the_web_intake_is_shut_out(lab: Lab) -> None:
    assert connect(lab, "inet", PUBLIC, 80) == ANSWERED
    python(lab, "inet", BURST, PUBLIC, 8080, 300)
    assert counted(lab, "fwx", "flood-intake") > 0
    assert connect(lab, "inet", PUBLIC, 80) == SILENT
    for name in ("shut-out-intake", "rate-intake", "new-intake-province"):
        lab.client.execute("fwx", ["nft", "flush", "set", "inet", "filter", name])
    assert connect(lab, "inet", PUBLIC, 80) == ANSWERED


def test_a_flood_of_echo_requests_is_cut_at_the_threshold_of_its_source(lab: Lab) -> None:
    inline = ("ips-a", "ips-b")
    before = counted_by(lab, inline, "icmp-flood-outward-source", "bridge inline")
    lab.client.execute("seat-006", ["ping", "-q", "-f", "-l", "3000", "-c", "3000", "-W", "1",
                                    PLATFORM])  # fmt: skip
    dropped = counted_by(lab, inline, "icmp-flood-outward-source", "bridge inline") - before
    assert 0 < dropped < 3000


@pytest.mark.parametrize(
    ("method", "answer"), [("OPTIONS", "SIP/2.0 200 OK"), ("PUBLISH", "closed")]
)
def test_sip_passes_the_gate_by_its_methods(lab: Lab, method: str, answer: str) -> None:
    assert python(lab, "egov", SIP, GATE, method) == answer
