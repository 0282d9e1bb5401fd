"""Plays by the real Ansible over the real sshd, in a network namespace that holds all addresses.

The sshd answers as any device whose address the namespace has. Its file system is this machine's:
only plays that change nothing on a device are run here.
"""

import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from device_configs.deploy.seeds import prepare_state
from device_configs.plays.recording import PlayWork
from device_configs.site import Site, load_site
from device_configs.twin.credentials import ensure_keys
from device_configs.twin.namespace import create_network, inside_network, start_in_network
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.database import Database, create_database_engine, migrate
from ops_core.kernel.events import EventBus
from ops_core.kernel.settings import Settings

ROOT = Path(__file__).parents[3]
SITE: Site = load_site(ROOT / "inventory")
PRESENT = ("sw-1", "sw-2")


@pytest.fixture
def work(tmp_path: Path) -> Iterator[PlayWork]:
    prepare_state(SITE, tmp_path)
    engine = create_database_engine(f"sqlite:///{tmp_path / 'zhishou.sqlite'}")
    migrate(engine)
    settings = Settings(state_directory=tmp_path, inventory=ROOT / "inventory")
    clock = FixedClock(datetime(2026, 11, 24, 6, 30, tzinfo=UTC))
    given = PlayWork(SITE, settings, Database(engine), EventBus(), clock)
    yield given
    given.database.close()


@pytest.fixture
def network(work: PlayWork) -> Iterator[int]:
    directory = work.settings.state_directory
    addresses = [device.management_address for device in SITE.deployed]
    keys = ensure_keys(directory, [address for address in addresses if address is not None])
    descriptor = create_network()
    with inside_network(descriptor):
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        for name in PRESENT:
            address = f"{SITE.devices[name].management_address}/32"
            subprocess.run(["ip", "address", "add", address, "dev", "lo"], check=True)
    daemon = directory / "sshd_config"
    daemon.write_text(
        f"HostKey {keys.host_key}\nAuthorizedKeysFile {keys.authorized_key}\nStrictModes no\n"
        "PermitRootLogin prohibit-password\nPidFile none\nUsePAM no\n"
    )
    Path("/run/sshd").mkdir(exist_ok=True)
    process = start_in_network(descriptor, ["/usr/sbin/sshd", "-D", "-e", "-f", str(daemon)])
    yield descriptor
    process.kill()
    process.wait()
    os.close(descriptor)
