"""What the gates make of proofs, verification and probes; unknown never passes."""

from datetime import timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from device_configs.changes.decisions import worse_than
from device_configs.changes.gates import (
    FILES_CHECK,
    SERVICES_CHECK,
    TRAFFIC_CHECK,
    probe_checks,
    proof_checks,
    verification_checks,
)
from device_configs.changes.happenings import GateCheck, GateJudged, GateVerdict
from device_configs.changes.seat_watch import WatchedWay
from device_configs.proofs.verdict import Finding, Proof
from device_configs.verify.results import CheckResult, VerifyResult
from device_configs.verify.session import verify
from ops_core.kernel.settings import PROJECT_DIRECTORY, Settings

FINDING = Finding(("rt-a",), "one way alone", "its cable", "add another")


def failed(check: str, subject: str) -> CheckResult:
    return CheckResult(check=check, subject=subject, passed=False, message="x")


def found(*checks: CheckResult, stopped: str = "") -> VerifyResult:
    return VerifyResult(checks=checks, duration=timedelta(seconds=1), stopped=stopped)


def not_passed(checks: list[GateCheck]) -> list[tuple[str, GateVerdict]]:
    return [(c.subject, c.verdict) for c in checks if c.verdict is not GateVerdict.PASSED]


def test_files_count_where_the_change_has_come_to_and_nowhere_else() -> None:
    result = found(failed(FILES_CHECK, "rt-a"), failed(FILES_CHECK, "rt-b"),
                   failed(FILES_CHECK, "sw-1"))  # fmt: skip
    assert not_passed(verification_checks(result, ["rt-b"], ["rt-a"])) == [
        ("rt-b", GateVerdict.FAILED)
    ]


def test_services_count_but_where_the_change_is_still_to_come() -> None:
    result = found(failed(SERVICES_CHECK, "rt-a"), failed(SERVICES_CHECK, "sw-1"))
    assert not_passed(verification_checks(result, [], ["rt-a"])) == [("sw-1", GateVerdict.FAILED)]


def test_neighbours_count_everywhere() -> None:
    result = found(failed("every ospf neighbour is full", "rt-a"))
    assert not_passed(verification_checks(result, [], ["rt-a"])) == [("rt-a", GateVerdict.FAILED)]


@pytest.mark.parametrize(
    ("who", "passes"), [("N-20261130-001", True), ("N-20261130-0011", False), ("li.ming", False)]
)
def test_what_the_change_itself_has_drained_is_no_flaw(who: str, passes: bool) -> None:
    text = f"assert 'state serving' in 'state drained\\nseconds_left 261\\nwho {who}\\nvirtual'"
    result = found(CheckResult(check=TRAFFIC_CHECK, subject="rt-b", passed=False, message=text))
    checks = verification_checks(result, ["rt-b"], ["rt-a"], "N-20261130-001")
    assert (not_passed(checks) == []) is passes
    assert not_passed(verification_checks(result, [], [])) == [("rt-b", GateVerdict.FAILED)]


@pytest.mark.parametrize("result", [found(), found(failed("x", "y"), stopped="killed")])
def test_a_verification_that_broke_off_is_unknown(result: VerifyResult) -> None:
    assert ("site", GateVerdict.UNKNOWN) in not_passed(verification_checks(result, [], []))


def test_proofs_that_are_violated_or_unknown_do_not_pass() -> None:
    proofs = [
        Proof("isolation", "t"),
        Proof("redundancy", "t", findings=(FINDING,)),
        Proof("policies", "t", undecided=(FINDING,)),
        Proof("coverage", "t", undecided=(FINDING,)),
    ]
    checks = proof_checks(proofs)
    assert len(checks) == 3
    assert not_passed(checks) == [
        ("redundancy", GateVerdict.FAILED), ("policies", GateVerdict.UNKNOWN),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("gap_ms", "answers", "passes"), [(40, True, True), (40, False, False), (1200, True, False)]
)
def test_a_way_has_to_answer_and_not_to_have_been_silent(
    gap_ms: float, answers: bool, passes: bool
) -> None:
    way = WatchedWay("seat-001", IPv4Address("10.100.0.10"), 100, 2, gap_ms, answers)
    assert (not not_passed(probe_checks([way]))) is passes


def test_a_repair_makes_nothing_worse() -> None:
    def judged(*subjects: str) -> GateJudged:
        checks = [GateCheck(gate="verification", subject=s, question="neighbour",
                            verdict=GateVerdict.FAILED) for s in subjects]  # fmt: skip
        return GateJudged(stage=0, asked=9, checks=tuple(checks))

    assert worse_than(judged("rt-a"), judged("rt-a", "rt-b")).passed
    assert not worse_than(judged("rt-a", "sw-1"), judged("rt-a")).passed


def test_a_gate_that_asked_nothing_has_not_passed() -> None:
    assert not GateJudged(stage=0, asked=0).passed
    assert GateJudged(stage=0, asked=1).passed


def test_a_verification_that_does_not_end_is_broken_off_and_unknown(tmp_path: Path) -> None:
    settings = Settings(state_directory=tmp_path, inventory=PROJECT_DIRECTORY / "inventory")
    result = verify(settings, None, longest_s=0.01)
    assert not result.passed
    assert not_passed(verification_checks(result, [], [])) == [("site", GateVerdict.UNKNOWN)]
    (check,) = verification_checks(result, [], [])
    assert "broken off" in check.message
