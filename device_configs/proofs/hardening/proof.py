"""What hardens devices beside the declaration is in force in their texts (docs/hardening.md).

A line is in force where it stands in its view and no later line undoes it or takes its place.
What cannot be read is unknown, and what a platform has no words for is a note.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from device_configs.proofs.facts import Unreadable
from device_configs.proofs.hardening.boxes import (
    asks_nobody,
    console_findings,
    lines_forbidden,
    lines_missing,
    measured,
)
from device_configs.proofs.hardening.places import HardenedBox, hardened_box
from device_configs.proofs.hardening.redirects import (
    asked_settings,
    redirect_findings,
    unstoppable_redirects,
)
from device_configs.proofs.hardening.sources import MEASURE as EDGE_MEASURE
from device_configs.proofs.hardening.sources import box_sources, edge_zones, linux_sources
from device_configs.proofs.readers import read_hardened_lines, read_policy
from device_configs.proofs.readers.linux_hardening import kernel_settings, source_drops
from device_configs.proofs.verdict import Finding, Proof, claim, in_order
from device_configs.render import Tree
from device_configs.render.families import families
from device_configs.render.families.hardening import hardening_measures
from device_configs.render.ipv6 import carries_ipv6
from device_configs.render.passwords import break_glass_accounts
from device_configs.site.model import Device, Site

NAME = "hardening"
TITLE = "What hardens devices is in force, and nothing later undoes it"
LINUX = "frr"


def prove_hardening(site: Site, trees: Mapping[str, Tree], failed: Mapping[str, str]) -> Proof:
    """Name each line that is missing or taken away, per device and measure."""
    proving = _Proving(site)
    for device in site.devices.values():
        if not device.is_ours or not device.is_rendered:
            continue
        if device.name in trees:
            proving.add(device, trees[device.name])
        else:
            reason = failed.get(device.name, "it has no text")
            proving.undecided.append(_undecided(device.name, reason))
    notes = [*_wordless(site), *_open_consoles(proving.open_consoles)]
    notes += unstoppable_redirects(proving.with_ipv6)
    if not proving.counts["devices"] and not proving.undecided:
        proving.undecided.append(_nothing())
    return Proof(NAME, TITLE, in_order(proving.found), in_order(proving.undecided),
                 in_order(notes), proving.counts)  # fmt: skip


@dataclass
class _Proving:
    site: Site
    found: list[Finding] = field(default_factory=list)
    undecided: list[Finding] = field(default_factory=list)
    open_consoles: list[str] = field(default_factory=list)
    with_ipv6: list[str] = field(default_factory=list)
    """Linux devices that carry IPv6."""
    counts: dict[str, int] = field(
        default_factory=lambda: {"devices": 0, "hardening_lines": 0, "edges": 0}
    )

    def add(self, device: Device, tree: Tree) -> None:
        for part in (self._lines, self._edges):
            try:
                part(device, tree)
            except (Unreadable, KeyError, ValueError) as reason:
                self.undecided.append(_undecided(device.name, str(reason)))
        self.counts["devices"] += 1

    def _lines(self, device: Device, tree: Tree) -> None:
        if device.platform == LINUX:
            carries = carries_ipv6(self.site, device)
            self.found += redirect_findings(device, kernel_settings(tree), carries_ipv6=carries)
            self.counts["hardening_lines"] += asked_settings(carries_ipv6=carries)
            self.with_ipv6 += [device.name] if carries else []
            return
        box = hardened_box(self.site, device, read_hardened_lines(device.platform, tree))
        signs_in = bool(break_glass_accounts(self.site, device))
        self.found += [*lines_missing(box), *lines_forbidden(box)]
        self.found += console_findings(box, signs_in=signs_in)
        if not signs_in and asks_nobody(box):
            self.open_consoles.append(device.name)
        self.counts["hardening_lines"] += _asked_lines(box)

    def _edges(self, device: Device, tree: Tree) -> None:
        zones = edge_zones(self.site, device)
        self.counts["edges"] += len(zones)
        for zone in zones:
            if device.platform == LINUX:
                self.found += linux_sources(self.site, device, zone, source_drops(tree))
            else:
                policy = read_policy(device.platform, tree)
                self.found += box_sources(self.site, device, zone, policy)


def _asked_lines(box: HardenedBox) -> int:
    return sum(len(m.lines) * len(box.views(m.at)) for m in measured(box))


def _wordless(site: Site) -> Iterator[Finding]:
    """Measures that some family has for a role, and the platform of its devices has not."""
    lacking: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for device in site.devices.values():
        if device.is_rendered and not hardening_measures(device.platform):
            for name in _measures_elsewhere(device):
                lacking[name, device.platform].append(device.name)
    for (name, platform), devices in lacking.items():
        yield Finding(
            (*devices,),
            claim(
                "nothing is rendered for {measure} on {platform}", measure=name, platform=platform
            ),
            "the platform's templates have no words for it",
            "guard against it elsewhere, or use a platform that has the measure",
        )


def _measures_elsewhere(device: Device) -> set[str]:
    """What families have for its role; the sources of an edge are proved of every platform."""
    everything = (m for family in families() for m in hardening_measures(family))
    return {m.name for m in everything if device.role.name in m.roles} - {EDGE_MEASURE}


def _open_consoles(devices: list[str]) -> Iterator[Finding]:
    """Consoles that ask nobody, and could ask for no account that is declared."""
    if devices:
        yield Finding(
            (*devices,),
            "the console asks nobody: this platform does so until it is configured otherwise",
            "whoever stands before the box is its administrator",
            "declare a break-glass account for it in accounts.yml",
        )


def _undecided(device: str, reason: str) -> Finding:
    return Finding(
        (device,),
        "whether its hardening is in force is not known",
        reason,
        "render what is understood, or teach proofs/readers the words",
    )


def _nothing() -> Finding:
    return Finding(
        ("site",),
        "no device is hardened",
        "a claim about nothing is not shown to hold",
        "declare devices that are rendered",
    )
