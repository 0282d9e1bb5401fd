"""Objects, policies and bandwidth classes."""

from ipaddress import AddressValueError, IPv4Address
from itertools import pairwise

from device_configs.site.checks.naming import (
    device_named,
    doubled,
    kind_of,
    place_named,
    refer,
)
from device_configs.site.documents import AddressSetDocument, Documents
from device_configs.site.faults import Faults
from device_configs.site.model import (
    Action,
    Application,
    BandwidthClass,
    DeclaredRule,
    Protocol,
    RuleSet,
)
from device_configs.site.role_files import roles_where

OBJECTS, POLICIES, QOS = "objects.yml", "policies.yml", "qos.yml"


def check(documents: Documents, faults: Faults) -> None:
    """Report what does not fit together in objects, policies and bandwidth classes."""
    for found in documents.address_sets:
        _address_set(found, documents, faults)
    _regions(documents, faults)
    for application in documents.applications:
        _application(application, faults)
    _users(documents, faults)
    for rule_set in documents.rule_sets:
        _rule_set(rule_set, documents, faults)
    _unfiltered(documents, faults)
    for bandwidth in documents.bandwidth_classes:
        _bandwidth_class(bandwidth, documents, faults)
    doubled(QOS, "traffic_classes.dscp", (str(t.dscp) for t in documents.traffic_classes), faults)


def _address_set(found: AddressSetDocument, documents: Documents, faults: Faults) -> None:
    path = f"address_sets[{found.name}]"
    named = {"networks": found.networks, "zones": found.zones, "services": found.services}
    for key, names in named.items():
        refer(OBJECTS, f"{path}.{key}", names, key, documents, faults)
    for place in found.members:
        place_named(OBJECTS, f"{path}.members", place, documents, faults)
    for index, (first, last) in enumerate(found.ranges):
        at = f"{path}.ranges[{index}]"
        try:
            if IPv4Address(last) < IPv4Address(first):
                faults.add(OBJECTS, at, f"{last} is before {first}", "put the first address first")
        except AddressValueError as error:
            faults.add(OBJECTS, at, f"found {[first, last]}", str(error))
    if not any((found.prefixes, found.ranges, found.networks, found.zones, found.services,
                found.members)):  # fmt: skip
        faults.add(OBJECTS, path, "is empty", "name what belongs to it",
                   ("prefixes", "ranges", "networks", "zones", "services", "members"))  # fmt: skip


def _regions(documents: Documents, faults: Faults) -> None:
    held = sorted((prefix, region.name) for region in documents.regions
                  for prefix in region.prefixes)  # fmt: skip
    for (low, one), (high, other) in pairwise(held):
        if low.overlaps(high):
            faults.add(OBJECTS, f"regions[{other}]", f"{high} overlaps {low} of {one}",
                       "an address belongs to one region")  # fmt: skip


def _application(application: Application, faults: Faults) -> None:
    for index, match in enumerate(application.matches):
        path = f"applications[{application.name}].matches[{index}].ports"
        if (match.protocol is Protocol.ICMP) == bool(match.ports):
            faults.add(OBJECTS, path, "does not fit the protocol",
                       "tcp and udp need ports, icmp has none")  # fmt: skip


def _users(documents: Documents, faults: Faults) -> None:
    numbers = {seat.number for seat in documents.seats}
    holders = [("users", user.name, user.seats) for user in documents.users]
    holders += [("user_groups", group.name, group.seats) for group in documents.user_groups]
    for key, name, seats in holders:
        for number in seats:
            if number not in numbers and faults.is_whole("seats.csv"):
                faults.add(OBJECTS, f"{key}[{name}].seats", f"there is no seat {number}",
                           "use a number of the seat list")  # fmt: skip
    for group in documents.user_groups:
        path = f"user_groups[{group.name}]"
        refer(OBJECTS, f"{path}.users", group.users, "users", documents, faults)
        refer(OBJECTS, f"{path}.networks", group.networks, "networks", documents, faults)
    doubled(OBJECTS, "users and user_groups",
            [*(user.name for user in documents.users),
             *(group.name for group in documents.user_groups)], faults)  # fmt: skip


