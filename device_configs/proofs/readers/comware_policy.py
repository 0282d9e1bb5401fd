"""H3C Comware: zones, objects and the security policy of a firewall."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from device_configs.proofs.filters.packet_filter import When
from device_configs.proofs.filters.regions import Service
from device_configs.proofs.filters.spans import Interval, merged
from device_configs.proofs.readers.blocks import Block, Views, Words, beginning
from device_configs.proofs.readers.box import PolicyText
from device_configs.proofs.readers.box_protection import (
    comware_guards,
    comware_looked_into,
    traffic_rules,
)
from device_configs.proofs.readers.box_words import (
    period_of,
    prefix_span,
    range_of,
    services_of,
)
from device_configs.proofs.readers.protection_text import BoxProtection, Figures, RuleText

OWN_ZONE = "Local"
_RULE: Views = dict.fromkeys(
    ("description", "action", "profile", "logging enable", "source-zone", "destination-zone",
     "source-ip", "destination-ip", "service", "time-range")
)  # fmt: skip
POLICY_VIEWS: dict[str, Views | None] = {
    "security-zone name": dict.fromkeys(
        ("import interface", "attack-defense apply policy", "client-verify tcp enable")
    ),
    "security-zone intra-zone default permit": None,
    "object-group ip address": None,
    "object-group service": None,
    "time-range": None,
    "security-policy ip": {"default rule action": None, "rule": _RULE},
}


def read_policy(blocks: Sequence[Block]) -> PolicyText | None:
    """The security policy; None for a box without zones.

    Packets that no rule names are dropped, those that stay in a zone among them, unless the text
    says otherwise (SecPath configuration guides, "Security zone-based packet processing rules").
    """
    policies = [block for _, block in beginning(blocks, "security-policy", "ip")]
    if not policies:
        return None
    (policy,) = policies
    actions = [words[0] for words, _ in beginning(policy.inside, "default", "rule", "action")]
    permits = actions[-1:] == ["pass"]
    within = list(beginning(blocks, "security-zone", "intra-zone", "default", "permit"))
    objects = _Objects(blocks)
    return PolicyText(
        zones={
            words[0]: tuple(w[0] for w, _ in beginning(block.inside, "import", "interface"))
            for words, block in beginning(blocks, "security-zone", "name")
        },
        rules=tuple(objects.rule(block) for _, block in beginning(policy.inside, "rule")),
        permits_by_default=permits,
        within_zones=permits or bool(within),
        own_zone=OWN_ZONE,
    )


def read_protection(blocks: list[Block]) -> BoxProtection:
    """What of the policy is looked into, the traffic policy and the defence of a text."""
    policies = [block for _, block in beginning(blocks, "security-policy", "ip")]
    treatments: list[RuleText] = []
    figures: dict[str, Figures] = {}
    objects = _Objects(blocks)
    for _, policy in beginning(blocks, "traffic-policy"):
        rules, figures = traffic_rules(policy)
        treatments = [objects.matched(name, block) for name, block in rules]
    return BoxProtection(
        looked_into=comware_looked_into(blocks, policies[0]) if policies else frozenset(),
        guards=tuple(comware_guards(blocks)),
        treatments=tuple(treatments),
        figures=figures,
    )


class _Objects:
    def __init__(self, blocks: Sequence[Block]) -> None:
        self._sets: dict[str, list[Interval]] = {}
        for (name, *_), block in beginning(blocks, "object-group", "ip", "address"):
            self._sets[name] = merged(_address(member.words[1:]) for member in block.inside)
        self._services: dict[str, list[Service]] = {}
        for (name, *_), block in beginning(blocks, "object-group", "service"):
            self._services[name] = [s for m in block.inside for s in _service(m.words[1:])]
        self._times: dict[str, list[When]] = {}
        for (name, *words), _ in beginning(blocks, "time-range"):
            self._times.setdefault(name, []).append(_time(tuple(words)))

    def rule(self, block: Block) -> RuleText:
        """One rule with the objects that it names; without an action it drops."""
        name = block.words[block.words.index("name") + 1]
        actions = _words(block, "action")
        return replace(self.matched(name, block), permits=actions[-1:] == ("pass",))

    def matched(self, name: str, block: Block) -> RuleText:
        """What a rule matches, of whichever policy it is; it permits."""
        times = [t for word in _words(block, "time-range") for t in self._times[word]]
        services = _words(block, "service")
        return RuleText(
            name=name,
            permits=True,
            from_zones=_words(block, "source-zone"),
            to_zones=_words(block, "destination-zone"),
            sources=self._addresses(_sets(block, "source")),
            destinations=self._addresses(_sets(block, "destination")),
            services=tuple(s for word in services for s in self._services[word])
            if services
            else None,
            times=tuple(times) or None,
        )

    def _addresses(self, names: tuple[str, ...]) -> tuple[Interval, ...] | None:
        if not names:
            return None
        return tuple(merged(span for name in names for span in self._sets[name]))


def _words(block: Block, word: str) -> tuple[str, ...]:
    return tuple(words[0] for words, _ in beginning(block.inside, word))


def _sets(block: Block, end: str) -> tuple[str, ...]:
    """``source-ip NAME`` of a security policy, ``source-address address-set NAME`` of traffic."""
    named = [words for words, _ in beginning(block.inside, f"{end}-address", "address-set")]
    return (*_words(block, f"{end}-ip"), *(words[0] for words in named))


def _address(words: Words) -> Interval:
    match words:
        case ("network", "range", first, last):
            return range_of(first, last)
        case ("network", "host", "address", address):
            return range_of(address, address)
        case ("network", "subnet", address, mask):
            return prefix_span(address, mask)
        case _:
            raise ValueError(f"address {' '.join(words)}")


def _service(words: Words) -> list[Service]:
    match words:
        case ("service", protocol, "destination", "eq", port):
            return services_of(protocol, [(int(port), int(port))])
        case ("service", protocol, "destination", "range", first, last):
            return services_of(protocol, [(int(first), int(last))])
        case ("service", "icmp", "8", "0"):
            return services_of("icmp", ())
        case ("service", protocol):
            return services_of(protocol, ())
        case _:
            raise ValueError(f"service {' '.join(words)}")


def _time(words: Words) -> When:
    """``09:00 to 11:30 Mon Tue from 08:00 10/01/2026 to 20:00 10/07/2026``, any part of it."""
    waiting = list(words)
    minutes = None
    if waiting and waiting[0] not in ("from", "to"):
        start, to, end, *waiting = waiting
        days = []
        while waiting and waiting[0] not in ("from", "to"):
            days.append(waiting.pop(0))
        if to != "to":
            raise ValueError(f"time-range {' '.join(words)}")
        minutes = period_of(start, end, days)
    bounds: dict[str, datetime] = {}
    while waiting:
        word, clock, date, *waiting = waiting
        if word not in ("from", "to") or word in bounds:
            raise ValueError(f"time-range {' '.join(words)}")
        bounds[word] = datetime.strptime(f"{clock} {date}", "%H:%M %m/%d/%Y")  # noqa: DTZ007
    return When(minutes, bounds.get("from"), bounds.get("to"))
