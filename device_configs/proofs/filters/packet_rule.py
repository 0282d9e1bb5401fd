"""A rule of a packet filter with the region of packets it takes (pure)."""

from dataclasses import dataclass

from device_configs.proofs.filters.boxes import (
    Region,
)


@dataclass(frozen=True)
class PacketRule:
    """One rule with its region. ``treatment`` is what else it does to what it permits (bandwidth,
    priority, limits); two rules treat a packet alike when action and treatment are equal."""

    name: str
    permits: bool
    region: Region
    treatment: str = ""

    def alike(self, other: "PacketRule") -> bool:
        return (self.permits, self.treatment) == (other.permits, other.treatment)
