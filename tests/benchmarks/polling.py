"""Polls a second and processor time a poll: our collector beside prometheus-snmp-exporter.

Both read the same columns of the same snmpd agents, by v2c and by v3 (SHA, AES, authPriv), in a
network namespace made for the run. Only the two pollers' processor time is compared; agents and
clients share the machine. Needs root, snmpd and prometheus-snmp-exporter.

    python tests/benchmarks/polling.py [--polls 1000]
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
import yaml
from rich.console import Console
from rich.table import Table as Sheet

from monitors.collect.plan import (
    AgentLimits,
    CollectionPlan,
    SnmpSecrets,
    SnmpTarget,
    TargetKind,
)
from monitors.collect.polling.poller import Outlet, SnmpPoller
from monitors.collect.profiles import Profile, load_profile
from monitors.evidence import Element, Observation
from ops_core.kernel.clock import SystemClock

AGENTS = 8
VETH_PAIRS = 8
FIRST_PORT = 16_100
EXPORTER_PORT = 9_116
SECRETS = SnmpSecrets("readers", "poller", "auth-pass-1234", "priv-pass-1234", "senders")
SCALARS = ("1.3.6.1.2.1.1.3.0", "1.3.6.1.6.3.10.2.1.2.0")
INSIDE = "--inside"


@dataclass(frozen=True)
class Result:
    poller: str
    version: str
    polls: int
    wall_s: float
    cpu_s: float

    @property
    def cpu_per_thousand_s(self) -> float:
        return self.cpu_s / self.polls * 1_000


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--polls", type=int, default=1_000)
    arguments.add_argument(INSIDE, action="store_true", help=argparse.SUPPRESS)
    options = arguments.parse_args()
    if not options.inside:
        # A namespace of its own: 17 known interfaces, and no traffic outside it.
        again = [sys.executable, __file__, INSIDE, "--polls", str(options.polls)]
        isolated = ["unshare", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", *again]
        os.execvp(isolated[0], isolated)  # noqa: S606 - replaces this process on purpose
    with tempfile.TemporaryDirectory() as folder:
        show(measure(Path(folder), options.polls))


def measure(folder: Path, polls: int) -> list[Result]:
    make_interfaces()
    processes = [start_agent(folder, n) for n in range(AGENTS)]
    exporter = start_exporter(folder)
    try:
        time.sleep(2)
        results = []
        for version in ("v2c", "v3"):
            results.append(asyncio.run(poll_ourselves(version, polls)))
            results.append(poll_by_exporter(exporter, version, polls))
        return results
    finally:
        for process in (*processes, exporter):
            process.kill()
            process.wait()


def make_interfaces() -> None:
    run("ip link set lo up")
    for n in range(VETH_PAIRS):
        run(f"ip link add a{n} type veth peer name b{n}")
        run(f"ip link set a{n} up")
        run(f"ip link set b{n} up")


def run(command: str) -> None:
    subprocess.run(command.split(), check=True)


def start_agent(folder: Path, number: int) -> subprocess.Popen[bytes]:
    own = folder / f"agent-{number}"
    own.mkdir()
    (own / "snmpd.conf").write_text(
        f"agentAddress udp:127.0.0.1:{FIRST_PORT + number}\n"
        f"rocommunity {SECRETS.community} 127.0.0.1\n"
        f'createUser {SECRETS.user} SHA "{SECRETS.authentication_key}"'
        f' AES "{SECRETS.privacy_key}"\n'
        f"rouser {SECRETS.user} priv\n"
    )
    return subprocess.Popen(
        ["snmpd", "-f", "-C", "-c", "snmpd.conf", "-Lf", "log", "-p", "pid"],
        cwd=own,
        env={**os.environ, "SNMP_PERSISTENT_DIR": str(own / "state")},
    )


def start_exporter(folder: Path) -> subprocess.Popen[bytes]:
    (folder / "snmp.yml").write_text(yaml.safe_dump(exporter_modules()))
    return subprocess.Popen(
        [
            "prometheus-snmp-exporter",
            f"--config.file={folder / 'snmp.yml'}",
            f"--web.listen-address=127.0.0.1:{EXPORTER_PORT}",
            "--log.level=error",
        ]
    )


def every_column() -> Profile:
    """The interface profile with every column due at every poll."""
    profile = load_profile("interfaces")
    tables = tuple(
        table.model_copy(
            update={"columns": tuple(c.model_copy(update={"every": 1}) for c in table.columns)}
        )
        for table in profile.tables
    )
    return profile.model_copy(update={"tables": tables})


def exporter_modules() -> dict[str, object]:
    columns = every_column().tables[0].columns
    indexes = [{"labelname": "ifIndex", "type": "gauge"}]
    name = {
        "labels": ["ifIndex"],
        "labelname": "ifName",
        "oid": columns[0].oid,
        "type": "DisplayString",
    }
    metrics: list[dict[str, object]] = [
        {"name": f"scalar{n}", "oid": oid.removesuffix(".0"), "type": "gauge"}
        for n, oid in enumerate(SCALARS)
    ]
    metrics += [
        {
            "name": column.name,
            "oid": column.oid,
            "type": "counter" if column.bits else "gauge",
            "indexes": indexes,
            "lookups": [name],
        }
        for column in columns[1:]
    ]
    module = {
        "walk": [column.oid for column in columns],
        "get": list(SCALARS),
        "metrics": metrics,
        "max_repetitions": AgentLimits().repetitions,
    }
    v3 = {
        "security_level": "authPriv",
        "username": SECRETS.user,
        "password": SECRETS.authentication_key,
        "auth_protocol": "SHA",
        "priv_protocol": "AES",
        "priv_password": SECRETS.privacy_key,
    }
    return {
        "v2c": {**module, "version": 2, "auth": {"community": SECRETS.community}},
        "v3": {**module, "version": 3, "auth": v3},
    }


async def poll_ourselves(version: str, polls: int) -> Result:
    targets = {
        f"agent-{n}": SnmpTarget(
            name=f"agent-{n}",
            kind=TargetKind.DEVICE,
            element=Element.device(f"agent-{n}"),
            address="127.0.0.1",
            port=FIRST_PORT + n,
            version="v3" if version == "v3" else "v2c",
            profile=every_column(),
            interval_s=3_600,
        )
        for n in range(AGENTS)
    }
    plan = CollectionPlan(targets, (), (), {}, {}, {}, SECRETS)
    observed: list[Observation] = []
    rows = 0

    def count(samples: list[object]) -> None:
        nonlocal rows
        rows += len(samples)

    poller = SnmpPoller(plan, Outlet(count, observed.extend), SystemClock())
    await poller.poll_now(targets)
    started, cpu = time.monotonic(), time.process_time()
    done = 0
    while done < polls:
        answers = await poller.poll_now(targets)
        assert all(answers.values()), "an agent did not answer"
        done += len(answers)
    result = Result("zhishou", version, done, time.monotonic() - started, time.process_time() - cpu)
    assert rows >= done * 2 * VETH_PAIRS, "a poll did not read every interface"
    return result


def poll_by_exporter(exporter: subprocess.Popen[bytes], version: str, polls: int) -> Result:
    def scrape(number: int) -> None:
        target = f"127.0.0.1:{FIRST_PORT + number % AGENTS}"
        answer = client.get("/snmp", params={"target": target, "module": version})
        assert answer.text.count("ifHCInOctets{") >= 2 * VETH_PAIRS, answer.text[:300]

    base = f"http://127.0.0.1:{EXPORTER_PORT}"
    with httpx.Client(base_url=base, timeout=30) as client, ThreadPoolExecutor(AGENTS) as pool:
        list(pool.map(scrape, range(AGENTS)))
        started, cpu = time.monotonic(), processor_time(exporter.pid)
        list(pool.map(scrape, range(polls)))
        wall = time.monotonic() - started
    return Result("snmp-exporter", version, polls, wall, processor_time(exporter.pid) - cpu)


def processor_time(pid: int) -> float:
    """User and system seconds of a process, its threads included (proc(5), fields 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def show(results: list[Result]) -> None:
    columns = len(every_column().tables[0].columns)
    sheet = Sheet(title=f"{AGENTS} agents, {2 * VETH_PAIRS + 1} interfaces x {columns} columns")
    for heading in ("poller", "version", "polls", "polls/s", "CPU s / 1,000 polls"):
        sheet.add_column(heading, justify="left" if heading in ("poller", "version") else "right")
    for result in results:
        sheet.add_row(
            result.poller,
            result.version,
            str(result.polls),
            f"{result.polls / result.wall_s:.0f}",
            f"{result.cpu_per_thousand_s:.2f}",
        )
    console = Console()
    console.print(sheet)
    for version in ("v2c", "v3"):
        ours, theirs = (r.cpu_per_thousand_s for r in results if r.version == version)
        console.print(
            f"{version}: zhishou uses {ours / theirs:.2f} x the exporter's processor time"
        )


if __name__ == "__main__":
    main()
