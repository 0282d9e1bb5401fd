"""How long a seat is cut off from the platform by each fault the declaration claims to survive.

Every redundant link is cut and cut silently, every device of a redundant pair is killed and hung,
each several times; the worst gap is held against its bound, and so is the worst while it comes
back: no second gap. A control observation without any
fault shows what the machine itself adds: a control above 60 ms says that it was too busy to
measure. Usage: python tests/benchmarks/failover.py [--repeats 10] [--only TEXT] [--json FILE]
"""

import argparse
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from ipaddress import IPv4Address
from pathlib import Path

from device_configs.deploy.lab import Lab, deployed_lab
from device_configs.site import Site
from device_configs.site.model import Device, Link, LinkKind
from device_configs.twin.gap import Transport
from ops_core.kernel.settings import Settings

PLATFORM = IPv4Address("10.100.0.10")
ON_THE_WAY = ("router", "firewall", "intrusion_prevention", "core_switch")
CUT_MS, CUT_BESIDE_BRIDGE_MS, SILENT_MS, DEVICE_MS = 150, 250, 250, 400
RETURN_MS = 100
"""What comes back must not cost a gap of its own: five beats."""
CONTROL_MS = 60
_AWAY_S = {"cut": 1.2, "silent": 1.2, "kill": 2.0, "hang": 2.0}
_BACK_S = {"cut": 2.0, "silent": 2.0, "kill": 12.0, "hang": 6.0}
_CONTROL_S = 0.5
_PAIRED_LIMIT_S, _PAIRED_FOR_S = 30.0, 2.0


@dataclass(frozen=True)
class Fault:
    """One thing that may fail, seen from one seat."""

    kind: str
    target: str
    seat: str
    bound_ms: int


@dataclass(frozen=True)
class Figure:
    """Gaps of one fault in milliseconds, in the order they were measured."""

    fault: Fault
    gaps_ms: tuple[float, ...]
    return_gaps_ms: tuple[float, ...]
    control_ms: float
    session_survived: bool | None

    @property
    def holds(self) -> bool:
        return (
            max(self.gaps_ms) <= self.fault.bound_ms
            and max(self.return_gaps_ms) <= RETURN_MS
            and self.session_survived is not False
        )


def faults(site: Site) -> Iterator[Fault]:
    """Every fault to measure, with its bound."""
    for link in site.links.values():
        if not link.redundant or link.kind in (LinkKind.SEAT, LinkKind.MANAGEMENT):
            continue
        beside_bridge = link.kind is LinkKind.INLINE
        seat = seat_behind(site, link)
        yield Fault("cut", link.name, seat, CUT_BESIDE_BRIDGE_MS if beside_bridge else CUT_MS)
        yield Fault("silent", link.name, seat, SILENT_MS)
    for device in site.devices_with_role(*ON_THE_WAY):
        if device.partner is not None:
            for kind in ("kill", "hang"):
                yield Fault(kind, device.name, next(iter(site.seats)), DEVICE_MS)


def seat_behind(site: Site, link: Link) -> str:
    """A seat in the link's network, or any."""
    return next(
        (seat.name for seat in site.seats.values() if seat.network == link.network),
        next(iter(site.seats)),
    )


def measure(lab: Lab, fault: Fault, repeats: int) -> Figure:
    """Do one fault several times, each time on the device or link that carries the traffic."""
    gaps, returns, controls, survived = [], [], [], []
    for _ in range(repeats):
        lab.wait_until_reached(fault.seat, PLATFORM)
        make_active(lab, fault)
        wait_until_paired(lab)
        controls.append(observe(lab, fault.seat, lambda: None, _CONTROL_S))
        with lab.observing(fault.seat, PLATFORM, Transport.TCP) as session:
            gaps.append(observe(lab, fault.seat, lambda: do(lab, fault), _AWAY_S[fault.kind]))
        if session.measurement is not None and is_firewall(lab.site, fault):
            survived.append(not session.measurement.session_ended)
        back = _BACK_S[fault.kind]
        returns.append(observe(lab, fault.seat, lambda: undo(lab, fault), back))
    return Figure(
        fault=fault,
        gaps_ms=tuple(gaps),
        return_gaps_ms=tuple(returns),
        control_ms=max(controls),
        session_survived=all(survived) if survived else None,
    )


def observe(lab: Lab, seat: str, act: Callable[[], None], seconds: float) -> float:
    """Longest gap while something is done and for some seconds after."""
    with lab.observing(seat, PLATFORM) as observer:
        time.sleep(0.2)
        act()
        time.sleep(seconds)
    if observer.measurement is None:
        raise RuntimeError("the observer gave no measurement")
    return round(observer.measurement.longest_gap_ms, 1)


def do(lab: Lab, fault: Fault) -> None:
    if fault.kind in ("cut", "silent"):
        lab.client.cut(fault.target, silent=fault.kind == "silent")
    elif fault.kind == "kill":
        lab.client.kill(fault.target)
    else:
        lab.client.hang(fault.target)


