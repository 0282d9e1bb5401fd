"""The kinds of boxes: what a platform is, how it takes changes, what it calls itself."""

from dataclasses import dataclass
from enum import StrEnum

from device_configs.emulator.vocabulary import Vocabulary


class ChangeManner(StrEnum):
    """How a platform takes a change."""

    TWO_PHASE = "two-phase"
    """Lines change a candidate; ``commit`` makes it run (VRP 8)."""
    IMMEDIATE = "immediate"
    """Each line works at once (VRP 5, Comware)."""


class PairProtocol(StrEnum):
    """How two firewalls copy their configuration."""

    HRP = "hrp"
    RBM = "rbm"


@dataclass(frozen=True)
class VendorKind:
    """One kind of box."""

    name: str
    vocabulary: Vocabulary
    manner: ChangeManner
    model: str
    software: str
    """Version line of ``display version``."""
    pair: PairProtocol | None = None

    @property
    def comware(self) -> bool:
        return self.vocabulary.family == "h3c_comware"


_VRP, _COMWARE = "huawei_vrp", "h3c_comware"
_VRP8 = "VRP (R) software, Version 8.180 ({} {})"
_VRP5 = "VRP (R) software, Version 5.170 ({} {})"
_H3C = "H3C Comware Software, Version 7.1.070, Release {}"

KINDS = {
    kind.name: kind
    for kind in (
        VendorKind("vrp8", Vocabulary(_VRP, "ne"), ChangeManner.TWO_PHASE, "NetEngine 8000 M4",
                   _VRP8.format("NetEngine 8000", "V800R021C00SPC100")),
        VendorKind("vrp8-ce", Vocabulary(_VRP, "ce"), ChangeManner.TWO_PHASE, "CE6881-48S6CQ",
                   _VRP8.format("CE6881", "V200R019C10SPC800")),
        VendorKind("vrp5-ar", Vocabulary(_VRP, "ar"), ChangeManner.IMMEDIATE, "AR6120",
                   _VRP5.format("AR6120", "V300R019C10SPC300")),
        VendorKind("vrp5-s", Vocabulary(_VRP, "s"), ChangeManner.IMMEDIATE, "S5735-L24T4X-A1",
                   _VRP5.format("S5735", "V200R019C10SPC500")),
        VendorKind("usg", Vocabulary(_VRP, "usg"), ChangeManner.IMMEDIATE, "USG6655E",
                   _VRP5.format("USG6600E", "V600R007C20SPC500"), PairProtocol.HRP),
        VendorKind("comware-switch", Vocabulary(_COMWARE, "switch"), ChangeManner.IMMEDIATE,
                   "S6800-54QF", _H3C.format("2702P01")),
        VendorKind("comware-router", Vocabulary(_COMWARE, "router"), ChangeManner.IMMEDIATE,
                   "MSR3620", _H3C.format("0809P33")),
        VendorKind("secpath", Vocabulary(_COMWARE, "secpath"), ChangeManner.IMMEDIATE,
                   "SecPath F1080", _H3C.format("9360P24"), PairProtocol.RBM),
    )
}  # fmt: skip
"""By name, as ``--kind`` takes it."""


def kind_of(family: str, platform: str) -> VendorKind:
    """The kind of box that speaks a dialect of the command grammar. Raises KeyError."""
    found = [k for k in KINDS.values() if k.vocabulary == Vocabulary(family, platform)]
    if not found:
        raise KeyError(f"{family}/{platform}")
    return found[0]
