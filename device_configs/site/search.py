"""Looking things up in a site: devices by role, place and tags (A8), anything by its name."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from pydantic import BaseModel

from device_configs.site.faults import nearest
from device_configs.site.model import Device, Site


class UnknownTerm(ValueError):
    """A search term whose key nothing answers to; the text names the allowed ones."""


@dataclass(frozen=True)
class Term:
    """``key=value``, or a text when ``key`` is None. Compared without regard to case."""

    key: str | None
    value: str

    @classmethod
    def parse(cls, written: str) -> "Term":
        key, equals, value = written.partition("=")
        return cls(key, value.casefold()) if equals else cls(None, written.casefold())


def find_devices(site: Site, terms: Iterable[Term]) -> tuple[Device, ...]:
    """Devices that match all terms, in declaration order; raises :class:`UnknownTerm`.

    Keys: ``tag`` (a value of any kind of tag, or ``kind:value``), ``role``, ``half``, ``zone``
    (the device stands in a network of it), ``rack``, ``feed``, ``vendor``, ``platform`` and every
    kind of tag by its own name. A text is looked for in names, titles, addresses, tags and asset
    attributes.
    """
    sought = list(terms)
    known = {**_KEYS, **{kind: _tag_of_kind(kind) for kind in site.tag_kinds}}
    for term in sought:
        if term.key is not None and term.key not in known:
            suggestion = nearest(term.key, known) or f"use one of {', '.join(known)}"
            raise UnknownTerm(f"no key is named {term.key!r}; {suggestion}")

    def matches(device: Device, term: Term) -> bool:
        if term.key is None:
            return any(term.value in text.casefold() for text in _texts(device))
        return term.value in (text.casefold() for text in known[term.key](site, device))

    return tuple(
        device for device in site.devices.values() if all(matches(device, term) for term in sought)
    )


def _tag_of_kind(kind: str) -> Callable[[Site, Device], tuple[str, ...]]:
    return lambda _, device: (device.tags[kind],) if kind in device.tags else ()


def _tags(_: Site, device: Device) -> tuple[str, ...]:
    return (*device.tags.values(), *(f"{kind}:{value}" for kind, value in device.tags.items()))


def _zones(site: Site, device: Device) -> tuple[str, ...]:
    return tuple(dict.fromkeys(network.zone for network in site.networks_of[device.name]))


_KEYS: Mapping[str, Callable[[Site, Device], tuple[str, ...]]] = {
    "tag": _tags,
    "role": lambda _, device: (device.role.name,),
    "half": lambda _, device: (device.half.value,),
    "zone": _zones,
    "rack": lambda _, device: (device.rack,),
    "feed": lambda _, device: device.feeds,
    "vendor": lambda _, device: (device.asset.vendor,) if device.asset else (),
    "platform": lambda _, device: (device.platform,),
}


def _texts(device: Device) -> tuple[str, ...]:
    asset = device.asset
    return (
        device.name,
        device.title.zh,
        device.title.en,
        *device.tags.values(),
        *(str(a) for a in (device.management_address, device.loopback) if a is not None),
        *((asset.vendor, asset.model, asset.serial) if asset else ()),
    )


@dataclass(frozen=True)
class SearchItem:
    """Something declared: its kind (``device``, ``network`` ...) and its value."""

    kind: str
    value: BaseModel


_NAMED = (
    "devices", "seats", "zones", "networks", "links", "providers", "circuits", "services",
    "racks", "feeds", "ducts", "shared_risk_groups", "accepted_risks", "address_sets", "regions",
    "applications", "time_ranges", "users", "user_groups", "rule_sets", "ips_profiles",
    "http_flood_limits", "compliance_exceptions", "syn_proxies", "login_guards", "gates",
    "traffic_classes", "bandwidth_classes", "tag_kinds",
)  # fmt: skip


def named(site: Site, name: str) -> tuple[SearchItem, ...]:
    """Everything of that name, a rule of a rule set and an account included."""
    found = [
        SearchItem(_singular(field), getattr(site, field)[name])
        for field in _NAMED
        if name in getattr(site, field)
    ]
    found += [SearchItem("account", account) for account in site.accounts if account.name == name]
    found += [SearchItem(f"rule of {rule_set.name}", rule) for rule_set in site.rule_sets.values()
              for rule in rule_set.rules if rule.name == name]  # fmt: skip
    return tuple(found)


def names_of(site: Site) -> tuple[str, ...]:
    """All names that :func:`named` knows."""
    rules = (rule.name for rule_set in site.rule_sets.values() for rule in rule_set.rules)
    fields = (name for field in _NAMED for name in getattr(site, field))
    return tuple(dict.fromkeys((*fields, *(account.name for account in site.accounts), *rules)))


def connections(site: Site, device: str) -> dict[str, list[str]]:
    """What refers to a device: its networks, links, groups, rules, accounts, accepted risks."""
    rule_set, gate = site.rule_set_of(device), site.gate_of(device)
    found = {
        "networks": [network.name for network in site.networks_of[device]],
        "links": [link.name for link in site.links_of[device]],
        "shared_risk_groups": [g.name for g in site.shared_risk_groups.values()
                               if device in g.devices],
        "accepted_risks": [risk.name for risk in site.accepted_risks_of(device)],
        "rule_sets": [rule_set.name] if rule_set else [],
        "gates": [gate.name] if gate else [],
        "accounts": [f"{a.name} ({a.protocol})" for a in site.accounts if device in a.devices],
        "services": [s.name for s in site.services.values() if device in s.hosts],
    }  # fmt: skip
    return {kind: names for kind, names in found.items() if names}


def _singular(field: str) -> str:
    if field.endswith("ies"):
        field = f"{field.removesuffix('ies')}ys"
    word = field.removesuffix("es") if field.endswith(("sses", "xes")) else field.removesuffix("s")
    return word.replace("_", " ")
