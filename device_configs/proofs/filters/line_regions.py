"""The lines of a packet filter as an ordered list of rules over boxes, by the ports of a device."""

from collections.abc import Iterable
from functools import cached_property

from device_configs.proofs.filters.agreement import RuleList
from device_configs.proofs.filters.behind import data_ports
from device_configs.proofs.filters.boxes import MatchBox
from device_configs.proofs.filters.packet_filter import FilterLine, Matched, PacketFilter, Ports
from device_configs.proofs.filters.products import Product, ProductRule, every_packet
from device_configs.proofs.filters.regions import EVERY_MINUTE, Universe
from device_configs.site.model import Device, Site


class LineRegions:
    """Several filters of one device over the same packets."""

    def __init__(self, site: Site, device: Device, filters: Iterable[PacketFilter]) -> None:
        self._places = frozenset(data_ports(site, device))
        dates = {line.matched.when[1:] for found in filters for line in found.lines}
        bounds = {bound for span in dates for bound in span if bound is not None}
        self.universe = Universe(site, sorted(self._places), bounds)
        self._eras = self.universe.time_of(None)[1]

    @cached_property
    def everything(self) -> list[MatchBox]:
        """Every packet that others send through the device."""
        return list(every_packet(self._mask(None), self._eras).boxes())

    def rule_list(self, found: PacketFilter) -> RuleList:
        """The lines that match something, in their order."""
        rules = (self._rule(line) for line in found.lines)
        return RuleList(
            tuple(rule.rule() for rule in rules if rule is not None), found.permits_by_default
        )

    def _rule(self, line: FilterLine) -> ProductRule | None:
        product = self._product(line.matched)
        return ProductRule(line.name, line.permits, "", (product,)) if all(product) else None

    def _product(self, matched: Matched) -> Product:
        when, eras = matched.when, self._eras
        if when.starts_at is not None or when.ends_at is not None:
            eras &= self.universe.eras(when.starts_at, when.ends_at)
        times = EVERY_MINUTE if when.minutes is None else when.minutes
        return Product(self._mask(matched.entering), self._mask(matched.leaving), matched.sources,
                       matched.destinations, matched.services, times, eras)  # fmt: skip

    def _mask(self, ports: Ports | None) -> int:
        return self.universe.mask(self._places if ports is None else ports & self._places)
