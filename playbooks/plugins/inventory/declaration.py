"""The declared site as Ansible's inventory (``-i playbooks/inventory/declaration.yml``)."""

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin

DOCUMENTATION = r"""
name: declaration
short_description: The declared devices and seats
description:
  - Every device that the declaration is brought to, in groups by role, half, platform, rack and
    tag, and every seat's terminal in the group C(seats).
  - The declaration is read from the directory that ZHISHOU_INVENTORY names, C(inventory) if unset.
options:
  plugin:
    description: Marks a source of this plugin.
    required: true
    choices: [declaration]
"""


class InventoryModule(BaseInventoryPlugin):
    """Hosts and groups as the declaration has them, faults of the declaration included."""

    NAME = "declaration"

    def verify_file(self, path):
        """Only sources that are called so are read."""
        return super().verify_file(path) and path.endswith("declaration.yml")

    def parse(self, inventory, loader, path, cache=True):
        """Fill the inventory. Raises AnsibleParserError with every fault of the declaration."""
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        from device_configs.plays.hosts import hosts_of
        from device_configs.site import load_site
        from device_configs.site.faults import SiteInvalid
        from ops_core.kernel.settings import load_settings

        try:
            declared = hosts_of(load_site(load_settings().inventory))
        except SiteInvalid as error:
            raise AnsibleParserError(str(error)) from error
        for host in declared:
            inventory.add_host(host.name)
            inventory.set_variable(host.name, "ansible_host", host.address)
            for name, value in host.variables.items():
                inventory.set_variable(host.name, f"declared_{name}", value)
            for group in host.groups:
                inventory.add_group(group)
                inventory.add_child(group, host.name)
