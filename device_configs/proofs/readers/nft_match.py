"""One line of nftables as values: what it matches and what it does (pure)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

from device_configs.proofs.filters.boxes import ADDRESSES
from device_configs.proofs.filters.packet_filter import Matched, Ports, When
from device_configs.proofs.filters.regions import EVERY_SERVICE, Service
from device_configs.proofs.filters.spans import Interval, complement
from device_configs.proofs.readers.nft_hours import week_of

Intervals = tuple[Interval, ...]


@dataclass(frozen=True)
class LineSurroundings:
    """What a line may refer to. ``carriers`` are the declared ports below each interface the
    chains see, ``sets`` the addresses of each set; ``offset_min`` is the site's clock less UTC."""

    carriers: Mapping[str, Ports]
    sets: Mapping[str, Intervals]
    offset_min: int
    _outside: dict[str, Intervals] = field(default_factory=dict, compare=False, repr=False)

    def outside(self, name: str) -> Intervals:
        """The addresses that are not in a set."""
        if name not in self._outside:
            self._outside[name] = tuple(complement(self.sets[name]))
        return self._outside[name]


@dataclass
class NftLine:
    """A line as read. ``verdict`` is empty for one that only counts or marks."""

    never: bool = False
    entering: Ports | None = None
    leaving: Ports | None = None
    sources: Intervals = (ADDRESSES,)
    destinations: Intervals = (ADDRESSES,)
    services: Sequence[Service] | None = None
    source_ports: Sequence[Service] | None = None
    days: tuple[int, ...] | None = None
    hours: tuple[int, int] | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    verdict: str = ""
    target: str = ""
    counter: str = ""
    untracks: bool = False
    """Keeps packets out of the session table."""
    words: list[str] = field(default_factory=list)

    @property
    def is_unconditional(self) -> bool:
        """Whether every packet that comes to the line meets its verdict."""
        return (
            not self.never
            and (self.entering, self.leaving, self.services, self.source_ports)
            == (None, None, None, None)
            and (self.days, self.hours, self.starts_at, self.ends_at) == (None, None, None, None)
            and self.sources == self.destinations == (ADDRESSES,)
        )

    def matched(self, offset_min: int) -> Matched:
        """What it matches, as a session's first packet; a reply as the session it answers."""
        when = _when(self.days, self.hours, self.starts_at, self.ends_at, offset_min)
        if self.source_ports is not None:
            if self.services is not None:
                raise ValueError("a line asks for ports at both ends")
            return Matched(self.leaving, self.entering, self.destinations,
                           self.sources, tuple(self.source_ports), when)  # fmt: skip
        services = EVERY_SERVICE if self.services is None else self.services
        return Matched(self.entering, self.leaving, self.sources, self.destinations,
                       tuple(services), when)  # fmt: skip


@lru_cache(maxsize=4_096)
def _when(
    days: tuple[int, ...] | None,
    hours: tuple[int, int] | None,
    starts_at: datetime | None,
    ends_at: datetime | None,
    offset_min: int,
) -> When:
    shift = timedelta(minutes=offset_min)
    return When(
        week_of(days, hours, offset_min),
        None if starts_at is None else starts_at + shift,
        None if ends_at is None else ends_at + shift,
    )
