"""Whether a vendor box is well, by what it shows of itself (pure)."""

import re

from device_configs.changes.happenings import GateCheck, GateVerdict

ANSWERS, PAIR, CONFIGURATION = "it answers", "its pair stands", "it runs what is declared"
PAIR_QUESTIONS = {
    "HRP": "display hrp state",
    "RBM": "display remote-backup-group status",
}
"""By the first word of the prompt's prefix."""
_DEGRADED = re.compile(r"should be|peer: unknown|Disconnected", re.I)
_WHOLE = re.compile(r"peer: (?:standby|active)|: Connected", re.I)


def box_check(name: str, question: str, *, passed: bool | None, message: str = "") -> GateCheck:
    """One question to a box; ``passed`` None where nobody knows."""
    verdict = {True: GateVerdict.PASSED, False: GateVerdict.FAILED, None: GateVerdict.UNKNOWN}
    return GateCheck(
        gate="verification", subject=name, question=question, verdict=verdict[passed],
        message=message,
    )  # fmt: skip


def pair_check(name: str, answer: str) -> GateCheck:
    """Whether both halves are there, from the display of HRP or RBM."""
    shown = " ".join(answer.split())[:200]
    if _DEGRADED.search(answer):
        return box_check(name, PAIR, passed=False, message=shown)
    if not _WHOLE.search(answer):
        return box_check(name, PAIR, passed=None, message=shown)
    return box_check(name, PAIR, passed=True)
