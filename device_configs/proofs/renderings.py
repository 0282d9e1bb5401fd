"""The rendered trees of a site with what was read back from them, or why that failed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from jinja2 import TemplateError

from device_configs.proofs.facts import Facts, Surroundings, Unreadable
from device_configs.proofs.filters.behind import names_behind
from device_configs.proofs.filters.packet_filter import PacketFilter
from device_configs.proofs.readers import (
    filter_alike,
    read_facts,
    read_filter,
    read_filter_of_ipv6,
    read_protection,
)
from device_configs.proofs.readers.protection_text import ProtectionText
from device_configs.proofs.verdict import Finding
from device_configs.render import Secrets, Tree, render_device
from device_configs.render.addressing import MANAGEMENT_PORT
from device_configs.render.families import families, load_family, render_vendor
from device_configs.render.families.ports import derive_sockets
from device_configs.render.tree import RenderedFile
from device_configs.site.model import Device, Site

CONFIGURATION = "startup.cfg"
"""Path of a box's whole text in its tree."""


@dataclass(frozen=True)
class Renderings:
    """Facts by device, and the reason for each device that has none."""

    facts: Mapping[str, Facts]
    unreadable: Mapping[str, str]

    def undecided(self) -> tuple[Finding, ...]:
        """What no proof over renderings can decide."""
        return tuple(
            Finding(
                (name,),
                "nothing is known of its configuration",
                reason,
                "mend the declaration, or add a reader for the platform to proofs/readers",
            )
            for name, reason in sorted(self.unreadable.items())
        )


@dataclass(frozen=True)
class Filters:
    """The packet filters of filtering devices, each read back when it is asked for."""

    site: Site
    trees: Mapping[str, Tree]
    renderings: Renderings

    def of(self, device: Device) -> PacketFilter:
        """What its configuration lets through; raises :class:`Unreadable`."""
        name, facts = device.name, self.renderings.facts
        if name not in facts:
            raise Unreadable(self.renderings.unreadable.get(name, "it has no rendering"))
        around = _around(self.site, name)
        return read_filter(device.platform, self.trees[name], facts[name], around)

    def of_ipv6(self, device: Device) -> PacketFilter:
        """The same of packets of IPv6, each in the numbers that its two hosts have in IPv4."""
        name, facts = device.name, self.renderings.facts
        if name not in facts:
            raise Unreadable(self.renderings.unreadable.get(name, "it has no rendering"))
        around, dual_stack = _around(self.site, name), self.site.dual_stack
        return read_filter_of_ipv6(
            device.platform, self.trees[name], facts[name], around, dual_stack
        )

    def protection_of(self, device: Device) -> ProtectionText:
        """What its configuration inspects, limits and defends; raises :class:`Unreadable`."""
        if device.name not in self.trees:
            raise Unreadable(self.renderings.unreadable.get(device.name, "it has no rendering"))
        around = _around(self.site, device.name)
        return read_protection(device.platform, self.trees[device.name], around)

    def alike(self, one: Device, other: Device) -> bool:
        """Whether two devices certainly filter alike, each by those of its ports that lead to the
        same zones; False says nothing."""
        if (
            one.platform != other.platform
            or not {one.name, other.name} <= self.renderings.facts.keys()
        ):
            return False
        return filter_alike(one.platform, self._held(one), self._held(other))

    def _held(self, device: Device) -> tuple[Tree, Facts, Mapping[str, str]]:
        facts = self.renderings.facts[device.name]
        return self.trees[device.name], facts, names_behind(self.site, device)


def render_all(site: Site, secrets: Secrets) -> tuple[dict[str, Tree], dict[str, str]]:
    """The tree of each device that has a configuration, and why others cannot be rendered."""
    trees, failed = {}, {}
    for name, device in site.devices.items():
        if not device.is_rendered:
            continue
        try:
            if device.platform in families():
                trees[name] = _vendor_tree(site, secrets, name, device.platform)
            else:
                trees[name] = render_device(site, secrets, name)
        except (LookupError, StopIteration, ValueError, OSError, TemplateError) as error:
            failed[name] = f"it cannot be rendered ({type(error).__name__}: {error})"
    return trees, failed


def _vendor_tree(site: Site, secrets: Secrets, name: str, family: str) -> Tree:
    """A box has one text, which it loads as a whole."""
    text = render_vendor(site, secrets, name, family)
    return Tree(name, (RenderedFile(CONFIGURATION, text),), ())


def read_renderings(site: Site, trees: Mapping[str, Tree], failed: Mapping[str, str]) -> Renderings:
    """Read every tree back."""
    facts, unreadable = {}, dict(failed)
    for name, tree in trees.items():
        try:
            facts[name] = read_facts(site.devices[name].platform, tree, _around(site, name))
        except Unreadable as reason:
            unreadable[name] = str(reason)
    return Renderings(facts, unreadable)


def _around(site: Site, name: str) -> Surroundings:
    """Cables are plugged in as the cabling list says, whatever a description says."""
    device = site.devices[name]
    sockets: dict[str, str] = {}
    if device.platform in families():
        box = load_family(device.platform).boxes[device.role.name]
        found = derive_sockets(site, device, box).values()
        # Of a line of several cables the proofs see one port, which stands for all of them.
        sockets = {s.name: s.port for s in found if s.port == s.link.end_at(name).port}
        sockets[box.management.name] = MANAGEMENT_PORT
    return Surroundings(sockets, _offset_min(site.contract.timezone), device.role.relays)


@cache
def _offset_min(timezone: str) -> int:
    """A site's clock less UTC."""
    offset = datetime(2026, 1, 1, tzinfo=ZoneInfo(timezone)).utcoffset()
    return int((offset or timedelta()).total_seconds()) // 60
