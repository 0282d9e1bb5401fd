"""Whether the site is well: what proofs, verification and probes say, as one judgement."""

import re
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from device_configs.changes.happenings import (
    RAN_TO_ITS_END,
    GateCheck,
    GateJudged,
    GateVerdict,
)
from device_configs.changes.seat_watch import SeatWatch, WatchedWay
from device_configs.proofs.coverage import NAME as COVERAGE
from device_configs.proofs.other_family import about_ipv4
from device_configs.proofs.prove import DeclaredProofs
from device_configs.proofs.verdict import Proof, ProofVerdict
from device_configs.site.model import Site
from device_configs.verify.results import VerifyResult
from device_configs.verify.session import verify
from ops_core.kernel.settings import Settings

FILES_CHECK, SERVICES_CHECK = "files are as deployed", "services run"
"""Of :mod:`device_configs.verify`: what depends on the declaration that a device has."""
TRAFFIC_CHECK = "it takes part in the traffic"
"""What fails on a drained device."""
LONGEST_GAP_MS = 1_000.0
"""The contract's second: a way that was silent for longer while a stage changed fails its gate."""
SETTLING_S = 20.0
"""How long neighbours and sessions may take to come back before what they say counts."""
SETTLING_PAUSE_S = 2.0
LOOK_ANEW_S = 5.0
LOOKS_ANEW = 3
"""How long, and how often at most, seats are looked at anew after the machine stood still."""


@dataclass
class SiteGates:
    """The gates of a declared site (:class:`device_configs.changes.engine.Gates`).

    ``network``: from where devices and services are asked. ``watch`` sees the seats' ways in the
    twin; without one the services' answers to the monitoring host are the probes.
    """

    site: Site
    settings: Settings
    network: int | None
    proofs: DeclaredProofs
    watch: SeatWatch | None = None
    asked: Sequence[str] = ()
    """Devices that are verified; all of them, and the services, when empty."""
    number: str = ""
    """Of the change, whose own drains are no flaw."""

    def watching(self) -> None:
        if self.watch is not None:
            self.watch.begin()

    def close(self) -> None:
        """Nobody is watched any more."""
        if self.watch is not None:
            self.watch.close()

    def judge(self, stage: int, changed: Sequence[str], pending: Sequence[str]) -> GateJudged:
        """Asks again for a while what may have to settle; what is good then is good. What the seats
        saw while a stage changed is seen once; before a stage they, too, are asked again. Where the
        machine itself stood still meanwhile, what they see afterwards counts."""
        began = time.monotonic()
        is_watched = self.watch is not None and self.watch.is_under_way
        ways: tuple[WatchedWay, ...] = ()

        def ask() -> list[GateCheck]:
            nonlocal ways
            found = verify(self.settings, self.network, self.asked)
            ways = () if is_watched else self._ways()
            checks = verification_checks(found, changed, pending, self.number)
            return [*checks, *probe_checks(ways)]

        checks = [*proof_checks(self.proofs.proofs()), *ask_until_settled(ask)]
        stood_still_ms = None
        if is_watched:
            ways = self._ways()
            judged = self._anew(ways)
            if judged is not ways:
                stood_still_ms = max(way.longest_pause_ms for way in ways)
            checks += probe_checks(judged)
        return GateJudged(
            stage=stage,
            asked=len(checks),
            checks=tuple(check for check in checks if check.verdict is not GateVerdict.PASSED),
            longest_gap_ms=max((way.longest_gap_ms for way in ways), default=None),
            stood_still_ms=stood_still_ms,
            seconds=round(time.monotonic() - began, 1),
        )

    def _ways(self) -> tuple[WatchedWay, ...]:
        return () if self.watch is None else self.watch.end()

    def _anew(self, seen: tuple[WatchedWay, ...]) -> tuple[WatchedWay, ...]:
        """What was seen, or what is seen now where the machine stood still and a way seems cut."""
        for _ in range(LOOKS_ANEW):
            cut = [check for check in probe_checks(seen) if check.verdict is not GateVerdict.PASSED]
            if self.watch is None or not cut or not any(way.stood_still for way in seen):
                break
            seen = self.watch.look_anew(LOOK_ANEW_S)
        return seen


