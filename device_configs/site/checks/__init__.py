"""Faults of reference and meaning between the files of a declaration.

Each check looks at one kind of item and reports every fault it finds; none stops at the first.
"""

from device_configs.site.checks import (
    access,
    aggregates,
    agreement,
    assets,
    ends,
    filters,
    held_addresses,
    ipv6,
    pairs,
    protection,
    protocols,
    public_circuits,
    risks,
    site_lines,
    sockets,
    topology,
)
from device_configs.site.checks.naming import doubled
from device_configs.site.documents import LISTS, Documents
from device_configs.site.faults import Faults

__all__ = ["check_references"]


def check_references(documents: Documents, faults: Faults) -> None:
    """Report every dangling, doubled or impossible reference in ``documents``."""
    _doubled_names(documents, faults)
    for room in (topology, access, aggregates, ends, sockets, assets, pairs, protocols, risks,
                 filters, protection, agreement, public_circuits, site_lines,
                 held_addresses, ipv6):  # fmt: skip
        room.check(documents, faults)


def _doubled_names(documents: Documents, faults: Faults) -> None:
    for file, lists in LISTS.items():
        for key, model in lists.items():
            if "name" in model.model_fields and key != "links":
                names = (item.name for item in getattr(documents, key))
                doubled(file, key, names, faults)
