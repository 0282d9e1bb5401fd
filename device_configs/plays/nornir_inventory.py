"""The declaration as a Nornir inventory: ``InitNornir(inventory={"plugin": "zhishou"})``.

Registered by entry point (``nornir.plugins.inventory``); Nornir itself need not be installed for
anything else of the product.
"""

from pathlib import Path

from nornir.core.inventory import (
    ConnectionOptions,
    Defaults,
    Group,
    Groups,
    Host,
    Hosts,
    Inventory,
    ParentGroups,
)

from device_configs.deploy.device_login import USER
from device_configs.plays.hosts import DEPLOYED, InventoryHost, hosts_of
from device_configs.site import load_site
from ops_core.kernel.settings import load_settings


class DeclaredInventory:
    """Nornir's plugin; ``directory`` is the declaration's, by default the installation's."""

    def __init__(self, directory: str | None = None) -> None:
        self._directory = directory

    def load(self) -> Inventory:
        """Every deployed device and every terminal, with their groups.

        Raises what loading a faulty declaration raises, with all its faults.
        """
        settings = load_settings()
        declared = hosts_of(load_site(Path(self._directory or settings.inventory)))
        key = settings.state_directory.absolute() / "ssh" / "id_ed25519"
        ssh = ConnectionOptions(extras={"key_file": str(key), "use_keys": True})
        defaults = Defaults(username=USER, connection_options={"netmiko": ssh})
        names = dict.fromkeys(group for host in declared for group in host.groups)
        groups = Groups({name: Group(name, defaults=defaults) for name in names})
        return Inventory(
            hosts=Hosts({host.name: _host(host, groups, defaults) for host in declared}),
            groups=groups,
            defaults=defaults,
        )


def _host(declared: InventoryHost, groups: Groups, defaults: Defaults) -> Host:
    return Host(
        name=declared.name,
        hostname=declared.address,
        platform="linux" if DEPLOYED in declared.groups else declared.platform,
        groups=ParentGroups([groups[name] for name in declared.groups]),
        data=dict(declared.variables),
        defaults=defaults,
    )
