"""The devices as testinfra hosts, over one SSH connection each that ends with the session."""

import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import pytest
import testinfra
from testinfra.host import Host

from device_configs.render import Secrets, Tree, render_device
from device_configs.site import Site, load_site
from device_configs.site.model import Device, VirtualAddress
from device_configs.verify.devices import AskedDevices, asked_devices
from ops_core.kernel.settings import Settings, load_settings

_PARALLEL = 8


@cache
def declared() -> Site:
    return load_site(load_settings().inventory)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--device", action="append", default=[], help="only this device or role")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One check a device, virtual address or service, named after it."""
    limit = set(metafunc.config.getoption("--device"))
    marker = metafunc.definition.get_closest_marker("roles")
    if "device" in metafunc.fixturenames and marker is not None:
        devices = [d for d in asked_devices(declared(), limit)
                   if not marker.args or any(getattr(d.role, h) for h in marker.args)]  # fmt: skip
        metafunc.parametrize("device", devices, ids=lambda device: device.name)
    if "virtual" in metafunc.fixturenames:
        found = [(f"{network.name}-{v.name}", v) for network in declared().networks.values()
                 for v in network.virtual_addresses
                 if not limit or limit & set(v.members)]  # fmt: skip
        metafunc.parametrize("virtual", [v for _, v in found], ids=[name for name, _ in found])
    if "service" in metafunc.fixturenames:
        services = [] if limit else list(declared().services.values())
        metafunc.parametrize("service", services, ids=lambda service: service.name)


@pytest.fixture(scope="session")
def settings() -> Settings:
    return load_settings()


@pytest.fixture(scope="session")
def site() -> Site:
    return declared()


@pytest.fixture(scope="session")
def secrets(settings: Settings) -> Secrets:
    return Secrets.load(settings.state_directory / "secrets.json")


@pytest.fixture(scope="session")
def asked(site: Site, pytestconfig: pytest.Config) -> list[Device]:
    return asked_devices(site, set(pytestconfig.getoption("--device")))


@pytest.fixture(scope="session")
def hosts(
    site: Site,
    settings: Settings,
    asked: list[Device],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[AskedDevices]:
    """Open a device by name; connections are shared through a control socket and closed after."""
    sockets = tmp_path_factory.mktemp("ssh")
    keys = settings.state_directory.absolute() / "ssh"
    options = (
        f"-o UserKnownHostsFile={keys / 'known_hosts'} -o StrictHostKeyChecking=yes "
        f"-o ControlMaster=auto -o ControlPersist=60 -o ControlPath={sockets}/%h "
        "-o BatchMode=yes -o LogLevel=ERROR"
    )

    def open_host(name: str) -> Host:
        return testinfra.get_host(
            f"ssh://root@{site.devices[name].management_address}",
            ssh_identity_file=str(keys / "id_ed25519"),
            ssh_extra_args=options,
            controlpersist=0,
            timeout=10,
        )

    devices = AskedDevices(open_host)
    with ThreadPoolExecutor(_PARALLEL) as workers:
        list(workers.map(devices.answers, [device.name for device in asked]))
    yield devices
    _close(sockets)


def _close(sockets: Path) -> None:
    for socket in sockets.iterdir():
        subprocess.run(["ssh", "-o", f"ControlPath={socket}", "-O", "exit", "device"],
                       check=False, capture_output=True)  # fmt: skip


@pytest.fixture
def machine(device: Device, hosts: AskedDevices) -> Host:
    return hosts(device.name)


@pytest.fixture
def tree(site: Site, secrets: Secrets, device: Device) -> Tree:
    return render_device(site, secrets, device.name)


@pytest.fixture(scope="session")
def holders(hosts: AskedDevices) -> Callable[[VirtualAddress], list[str]]:
    """Who holds a virtual address now."""

    def find(virtual: VirtualAddress) -> list[str]:
        def holds(name: str) -> bool:
            shown = hosts(name).run(f"ip -o -4 addr show to {virtual.address}/32").stdout
            # A relay that is being drained keeps it on the loopback, where it answers no ARP.
            return any(line.split()[1] != "lo" for line in shown.splitlines())

        with ThreadPoolExecutor(_PARALLEL) as workers:
            found = workers.map(holds, virtual.members)
            return [name for name, held in zip(virtual.members, found, strict=True) if held]

    return find
