"""Huawei VRP: zones, objects and the security policy of a firewall."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from device_configs.proofs.filters.packet_filter import When
from device_configs.proofs.filters.regions import Service
from device_configs.proofs.filters.spans import Interval, merged
from device_configs.proofs.readers.blocks import Block, Views, Words, beginning
from device_configs.proofs.readers.box import PolicyText
from device_configs.proofs.readers.box_protection import traffic_rules, vrp_guards, vrp_looked_into
from device_configs.proofs.readers.box_words import (
    period_of,
    ports_of,
    prefix_span,
    range_of,
    services_of,
)
from device_configs.proofs.readers.protection_text import BoxProtection, Figures, RuleText

OWN_ZONE = "local"
_RULE: Views = dict.fromkeys(
    ("description", "source-zone", "destination-zone", "source-address", "destination-address",
     "service", "time-range", "policy logging", "session logging", "profile ips", "action")
)  # fmt: skip
POLICY_VIEWS: dict[str, Views | None] = {
    "firewall zone": dict.fromkeys(("set priority", "add interface")),
    "ip address-set": {"address": None},
    "location": {"geo-location user-defined": {"add address": None}},
    "ip service-set": {"service": None},
    "time-range": dict.fromkeys(("period-range", "absolute-range")),
    "security-policy": {
        **dict.fromkeys(
            ("default action", "default policy logging", "default session logging",
             "default packet-filter intrazone enable")
        ),
        "rule name": _RULE,
    },
}  # fmt: skip


def read_policy(blocks: Sequence[Block]) -> PolicyText | None:
    """The security policy; None for a box without zones.

    Packets that stay in a zone are controlled by rules alone, and pass otherwise, unless the
    default is told to apply to them (USG command reference, ``default action``).
    """
    policies = [block for _, block in beginning(blocks, "security-policy")]
    if not policies:
        return None
    (policy,) = policies
    actions = [words[0] for words, _ in beginning(policy.inside, "default", "action")]
    permits = actions[-1:] == ["permit"]
    controlled = list(beginning(policy.inside, "default", "packet-filter", "intrazone", "enable"))
    objects = _Objects(blocks)
    return PolicyText(
        zones=_zones(blocks),
        rules=tuple(objects.rule(words[0], block) for words, block in
                    beginning(policy.inside, "rule", "name")),
        permits_by_default=permits,
        within_zones=permits if controlled else True,
        own_zone=OWN_ZONE,
    )  # fmt: skip


def read_protection(blocks: list[Block]) -> BoxProtection:
    """What of the policy is looked into, the traffic policy and the defence of a text."""
    policies = [block for _, block in beginning(blocks, "security-policy")]
    treatments: list[RuleText] = []
    figures: dict[str, Figures] = {}
    objects = _Objects(blocks)
    for _, policy in beginning(blocks, "traffic-policy"):
        rules, figures = traffic_rules(policy)
        treatments = [objects.matched(name, block) for name, block in rules]
    return BoxProtection(
        looked_into=vrp_looked_into(blocks, policies[0]) if policies else frozenset(),
        guards=tuple(vrp_guards(blocks)),
        treatments=tuple(treatments),
        figures=figures,
    )


def _zones(blocks: Sequence[Block]) -> dict[str, tuple[str, ...]]:
    found = {}
    for words, block in beginning(blocks, "firewall", "zone"):
        name = words[1] if words[0] == "name" else words[0]
        found[name] = tuple(member[0] for member, _ in beginning(block.inside, "add", "interface"))
    return found


class _Objects:
    def __init__(self, blocks: Sequence[Block]) -> None:
        self._sets = {
            words[0]: merged(_address(w[1:]) for w, _ in beginning(block.inside, "address"))
            for words, block in beginning(blocks, "ip", "address-set")
        }
        self._places = {
            words[0]: merged(_address(w) for w, _ in beginning(place.inside, "add", "address"))
            for _, location in beginning(blocks, "location")
            for words, place in beginning(location.inside, "geo-location", "user-defined")
        }
        self._services = {
            words[0]: [s for w, _ in beginning(block.inside, "service") for s in _service(w[1:])]
            for words, block in beginning(blocks, "ip", "service-set")
        }
        self._times = {words[0]: _times(block) for words, block in beginning(blocks, "time-range")}

    def rule(self, name: str, block: Block) -> RuleText:
        """One rule with the objects that it names."""
        actions = [words[0] for words, _ in beginning(block.inside, "action")]
        if len(actions) != 1:
            raise ValueError(f"rule {name} has {len(actions)} actions")
        return replace(self.matched(name, block), permits=actions == ["permit"])

    def matched(self, name: str, block: Block) -> RuleText:
        """What a rule matches, of whichever policy it is; it permits."""
        times = [t for words, _ in beginning(block.inside, "time-range")
                 for t in self._times[words[0]]]  # fmt: skip
        services = [word for words, _ in beginning(block.inside, "service") for word in words]
        return RuleText(
            name=name,
            permits=True,
            from_zones=_words(block, "source-zone"),
            to_zones=_words(block, "destination-zone"),
            sources=self._addresses(block, "source-address"),
            destinations=self._addresses(block, "destination-address"),
            services=tuple(s for word in services for s in self._services[word])
            if services
            else None,
            times=tuple(times) or None,
        )

    def _addresses(self, block: Block, word: str) -> tuple[Interval, ...] | None:
        named = [words for words, _ in beginning(block.inside, word)]
        if not named:
            return None
        found: list[Interval] = []
        for words in named:
            match words:
                case ("address-set", *names):
                    found += (span for name in names for span in self._sets[name])
                case ("geo-location", *names):
                    found += (span for name in names for span in self._places[name])
                case _:
                    found.append(_address(words))
        return tuple(merged(found))


def _words(block: Block, word: str) -> tuple[str, ...]:
    return tuple(name for words, _ in beginning(block.inside, word) for name in words)


def _address(words: Words) -> Interval:
    """``range 10.0.0.1 10.0.0.9`` or ``10.0.0.0 mask 24``."""
    match words:
        case ("range", first, last):
            return range_of(first, last)
        case (address, "mask", length):
            return prefix_span(address, length)
        case _:
            raise ValueError(f"address {' '.join(words)}")


def _service(words: Words) -> list[Service]:
    match words:
        case ("protocol", protocol, "destination-port", *ports):
            return services_of(protocol, ports_of(ports))
        case ("protocol", "icmp", "icmp-type", "8", "0"):
            return services_of("icmp", ())
        case ("protocol", protocol):
            return services_of(protocol, ())
        case _:
            raise ValueError(f"service {' '.join(words)}")


def _times(block: Block) -> tuple[When, ...]:
    """Any of the periods, within the dates; the year 2099 stands for no end, 2000 for none yet."""
    minutes = 0
    for (start, to, end, *days), _ in beginning(block.inside, "period-range"):
        if to != "to":
            raise ValueError(f"{block} has a period that is not understood")
        minutes |= period_of(start, end, days)
    starts_at = ends_at = None
    for words, _ in beginning(block.inside, "absolute-range"):
        starts_at, ends_at = _moment(words[0:2]), _moment(words[3:5])
    return (When(minutes or None, _unless(starts_at, 2000), _unless(ends_at, 2099)),)


def _moment(words: Words) -> datetime:
    return datetime.strptime(" ".join(words), "%H:%M:%S %Y/%m/%d")  # noqa: DTZ007 - local time


def _unless(moment: datetime | None, year: int) -> datetime | None:
    return None if moment is None or moment.year == year else moment
