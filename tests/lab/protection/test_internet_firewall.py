"""The Internet firewall under bursts from outside: who is real is served throughout."""

from dataclasses import dataclass

import pytest

from device_configs.render import Secrets, render_device
from device_configs.site import Site
from tests.lab.protection.bench import Bench, BenchNode, wait_until
from tests.lab.protection.programs import ASK, BURST, ECHO, OPEN, UPLOAD

pytestmark = pytest.mark.lab

PUBLIC, GATE = "203.0.113.0", "10.30.0.10"
CITIZEN, OTHER_CITIZEN, FLOODER = "198.51.100.7", "198.51.100.8", "198.51.100.66"
STRANGER = "100.128.0.9"
COUNT_SYNS = """
table inet seen {
    counter syns {
    }
    chain input {
        type filter hook input priority filter; policy accept;
        tcp dport 8080 tcp flags & (syn | ack) == syn counter name "syns"
    }
}
"""


@dataclass(frozen=True)
class Intake:
    """The Internet, the firewall, and the gate's place behind it."""

    internet: BenchNode
    firewall: BenchNode
    gate: BenchNode

    def answered(self, source: str, count: int) -> int:
        return int(self.internet.python(ASK, PUBLIC, 80, source, count).split()[0])


@pytest.fixture(scope="module")
def intake(bench: Bench, site: Site, secrets: Secrets) -> Intake:
    internet, firewall, gate = bench.node("internet"), bench.node("fwx"), bench.node("gate")
    bench.cable(firewall, "inet", internet, "fwx")
    bench.cable(firewall, "gap-a", gate, "fwx")
    internet.address("fwx", "203.0.113.1/31")
    for address in (CITIZEN, OTHER_CITIZEN, FLOODER, STRANGER):
        internet.address("lo", f"{address}/32")
    gate.address("fwx", f"{GATE}/24")
    gate.route("default", "10.30.0.1")
    gate.filter_with(COUNT_SYNS)
    firewall.stand_up(render_device(site, secrets, "fwx"))
    gate.serve(ECHO, GATE, 8080)
    return Intake(internet, firewall, gate)


def test_forged_sessions_cost_the_server_nothing_and_a_citizen_is_served(intake: Intake) -> None:
    flood = intake.internet.start("python3", "-c", BURST, "syn", "100.140.0.0/16", PUBLIC, "80",
                                  "4000", "2000")  # fmt: skip
    assert flood.stdout is not None
    assert flood.stdout.readline() == b"begins\n"
    before = intake.firewall.counted("rule-intake-province")
    assert intake.answered(CITIZEN, 20) == 20
    assert flood.wait(30) == 0
    # 200 a second and a first burst of 200 go on as ever; whatever is more has to prove itself.
    assert intake.firewall.counted("syn-intake") > 2000
    assert intake.gate.counted("syns", "inet seen") < 2000
    # Who proved to be there met the rule, as everybody does.
    assert intake.firewall.counted("rule-intake-province") == before + 20


def test_a_flooding_source_is_shut_out_for_a_while_and_others_go_on(
    intake: Intake, site: Site, secrets: Secrets
) -> None:
    limit = site.http_flood_limits["intake"].model_copy(update={"block_seconds": 3})
    brief = site.model_copy(update={"http_flood_limits": {"intake": limit}})
    intake.firewall.filter_with(
        render_device(brief, secrets, "fwx").file("/etc/nftables.conf").content
    )
    opened = int(intake.internet.python(OPEN, PUBLIC, 80, FLOODER, 300))
    assert opened < 200
    assert intake.firewall.members("shut-out-intake") == 1
    assert intake.answered(OTHER_CITIZEN, 5) == 5
    wait_until(lambda: intake.firewall.members("shut-out-intake") == 0)
    assert intake.answered(FLOODER, 1) == 1


def test_a_region_has_its_own_bandwidth(intake: Intake) -> None:
    # The buckets of 1 and 5 Mbit/s of one address start with 156 and 781 kB.
    before = intake.firewall.counted("limited-intake-province")
    for source in (OTHER_CITIZEN, STRANGER):
        assert int(intake.internet.python(UPLOAD, PUBLIC, 80, source, 300_000)) >= 300_000
    assert intake.firewall.counted("limited-intake-province") == before
    assert intake.firewall.counted("limited-intake-elsewhere") > 0
