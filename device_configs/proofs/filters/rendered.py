"""What the rendered packet filters let through is what the rules declare, packet by packet (A5).

The rules of each filtering device are read back from its finished text and held against those of
its rule set: by the ports a packet enters and leaves by, addresses, protocol, port and time. Both
are ordered lists; whether they decide alike is decided exactly, and where they do not, a packet
shows it. Bandwidth, priority and limits are no part of it. Where packets of IPv6 pass, they are
compared as those of IPv4 between the same two hosts; a packet that shows a difference is named so.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from device_configs.proofs.facts import Unreadable
from device_configs.proofs.filters.behind import filtering_devices
from device_configs.proofs.filters.boxes import TooManyPieces
from device_configs.proofs.filters.comparison import Comparison, Ground, profile_of
from device_configs.proofs.filters.packet_filter import PacketFilter
from device_configs.proofs.filters.rulebook import MOST_PIECES
from device_configs.proofs.filters.spans import intervals
from device_configs.proofs.renderings import Filters
from device_configs.proofs.verdict import Finding, Proof, in_order
from device_configs.render.ipv6 import passes_ipv6
from device_configs.site.model import Device, RuleSet, Site

NAME = "filters"
OF_IPV6 = "so it treats packets of IPv6 between the hosts that have these addresses in IPv4"
TITLE = "The rendered packet filters decide as the rules declare"


def prove_filters(site: Site, filters: Filters, most: int = MOST_PIECES) -> Proof:
    """Name every pair of rules, declared and rendered, that treat some packet differently."""
    devices = list(filtering_devices(site))
    proving = _Proving(site, filters, most)
    for device, rule_set in devices:
        proving.add(device, rule_set)
    undecided = proving.undecided if devices else [_nothing_to_compare()]
    return Proof(
        NAME,
        TITLE,
        findings=in_order(proving.found),
        undecided=in_order(undecided),
        counts={"devices": len(devices), "compared": proving.compared, "lines": proving.lines},
    )


@dataclass
class _Proving:
    """What is known so far. ``sound`` are the devices that were compared and decide as declared,
    with their lines."""

    site: Site
    filters: Filters
    most: int
    found: list[Finding] = field(default_factory=list)
    undecided: list[Finding] = field(default_factory=list)
    sound: dict[str, int] = field(default_factory=dict)
    compared: int = 0
    lines: int = 0

    def __post_init__(self) -> None:
        self._ground = Ground(self.site)

    def add(self, device: Device, rule_set: RuleSet) -> None:
        """Compare one more device, or know that it decides as its other half does."""
        half = self._sound_half(device, rule_set)
        if half is not None and self.filters.alike(half, device):
            self.compared += 1
            self.lines += self.sound[half.name]
            return
        before = len(self.found), len(self.undecided)
        lines = self._compare(device, rule_set)
        if (len(self.found), len(self.undecided)) == before:
            self.sound[device.name] = lines

    def _sound_half(self, device: Device, rule_set: RuleSet) -> Device | None:
        """The other half, where it is asked for the same and found to do it."""
        half = self.site.devices.get(device.partner or "")
        if half is None or half.name not in self.sound or half.role != device.role:
            return None
        asked = self.site.rule_set_of(half.name), profile_of(self.site, half)
        return half if asked == (rule_set, profile_of(self.site, device)) else None

    def _compare(self, device: Device, rule_set: RuleSet) -> int:
        """How many lines were compared."""
        try:
            rendered = self.filters.of(device)
        except Unreadable as reason:
            self.undecided.append(_unreadable(device.name, str(reason)))
            return 0
        try:
            self.found += Comparison(self._ground, device, rule_set, rendered, self.most).findings()
            if passes_ipv6(self.site, device):
                self.found += self._of_ipv6(device, rule_set, self.filters.of_ipv6(device))
        except Unreadable as reason:
            self.undecided.append(_unreadable(device.name, str(reason)))
        except (TooManyPieces, ValueError) as reason:
            self.undecided.append(_undecided(device.name, reason))
        self.compared += 1
        self.lines += len(rendered.lines)
        return len(rendered.lines)

    def _of_ipv6(
        self, device: Device, rule_set: RuleSet, rendered: PacketFilter
    ) -> Iterable[Finding]:
        """Between hosts with an address in either family, what is said of IPv4 is asked of IPv6."""
        hosts = intervals(beside for beside, _ in self.site.dual_stack)
        compared = Comparison(self._ground, device, rule_set, rendered, self.most, hosts)
        return [replace(found, why=OF_IPV6) for found in compared.findings()]


def _unreadable(device: str, reason: str) -> Finding:
    return Finding(
        (device,),
        "what its packet filter decides is not known",
        reason,
        "render what is understood, or teach proofs/readers the word",
    )


def _undecided(device: str, reason: Exception) -> Finding:
    return Finding(
        (device,),
        "whether its packet filter decides as declared is not decided",
        str(reason),
        "name sources and destinations by fewer, wider sets",
    )


def _nothing_to_compare() -> Finding:
    return Finding(
        ("site",),
        "no device filters by a declared rule set",
        "a claim about nothing is not shown to hold",
        "declare policies.yml",
    )
