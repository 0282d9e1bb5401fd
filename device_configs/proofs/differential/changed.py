"""One passage between two zones that is there in one of two declarations only."""

from dataclasses import dataclass, field

from device_configs.proofs.differential.packet import ExamplePacket
from device_configs.proofs.filters.boxes import MatchBox
from device_configs.proofs.filters.spans import Interval

ZonePairNames = tuple[str, str]
NO_WAY = "no way leads there"


@dataclass(frozen=True)
class PassageChange:
    """Packets from one zone to another that get through in one of the declarations only.

    ``by`` are the rules that let them through there, ``otherwise`` says what becomes of
    ``packet``, one of them, in the other one. ``region`` holds exactly these packets; ``fate`` says
    what becomes of all of them there, empty where nobody asked.
    """

    zones: ZonePairNames
    by: tuple[str, ...]
    otherwise: str
    services: tuple[str, ...]
    sources: tuple[Interval, ...]
    destinations: tuple[Interval, ...]
    packet: ExamplePacket
    region: tuple[MatchBox, ...] = field(repr=False)
    fate: str = ""
