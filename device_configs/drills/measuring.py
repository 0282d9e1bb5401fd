"""Do one fault in the twin, several times, and measure what a seat sees: real packets only."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address

from device_configs.deploy.lab import Lab, NotReached
from device_configs.drills.faults import DrillFault, DrillKind
from device_configs.drills.judging import DrillFigure
from device_configs.drills.neighbours import NotSettled, wait_until_settled
from device_configs.drills.preparing import (
    NotPaired,
    is_hot_standby,
    make_active,
    wait_until_paired,
)
from device_configs.site.model import Site
from device_configs.twin.client import TwinClient
from device_configs.twin.gap import GapMeasurement, Transport
from device_configs.twin.refusals import TwinError

AWAY_S = {DrillKind.CUT: 1.2, DrillKind.SILENT: 1.2, DrillKind.KILL: 2.0, DrillKind.HANG: 2.0}
BACK_S = {DrillKind.CUT: 2.0, DrillKind.SILENT: 2.0, DrillKind.KILL: 12.0, DrillKind.HANG: 6.0}
"""Seconds observed after the fault, and after it was undone."""
_CONTROL_S = 0.5
TRIES = 3
"""Of one repeat, where the machine stands still meanwhile."""


class StoodStill(RuntimeError):
    """The machine stood still, time and again, while a fault was measured."""


@dataclass(frozen=True, slots=True)
class DrillRepeat:
    """What one repeat of a fault cost; ``control_ms`` is the longest gap just before it."""

    control_ms: float
    gap: GapMeasurement
    back: GapMeasurement
    """While it was undone."""
    survived: bool
    """Whether the TCP session went on through the fault."""

    @property
    def stood_still_ms(self) -> float:
        """How long the machine stood still; 0 where it did not."""
        seen = (self.gap, self.back)
        return max((one.longest_pause_ms for one in seen if one.stood_still), default=0.0)


def platform_of(site: Site) -> IPv4Address:
    """The address that seats are measured to: the first check of the first service they use."""
    service = next(service for service in site.services.values() if service.used_by_seats)
    return service.checks[0].address


def measure(lab: Lab, fault: DrillFault, repeats: int) -> DrillFigure:
    """Do one fault several times, each time on the device or link that carries the traffic.

    What is broken is mended whatever happens; a twin in which it cannot be measured gives a figure
    with its ``trouble``.
    """
    done: list[DrillRepeat] = []
    trouble = ""
    try:
        while len(done) < repeats:
            done.append(undisturbed(lambda: _repeat(lab, fault)))
    except (NotReached, NotSettled, NotPaired, StoodStill, TwinError, OSError, ValueError) as error:
        trouble = str(error) or type(error).__name__
    is_kept = all(one.survived for one in done) if done else None
    return DrillFigure(
        fault=fault,
        gaps_ms=tuple(round(one.gap.longest_gap_ms, 1) for one in done),
        return_gaps_ms=tuple(round(one.back.longest_gap_ms, 1) for one in done),
        losses_ms=tuple(round(one.gap.longest_loss_ms, 1) for one in done),
        control_ms=max((one.control_ms for one in done), default=0.0),
        session_survived=is_kept if is_hot_standby(lab.site, fault) else None,
        trouble=trouble,
    )


def undisturbed(repeat: Callable[[], DrillRepeat]) -> DrillRepeat:
    """The first repeat in which the machine did not stand still.

    Routers of a twin whose machine stands still give each other up: what is silent then says
    nothing about the fault. Raises :class:`StoodStill` after :data:`TRIES`.
    """
    longest = 0.0
    for _ in range(TRIES):
        found = repeat()
        if not found.stood_still_ms:
            return found
        longest = max(longest, found.stood_still_ms)
    raise StoodStill(
        f"the machine stood still in each of {TRIES} tries, for up to {longest:.0f} ms"
    )


def _repeat(lab: Lab, fault: DrillFault) -> DrillRepeat:
    control_ms = _prepare(lab, fault)
    return DrillRepeat(control_ms, *_break_and_mend(lab, fault))


def _prepare(lab: Lab, fault: DrillFault) -> float:
    """Longest gap in milliseconds while nothing is wrong and the fault may come."""
    platform = platform_of(lab.site)
    lab.wait_until_reached(fault.seat, platform)
    make_active(lab, fault)
    wait_until_settled(lab)
    wait_until_paired(lab)
    return round(_observe(lab, fault.seat, lambda: None, _CONTROL_S).longest_gap_ms, 1)


def _break_and_mend(
    lab: Lab, fault: DrillFault
) -> tuple[GapMeasurement, GapMeasurement, bool]:  # fmt: skip
    """The gap, that on return, and whether the TCP session went on through the fault."""
    try:
        with lab.observing(fault.seat, platform_of(lab.site), Transport.TCP) as session:
            gap = _observe(lab, fault.seat, lambda: do(lab.client, fault), AWAY_S[fault.kind])
        back = _observe(lab, fault.seat, lambda: undo(lab.client, fault), BACK_S[fault.kind])
    except BaseException:
        undo(lab.client, fault)
        raise
    kept = session.measurement is not None and not session.measurement.session_ended
    return gap, back, kept


def _observe(lab: Lab, seat: str, act: Callable[[], None], seconds: float) -> GapMeasurement:
    """What a seat sees while something is done and for some seconds after."""
    with lab.observing(seat, platform_of(lab.site)) as observer:
        time.sleep(0.2)
        act()
        time.sleep(seconds)
    if observer.measurement is None:
        raise NotReached("the observer gave no measurement")
    return observer.measurement


def do(client: TwinClient, fault: DrillFault) -> None:
    """Let it fail."""
    match fault.kind:
        case DrillKind.CUT | DrillKind.SILENT:
            client.cut(fault.target, silent=fault.kind is DrillKind.SILENT)
        case DrillKind.KILL:
            client.kill(fault.target)
        case DrillKind.HANG:
            client.hang(fault.target)


def undo(client: TwinClient, fault: DrillFault) -> None:
    """Mend it; nothing happens when it is whole."""
    if fault.kind in (DrillKind.CUT, DrillKind.SILENT):
        client.heal(fault.target)
    else:
        client.start(fault.target)