def undo(lab: Lab, fault: Fault) -> None:
    if fault.kind in ("cut", "silent"):
        lab.client.heal(fault.target)
    else:
        lab.client.start(fault.target)


def is_firewall(site: Site, fault: Fault) -> bool:
    return fault.target in site.devices and site.devices[fault.target].role.name == "firewall"


def firewall_of(site: Site, fault: Fault) -> Device | None:
    """The firewall that must lead for the fault to concern the traffic: itself, or the link's."""
    if is_firewall(site, fault):
        return site.devices[fault.target]
    link = site.links.get(fault.target)
    if link is None:
        return None
    beside = (site.devices[name] for name in site.networks[link.network].members
              if name in site.devices)  # fmt: skip
    firewalls = [device for device in beside if device.role.name == "firewall"]
    return firewalls[0] if len(firewalls) == 1 else None


def make_active(lab: Lab, fault: Fault) -> None:
    """Move the role to what is about to fail, where a role moves at all (nothing preempts)."""
    firewall = firewall_of(lab.site, fault)
    if firewall is not None:
        _make_firewall_active(lab, firewall)
    elif fault.target in lab.site.links and lab.site.links[fault.target].kind is LinkKind.ACCESS:
        _make_uplink_active(lab, lab.site.links[fault.target])


def _make_firewall_active(lab: Lab, device: Device) -> None:
    if _role_of(lab, device.name) == "master" or device.partner is None:
        return
    lab.client.hang(device.partner)
    time.sleep(3)
    lab.client.start(device.partner)


def wait_until_paired(lab: Lab) -> None:
    """Wait until one firewall leads and the other has stood ready for a while, all routes told.

    A fault before that is a second one while the first still heals, which nothing promises to
    survive: the returning firewall is told the services' routes some six seconds after its links.
    """
    pair = [device.name for device in lab.site.devices_with_role("firewall")]
    deadline = time.monotonic() + _PAIRED_LIMIT_S
    since = time.monotonic()
    while time.monotonic() - since < _PAIRED_FOR_S:
        if sorted(_role_of(lab, name) for name in pair) != ["backup", "master"]:
            since = time.monotonic()
        if since > deadline:
            raise RuntimeError(f"{' and '.join(pair)} do not become a pair")
        time.sleep(0.2)


def _role_of(lab: Lab, device: str) -> str:
    return lab.client.execute(device, ["cat", "/run/firewall-role"]).stdout.decode().strip()


def _make_uplink_active(lab: Lab, link: Link) -> None:
    others = [
        other
        for other in lab.site.links.values()
        if other.network == link.network and other.kind is LinkKind.ACCESS
        and other.name != link.name and other.b.device == link.b.device
    ]  # fmt: skip
    for other in others:
        lab.client.cut(other.name)
        time.sleep(1)
        lab.client.heal(other.name)
        time.sleep(2)


def report(figure: Figure) -> str:
    """One row of a Markdown table."""
    fault = figure.fault
    session = {None: "", True: "session goes on", False: "SESSION LOST"}[figure.session_survived]
    verdict = "holds" if figure.holds else "EXCEEDED"
    return (
        f"| {fault.kind} | {fault.target} | {max(figure.gaps_ms):.0f} | {fault.bound_ms} "
        f"| {max(figure.return_gaps_ms):.0f} | {figure.control_ms:.0f} | {verdict} | {session} |"
    )


def run_all(settings: Settings, repeats: int, only: str, figures: list[Figure]) -> bool:
    """Build the twin, deploy, measure and print each figure; False when the deployment failed."""
    with deployed_lab(settings) as lab:
        started = time.monotonic()
        if not lab.deploy().succeeded:
            return False
        print(f"deployed in {time.monotonic() - started:.1f} s, load {os.getloadavg()[0]:.1f}")
        print("| fault | of | worst gap ms | bound | worst on return | control | | |")
        print("|---|---|---|---|---|---|---|---|")
        for fault in faults(lab.site):
            if re.search(only, f"{fault.kind} {fault.target}"):
                figures.append(measure(lab, fault, repeats))
                print(report(figures[-1]), flush=True)
    return True


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument(
        "--only", default="", help="only faults whose 'kind target' matches this expression"
    )
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="failover-") as folder:
        if not run_all(Settings(state_directory=Path(folder)), given.repeats, given.only, figures):
            print("the deployment failed", file=sys.stderr)
            return 2
    if given.json:
        given.json.write_text(json.dumps([asdict(figure) for figure in figures], indent=1))
    busy = [f for f in figures if f.control_ms > CONTROL_MS]
    if busy:
        print(f"{len(busy)} figures were taken while the machine was busy (control > 60 ms)")
    return 0 if all(figure.holds for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
