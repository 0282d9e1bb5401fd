"""Rules as products of what they match, before these are multiplied out to boxes.

A rule says "from these ports and addresses, to those, by these services, then": one product where
its region may be hundreds of boxes. Two lists that say the same are recognised by their products;
the boxes are made for those only that have to be compared packet by packet.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from device_configs.proofs.filters.agreement import RuleList
from device_configs.proofs.filters.boxes import ADDRESSES, MatchBox
from device_configs.proofs.filters.packet_rule import PacketRule
from device_configs.proofs.filters.regions import EVERY_MINUTE, EVERY_SERVICE, Service
from device_configs.proofs.filters.spans import Interval


class Product(NamedTuple):
    """Packets that every one of the fields holds; masks as in a box, none of it empty."""

    entering: int
    leaving: int
    sources: tuple[Interval, ...]
    destinations: tuple[Interval, ...]
    services: tuple[Service, ...]
    times: int
    eras: int

    def boxes(self) -> Iterator[MatchBox]:
        """The same packets."""
        for source in self.sources:
            for destination in self.destinations:
                for protocols, ports in self.services:
                    yield MatchBox(self.entering, self.leaving, protocols, self.times, self.eras,
                              *source, *destination, *ports)  # fmt: skip


class ProductRule(NamedTuple):
    """A rule whose region is that of its products, of which there is one at least."""

    name: str
    permits: bool
    treatment: str
    products: tuple[Product, ...]

    def rule(self) -> PacketRule:
        """The same rule over boxes."""
        region = tuple(box for product in self.products for box in product.boxes())
        return PacketRule(self.name, self.permits, region, self.treatment)


@dataclass(frozen=True)
class ProductList:
    """Rules in their order; the first that matches decides, then the default."""

    rules: tuple[ProductRule, ...]
    permits_by_default: bool

    def rule_list(self) -> RuleList:
        """The same list over boxes."""
        return RuleList(tuple(rule.rule() for rule in self.rules), self.permits_by_default)


def every_packet(places: int, eras: int) -> Product:
    """All packets, as the masks of all places and eras say them."""
    return Product(places, places, (ADDRESSES,), (ADDRESSES,), EVERY_SERVICE, EVERY_MINUTE, eras)
