"""Objects, gates, risks and accounts with every name resolved; pure."""

from collections.abc import Iterable, Iterator
from ipaddress import (
    IPv4Address,
    IPv4Network,
    collapse_addresses,
    summarize_address_range,
)

from device_configs.site.checks.assets import account_devices, account_terminals
from device_configs.site.documents import (
    AcceptedRiskDocument,
    AddressSetDocument,
    ChannelDocument,
    Documents,
)
from device_configs.site.model import (
    AcceptedRisk,
    Account,
    AddressSet,
    Gate,
    GateChannel,
    HttpFloodLimit,
    Link,
    PolicyUser,
    UserGroup,
)

Prefixes = tuple[IPv4Network, ...]


def address_sets(documents: Documents) -> dict[str, AddressSet]:
    """Every set as collapsed prefixes, in ascending order."""
    return {
        found.name: AddressSet(
            name=found.name, title=found.title, prefixes=_collapsed(_addresses(found, documents))
        )
        for found in documents.address_sets
    }


def _addresses(found: AddressSetDocument, documents: Documents) -> Iterator[IPv4Network]:
    yield from found.prefixes
    for first, last in found.ranges:
        yield from summarize_address_range(IPv4Address(first), IPv4Address(last))
    for network in documents.networks:
        if network.name in found.networks or network.zone in found.zones:
            yield network.prefix
    for service in documents.services:
        if service.name in found.services:
            yield from (IPv4Network(check.address) for check in service.checks)
    known = documents.places
    yield from (IPv4Network(known[place]) for place in found.members)


def users(documents: Documents) -> dict[str, PolicyUser]:
    """Users by the addresses of their places."""
    seats = _seat_addresses(documents)
    return {
        user.name: PolicyUser(
            name=user.name,
            title=user.title,
            prefixes=_collapsed((*user.prefixes, *(seats[number] for number in user.seats))),
        )
        for user in documents.users
    }


def user_groups(documents: Documents, known: dict[str, PolicyUser]) -> dict[str, UserGroup]:
    """Groups with the addresses of their users and places."""
    seats = _seat_addresses(documents)
    networks = {network.name: network.prefix for network in documents.networks}
    return {
        group.name: UserGroup(
            name=group.name,
            title=group.title,
            users=group.users,
            prefixes=_collapsed(
                (
                    *group.prefixes,
                    *(seats[number] for number in group.seats),
                    *(networks[name] for name in group.networks),
                    *(prefix for name in group.users for prefix in known[name].prefixes),
                )
            ),
        )
        for group in documents.user_groups
    }


def _seat_addresses(documents: Documents) -> dict[int, IPv4Network]:
    return {seat.number: IPv4Network(seat.address) for seat in documents.seats}


def _collapsed(prefixes: Iterable[IPv4Network]) -> Prefixes:
    return tuple(collapse_addresses(prefixes))


def http_flood_limits(documents: Documents) -> dict[str, HttpFloodLimit]:
    """Limits with the address of their place."""
    known = documents.places
    return {
        found.name: HttpFloodLimit(
            **found.model_dump(exclude={"at"}) | {"address": known[found.at]}
        )
        for found in documents.http_flood_limits
    }


def gates(documents: Documents) -> dict[str, Gate]:
    """Gates with the addresses of their channels."""
    known = documents.places
    return {
        gate.name: Gate(
            name=gate.name,
            title=gate.title,
            devices=gate.devices,
            mode=gate.mode,
            channels=tuple(_channel(channel, known[channel.at]) for channel in gate.channels),
        )
        for gate in documents.gates
    }


def _channel(found: ChannelDocument, address: IPv4Address) -> GateChannel:
    return GateChannel(**found.model_dump(exclude={"at"}) | {"address": address})


def accounts(documents: Documents) -> tuple[Account, ...]:
    """Accounts with the devices of their roles, and the seats of their terminals."""
    return tuple(
        Account(
            **found.model_dump(exclude={"roles", "devices", "terminals"})
            | {
                "devices": tuple(account_devices(found, documents)),
                "terminals": tuple(account_terminals(found, documents)),
            }
        )
        for found in documents.accounts
    )


def accepted_risks(documents: Documents, links: Iterable[Link]) -> dict[str, AcceptedRisk]:
    """Risks with the devices of ``role:`` and the links of ``kind:``, once each."""
    cables = list(links)
    services = tuple(service.name for service in documents.services)
    return {
        found.name: AcceptedRisk(
            name=found.name,
            elements=tuple(dict.fromkeys(_elements(found, documents, cables))),
            services=found.services or services,
            seats=found.seats,
            reason=found.reason,
        )
        for found in documents.accepted_risks
    }


def _elements(
    found: AcceptedRiskDocument, documents: Documents, links: list[Link]
) -> Iterator[str]:
    for element in found.elements:
        kind, _, name = element.partition(":")
        if kind == "role":
            yield from (n for n, (role, _) in documents.devices.items() if role == name)
        elif kind == "kind":
            yield from (link.name for link in links if link.kind == name)
        else:
            yield element
