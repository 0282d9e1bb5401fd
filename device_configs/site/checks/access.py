"""Who signs in how: servers that boxes can reach, and accounts for the worst day."""

from device_configs.site.documents import ACCESS, Documents
from device_configs.site.faults import Faults

ACCOUNTS, MANAGEMENT = "accounts.yml", "management"


def check(documents: Documents, faults: Faults) -> None:
    """Report servers that no box reaches."""
    access = documents.access
    network = next((n for n in documents.networks if n.name == MANAGEMENT), None)
    if access is None or access.servers is None or network is None:
        return
    for index, host in enumerate(access.servers.hosts):
        if host.address not in network.prefix:
            faults.add(ACCESS, f"servers.hosts[{index}].address",
                       f"{host.address} is not in the network {MANAGEMENT} ({network.prefix})",
                       "boxes ask from there alone: give the server a leg in it")  # fmt: skip
    if not any(account.password_secret for account in documents.accounts):
        faults.add(ACCESS, "servers", "has no way in behind it: no account has a password",
                   f"declare an account of kind break_glass in {ACCOUNTS}")  # fmt: skip
