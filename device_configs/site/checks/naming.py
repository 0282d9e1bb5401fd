"""References by name, and names given twice."""

from collections import Counter
from collections.abc import Iterable

from device_configs.site.documents import Documents, file_of
from device_configs.site.faults import Faults

_KINDS = {
    "address_sets": "address set",
    "applications": "application",
    "bandwidth_classes": "bandwidth class",
    "ducts": "duct",
    "feeds": "feed",
    "networks": "network",
    "providers": "provider",
    "racks": "rack",
    "regions": "region",
    "services": "service",
    "time_ranges": "time range",
    "traffic_classes": "traffic class",
    "users": "user",
    "zones": "zone",
}


def kind_of(key: str) -> str:
    """What one of the list ``key`` is called in a fault."""
    return _KINDS[key]


def refer(
    file: str, path: str, names: Iterable[str], key: str, documents: Documents, faults: Faults
) -> None:
    """Each of ``names``, given at ``path``, must be declared in the list ``key``."""
    known = documents.names[key]
    for name in names:
        if name not in known:
            faults.unknown_name(file, path, name, known, _KINDS[key], file_of(key))


def device_named(file: str, path: str, name: str, documents: Documents, faults: Faults) -> None:
    """``name`` must be a declared device."""
    if name not in documents.devices:
        faults.unknown_name(file, path, name, documents.devices, "device", "hosts.yml")


def doubled(file: str, path: str, names: Iterable[str], faults: Faults) -> None:
    """No name may be given twice."""
    for name, count in Counter(names).items():
        if count > 1:
            faults.add(file, f"{path}[{name}]", f"is declared {count} times", "keep one of them")


def place_named(file: str, path: str, place: str, documents: Documents, faults: Faults) -> None:
    """``place`` must be a member or a virtual address of a network."""
    network = place.split("/")[0]
    if place in documents.places or faults.is_withheld(network):
        return
    if "/" in place and network not in documents.names["networks"]:
        refer(file, path, [network], "networks", documents, faults)
    else:
        faults.unknown_name(file, path, place, documents.places, "place", "networks.yml")
