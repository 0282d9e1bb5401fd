"""The site's own process, inside its namespaces: builds the twin and serves its commands."""

import logging
import os
import signal
import socket
import subprocess
import sys
from ipaddress import IPv4Address
from pathlib import Path

from device_configs.site import load_site
from device_configs.site.faults import SiteInvalid
from device_configs.twin.control import ControlServer
from device_configs.twin.credentials import ensure_keys, ensure_secrets
from device_configs.twin.node import BootFailed, CommandFailed
from device_configs.twin.plan import TwinPlan, plan_twin
from device_configs.twin.protocol import SOCKET
from device_configs.twin.twin import Twin

SEEDS = "twin/seeds"
ROOTS = "twin/roots"


def verify_isolation(machine_network: int) -> None:
    """Exit unless this process stands in a network of its own with a loopback only."""
    interfaces = [name for _, name in socket.if_nameindex()]
    if Path("/proc/self/ns/net").stat().st_ino == machine_network or interfaces != ["lo"]:
        sys.exit(f"the site must stand in an empty network namespace, found {interfaces}")


def mount_roots(directory: Path) -> Path:
    """A tmpfs for everything the devices write; seen by the site's processes only."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=700", "twin", str(directory)], check=True)
    return directory


def require_connection_tracking() -> None:
    """Load connection tracking where it is a module: firewalls' settings exist only with it."""
    if not Path("/proc/sys/net/netfilter/nf_conntrack_tcp_loose").exists():
        subprocess.run(["modprobe", "nf_conntrack"], check=True)


def reached_by_ssh(plan: TwinPlan) -> list[IPv4Address]:
    """Addresses at which a node's sshd answers: management of devices, terminals' own; pure."""
    return [*plan.hosts.values(), *(seat.address.ip for seat in plan.seats.values())]


def build_twin(inventory: Path, state_directory: Path, supervisor_pid: int) -> Twin:
    """Load the declaration and prepare, without starting anything."""
    plan = plan_twin(load_site(inventory))
    return Twin(
        plan,
        directory=mount_roots(state_directory / ROOTS),
        keys=ensure_keys(state_directory, reached_by_ssh(plan)),
        secrets=ensure_secrets(state_directory),
        hidden=state_directory,
        seeds=state_directory / SEEDS,
        supervisor_pid=supervisor_pid,
    )


def main() -> int:
    """Arguments: inventory, state directory, inode of the machine's network namespace, the
    supervisor's process id on the machine.
    """
    inventory, state_directory = Path(sys.argv[1]), Path(sys.argv[2])
    logging.basicConfig(level=logging.INFO, format="twin: %(message)s")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.umask(0o022)
    verify_isolation(int(sys.argv[3]))
    require_connection_tracking()
    try:
        twin = build_twin(inventory, state_directory, int(sys.argv[4]))
    except SiteInvalid as invalid:
        print(invalid, file=sys.stderr)
        return 2
    server = ControlServer(twin, state_directory / SOCKET)
    server.start()
    try:
        twin.boot()
    except (BootFailed, CommandFailed) as failed:
        print(failed, file=sys.stderr)
        return 1
    server.stopped.wait()
    server.close()
    return 0


if __name__ == "__main__":
    # Threads still in a command must not hold up the end: the kernel ends every process.
    status = main()
    sys.stderr.flush()
    os._exit(status)