def proof_checks(proofs: Iterable[Proof]) -> list[GateCheck]:
    """Every proof but what of the requirements is covered, which is no statement about traffic.

    That nothing is proved about IPv6 is so before a change as after it, and no reason against one.
    """
    verdicts = {
        ProofVerdict.HOLDS: GateVerdict.PASSED,
        ProofVerdict.VIOLATED: GateVerdict.FAILED,
        ProofVerdict.UNKNOWN: GateVerdict.UNKNOWN,
    }
    return [
        GateCheck(
            gate="proofs",
            subject=proof.name,
            question=proof.title,
            verdict=verdicts[proof.verdict],
            message="\n".join(str(finding) for finding in (*proof.findings, *proof.undecided)),
        )
        for proof in map(about_ipv4, proofs)
        if proof.name != COVERAGE
    ]


def verification_checks(
    found: VerifyResult, changed: Collection[str], pending: Collection[str], number: str = ""
) -> list[GateCheck]:
    """Files count where the change has come to; services count but on devices it comes to later,
    which may not have them yet. A device that the change ``number`` itself has drained takes no
    part in the traffic, as it should. A verification that broke off is unknown."""
    checks = [
        GateCheck(
            gate="verification",
            subject=one.subject,
            question=one.check,
            verdict=GateVerdict.PASSED if one.passed else GateVerdict.FAILED,
            message=one.message,
        )
        for one in found.checks
        if not (one.check == FILES_CHECK and one.subject not in changed)
        and not (one.check == SERVICES_CHECK and one.subject in pending)
        and not (one.check == TRAFFIC_CHECK and is_drained_by(number, one.message))
    ]
    if found.stopped or not found.checks:
        checks.append(GateCheck(gate="verification", subject="site", question=RAN_TO_ITS_END,
                                verdict=GateVerdict.UNKNOWN, message=found.stopped))  # fmt: skip
    return checks


def ask_until_settled(
    ask: Callable[[], list[GateCheck]],
    monotonic: Callable[[], float] = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
) -> list[GateCheck]:
    """The last answer: the first one with nothing at fault, or one after :data:`SETTLING_S`.

    What failed once is asked again however long the question took: on a slow machine the first
    answer alone may take longer than neighbours need to come back.
    """
    began, is_first = monotonic(), True
    while True:
        checks = ask()
        failed = [check for check in checks if check.verdict is not GateVerdict.PASSED]
        is_late = not is_first and monotonic() - began > SETTLING_S
        if is_late or not failed or any(not may_settle(check) for check in failed):
            return checks
        is_first = False
        pause(SETTLING_PAUSE_S)


def may_settle(check: GateCheck) -> bool:
    """Whether a check that failed may pass in a moment: files do not change by themselves, and a
    verification that was broken off has no time for another."""
    return check.question not in (FILES_CHECK, RAN_TO_ITS_END)


def is_drained_by(number: str, message: str) -> bool:
    """Whether a device's own word of its drain, within the message, names that change."""
    return bool(number) and re.search(rf"who {re.escape(number)}(?!\d)", message) is not None


def probe_checks(ways: Iterable[WatchedWay]) -> list[GateCheck]:
    """A way that does not answer now, or was silent for too long, fails; while the machine stood
    still nobody can tell."""
    return [
        GateCheck(
            gate="probes",
            subject=way.seat,
            question=f"reaches {way.address}",
            verdict=_verdict_of(way),
            message=_seen(way),
        )
        for way in ways
    ]


def _verdict_of(way: WatchedWay) -> GateVerdict:
    if way.answers and way.longest_gap_ms <= LONGEST_GAP_MS:
        return GateVerdict.PASSED
    return GateVerdict.UNKNOWN if way.answers and way.stood_still else GateVerdict.FAILED


def _seen(way: WatchedWay) -> str:
    text = f"longest silence {way.longest_gap_ms:.0f} ms, {way.lost} of {way.sent} lost"
    if way.stood_still:
        text += f"; the machine itself stood still for {way.longest_pause_ms:.0f} ms"
    return text
