"""A real keepalived behind a real agent: its role by poll and by trap."""

import asyncio
import contextlib
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from monitors.collect.collector import Collector
from monitors.collect.plan import CollectionPlan
from monitors.evidence import Element, Source
from ops_core.kernel.clock import SystemClock
from tests.monitors.collect.conftest import (
    SECRETS,
    Record,
    Snmpd,
    answered_by,
    in_own_network,
    run,
    until,
)

TRAP_PORT = 16_262
SEATS_1 = Element.vrrp("core-a", "seats-1")
KEEPALIVED_CONFIGURATION = """
global_defs {
  enable_snmp_vrrp
  enable_traps
}
vrrp_instance seats-1 {
  state BACKUP
  nopreempt
  interface a0
  virtual_router_id 11
  priority 110
  advert_int 0.1
  version 3
  virtual_ipaddress {
    192.168.7.1/24
  }
}
"""

pytestmark = [pytest.mark.lab, pytest.mark.daemon]


@contextlib.contextmanager
def keepalived(folder: Path, agentx: Path) -> Iterator[None]:
    (folder / "keepalived.conf").write_text(KEEPALIVED_CONFIGURATION)
    with (folder / "keepalived.log").open("wb") as log:
        process = subprocess.Popen(
            [
                *("keepalived", "-x", "-A", str(agentx), "-f", "keepalived.conf", "-n", "-l"),
                *("-p", str(folder / "pid"), "-r", str(folder / "vrrp.pid")),
            ],
            cwd=folder,
            stdout=log,
            stderr=log,
        )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def test_the_role_of_a_gateway_is_known_by_poll_and_its_loss_by_trap(
    plan: CollectionPlan, record: Record, tmp_path: Path
) -> None:
    agentx = tmp_path / "agentx"

    async def watch(port: int) -> None:
        own = answered_by(plan, "core-a", port, "v2c")
        own = replace(own, devices_by_address={"127.0.0.1": "core-a"})
        collector = Collector(
            own,
            record.samples.extend,
            record.observations.extend,
            record.triggers.append,
            SystemClock(),
            trap_address="127.0.0.1",
            trap_port=TRAP_PORT,
        )
        task = asyncio.create_task(collector.run())
        await until(lambda: said("master", Source.SNMP), limit_s=15)
        run("ip link set b0 down")
        await until(lambda: said("fault", Source.TRAP) and said("fault", Source.SNMP), limit_s=10)
        collector.stop()
        await task

    def said(detail: str, source: str) -> bool:
        return any(
            (o.element, o.detail, o.source) == (SEATS_1, detail, source)
            for o in record.observations
        )

    def work() -> None:
        run("ip link add a0 type veth peer name b0")
        run("ip link set a0 up")
        run("ip link set b0 up")
        run("ip addr add 192.168.7.2/24 dev a0")
        extra = f"master agentx\nagentXSocket {agentx}\n"
        extra += f"trap2sink 127.0.0.1:{TRAP_PORT} {SECRETS.trap_community}\n"
        agent = Snmpd(tmp_path / "snmpd", extra)
        agent.start()
        try:
            with keepalived(tmp_path, agentx):
                asyncio.run(watch(agent.port))
        finally:
            agent.stop()

    in_own_network(work)
    assert record.last(SEATS_1).ok is False
    assert record.measured("vrrp", agent_host="core-a", instance="seats-1")