def _rule_set(rule_set: RuleSet, documents: Documents, faults: Faults) -> None:
    path = f"rule_sets[{rule_set.name}]"
    for name in rule_set.devices:
        device_named(POLICIES, f"{path}.devices", name, documents, faults)
        role = documents.devices[name][0] if name in documents.devices else ""
        if role in documents.roles and not documents.roles[role].filtering:
            faults.add(POLICIES, f"{path}.devices", f"{name!r} has role {role}",
                       "rules belong on a filtering role",
                       roles_where(documents.roles, "filtering"))  # fmt: skip
    _partners_share(path, rule_set, documents, faults)
    doubled(POLICIES, f"{path}.rules", (rule.name for rule in rule_set.rules), faults)
    for rule in rule_set.rules:
        _rule(f"{path}.rules[{rule.name}]", rule, documents, faults)


def _partners_share(path: str, rule_set: RuleSet, documents: Documents, faults: Faults) -> None:
    for name in rule_set.devices:
        partner = documents.devices[name][1].partner if name in documents.devices else None
        if partner is not None and partner not in rule_set.devices:
            faults.add(POLICIES, f"{path}.devices", f"{partner!r}, the partner of {name!r}, is "
                       "missing", "both of a pair have the same rules")  # fmt: skip


def _rule(path: str, rule: DeclaredRule, documents: Documents, faults: Faults) -> None:
    for field, names, key in (
        ("from_zones", rule.from_zones, "zones"),
        ("to_zones", rule.to_zones, "zones"),
        ("sources", rule.sources, "address_sets"),
        ("destinations", rule.destinations, "address_sets"),
        ("from_regions", rule.from_regions, "regions"),
        ("applications", rule.applications, "applications"),
    ):
        refer(POLICIES, f"{path}.{field}", names, key, documents, faults)
    people = [user.name for user in documents.users]
    people += [group.name for group in documents.user_groups]
    for name in rule.users:
        if name not in people:
            faults.unknown_name(POLICIES, f"{path}.users", name, people, "user or user group",
                                OBJECTS)  # fmt: skip
    if rule.time is not None:
        refer(POLICIES, f"{path}.time", [rule.time], "time_ranges", documents, faults)
    if rule.traffic_class is not None:
        refer(POLICIES, f"{path}.traffic_class", [rule.traffic_class], "traffic_classes",
              documents, faults)  # fmt: skip
    if rule.action is Action.DENY and (rule.bandwidth or rule.per_address or rule.traffic_class):
        faults.add(POLICIES, path, "denies, and limits what it denies",
                   "remove bandwidth, per_address and traffic_class")  # fmt: skip


def _unfiltered(documents: Documents, faults: Faults) -> None:
    """A firewall without rules would be an oversight; a device takes one set at most."""
    if not faults.is_whole(POLICIES):
        return
    names_unknown = faults.has_unknown("device", POLICIES)
    taken = [name for rule_set in documents.rule_sets for name in rule_set.devices]
    doubled(POLICIES, "devices", taken, faults)
    for name, role in documents.devices_of("filtering").items():
        if name in documents.deployed and name not in taken and not names_unknown:
            faults.add(POLICIES, "rule_sets", f"none is for {name!r} of role {role}",
                       "name it in `devices` of a rule set")  # fmt: skip


def _bandwidth_class(found: BandwidthClass, documents: Documents, faults: Faults) -> None:
    path = f"bandwidth_classes[{found.name}].shares"
    names = [share.traffic_class for share in found.shares]
    refer(QOS, path, names, "traffic_classes", documents, faults)
    doubled(QOS, path, names, faults)
    total = sum(share.guaranteed_percent for share in found.shares)
    if total > 100:
        faults.add(QOS, path, f"guarantee {total} %", "the guarantees of a line are at most 100 %")
    unmarked = {t.name for t in documents.traffic_classes if t.dscp == 0}
    names_unknown = faults.has_unknown(kind_of("traffic_classes"), QOS)
    if found.shares and not unmarked & set(names) and faults.is_whole(QOS) and not names_unknown:
        faults.add(QOS, path, "leave unmarked traffic without a share",
                   "give a share to the class with dscp 0")  # fmt: skip
