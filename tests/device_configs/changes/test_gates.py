"""What the gates make of proofs, verification and probes; unknown never passes."""

from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from device_configs.changes.decisions import worse_than
from device_configs.changes.gates import (
    FILES_CHECK,
    LONGEST_GAP_MS,
    SERVICES_CHECK,
    SETTLING_S,
    TRAFFIC_CHECK,
    SiteGates,
    ask_until_settled,
    probe_checks,
    proof_checks,
    verification_checks,
)
from device_configs.changes.happenings import (
    BEFORE,
    RAN_TO_ITS_END,
    GateCheck,
    GateJudged,
    GateVerdict,
)
from device_configs.changes.seat_watch import SeatWatch, WatchedWay
from device_configs.proofs.other_family import of_one_family
from device_configs.proofs.prove import DeclaredProofs
from device_configs.proofs.verdict import Finding, Proof
from device_configs.site import load_site
from device_configs.twin.client import TwinClient
from device_configs.verify.results import CheckResult, VerifyResult
from device_configs.verify.session import verify
from ops_core.kernel.settings import PROJECT_DIRECTORY, Settings
from tests.device_configs.render.changes import declared
from tests.device_configs.render.dual_stack import DUAL

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


class Rounds:
    """What a verification says round by round, each of which takes its time."""

    def __init__(self, took_s: float, *rounds: list[GateCheck]) -> None:
        self.now = 0.0
        self.asked = 0
        self._took_s, self._rounds = took_s, rounds

    def ask(self) -> list[GateCheck]:
        self.now += self._took_s
        self.asked += 1
        return self._rounds[min(self.asked, len(self._rounds)) - 1]

    def pause(self, seconds: float) -> None:
        self.now += seconds

    def settled(self) -> list[GateCheck]:
        return ask_until_settled(self.ask, lambda: self.now, self.pause)


GOOD = verification_checks(
    found(CheckResult(check="neighbours", subject="rt-a", passed=True)), [], []
)
BAD = verification_checks(found(failed("neighbours", "rt-a")), [], [])


@pytest.mark.parametrize("took_s", [0.5, 2 * SETTLING_S], ids=["quick", "slow"])
def test_what_was_at_fault_for_a_moment_is_good_however_long_it_takes_to_ask(took_s: float) -> None:
    rounds = Rounds(took_s, BAD, GOOD)
    assert not_passed(rounds.settled()) == []
    assert rounds.asked == 2


def test_what_stays_at_fault_fails_after_its_time() -> None:
    quick, slow = Rounds(0.5, BAD), Rounds(2 * SETTLING_S, BAD)
    assert not_passed(quick.settled()) == not_passed(slow.settled()) == not_passed(BAD)
    assert SETTLING_S < quick.now < SETTLING_S + 4
    assert slow.asked == 2


def test_files_and_a_verification_that_was_broken_off_are_not_asked_again() -> None:
    for answer in (
        verification_checks(found(failed(FILES_CHECK, "rt-b")), ["rt-b"], []),
        verification_checks(found(failed("neighbours", "rt-a"), stopped="broken off"), [], []),
    ):
        rounds = Rounds(0.5, answer, GOOD)
        assert rounds.settled() == answer
        assert rounds.asked == 1


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


def test_what_is_not_proved_of_ipv6_keeps_no_change_away(tmp_path: Path) -> None:
    """It is open before the change as after it; what else a proof leaves open counts as ever."""
    site = declared(tmp_path / "inventory", DUAL)
    proofs = {
        "policies": Proof("policies", "t"),
        "redundancy": Proof("redundancy", "t", undecided=(FINDING,)),
        "isolation": Proof("isolation", "t", findings=(FINDING,)),
    }
    checks = proof_checks(of_one_family(site, proofs, about_both={"capacity"}).values())
    assert not_passed(checks) == [
        ("redundancy", GateVerdict.UNKNOWN), ("isolation", GateVerdict.FAILED),
    ]  # fmt: skip
    assert all("IPv6" not in check.message for check in checks)


@pytest.mark.parametrize(
    ("gap_ms", "answers", "passes"), [(40, True, True), (40, False, False), (1200, True, False)]
)
def test_a_way_has_to_answer_and_not_to_have_been_silent(
    gap_ms: float, answers: bool, passes: bool
) -> None:
    way = WatchedWay("seat-001", IPv4Address("10.100.0.10"), 100, 2, gap_ms, answers)
    assert (not not_passed(probe_checks([way]))) is passes


@pytest.mark.parametrize(
    ("gap_ms", "pause_ms", "answers", "verdict"),
    [(1600, 4000, True, GateVerdict.UNKNOWN), (1600, 400, True, GateVerdict.FAILED),
     (1600, 4000, False, GateVerdict.FAILED), (40, 4000, True, GateVerdict.PASSED),
     (60_000, 1001, True, GateVerdict.FAILED), (9_000, 4000, True, GateVerdict.UNKNOWN),
     (9_001, 4000, True, GateVerdict.FAILED)],
)  # fmt: skip
def test_while_the_machine_stood_still_nobody_can_tell(
    gap_ms: float, pause_ms: float, answers: bool, verdict: GateVerdict
) -> None:
    address = IPv4Address("10.100.0.10")
    way = WatchedWay("seat-001", address, 100, 2, gap_ms, answers, pause_ms)
    (check,) = probe_checks([way])
    assert check.verdict is verdict
    explained = pause_ms > 1000 and gap_ms <= pause_ms + 5000
    assert ("stood still for 4000 ms" in check.message) is explained


def test_a_repair_makes_nothing_worse() -> None:
    def judged(*subjects: str) -> GateJudged:
        checks = [GateCheck(gate="verification", subject=s, question="neighbour",
                            verdict=GateVerdict.FAILED) for s in subjects]  # fmt: skip
        return GateJudged(stage=0, asked=9, checks=tuple(checks))

    assert worse_than(judged("rt-a"), judged("rt-a", "rt-b")).passed
    assert not worse_than(judged("rt-a", "sw-1"), judged("rt-a")).passed


def test_what_was_broken_off_excuses_nothing_of_a_repair() -> None:
    check = GateCheck(gate="verification", subject="site", question=RAN_TO_ITS_END,
                      verdict=GateVerdict.UNKNOWN)  # fmt: skip
    broken_off = GateJudged(stage=0, asked=9, checks=(check,))
    assert not broken_off.is_whole
    assert not worse_than(broken_off, broken_off).passed


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


@dataclass
class LookedAt(SeatWatch):
    """What each look finds: whether the seat is answered, the last one for ever."""

    answers: list[bool] = field(default_factory=list)
    pauses_ms: list[float] = field(default_factory=list)
    """How long the machine stood still in each look; not at all in those that follow."""
    gap_ms: float = 2 * LONGEST_GAP_MS
    """Of a look without an answer."""

    def begin(self) -> None:
        self._observing = ExitStack()

    def end(self) -> tuple[WatchedWay, ...]:
        self.close()
        good = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        gap_ms = 20.0 if good else self.gap_ms
        pause_ms = self.pauses_ms.pop(0) if self.pauses_ms else 20.0
        answers = good or pause_ms >= LONGEST_GAP_MS
        lost = 0 if good else 25
        return (WatchedWay("seat-001", self.address, 25, lost, gap_ms, answers, pause_ms),)


class NoProofs(DeclaredProofs):
    def proofs(self) -> tuple[Proof, ...]:
        return ()


@pytest.fixture
def gates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SiteGates:
    """Of a site that is well; its seats are looked at."""
    site = load_site(PROJECT_DIRECTORY / "inventory")
    good = found(CheckResult(check="neighbours", subject="rt-a", passed=True))
    monkeypatch.setattr("device_configs.changes.gates.verify", lambda *_: good)
    monkeypatch.setattr("device_configs.changes.gates.SETTLING_PAUSE_S", 0.0)
    monkeypatch.setattr("device_configs.changes.gates.SETTLING_S", 0.0)
    monkeypatch.setattr("device_configs.changes.gates.LOOK_ANEW_S", 0.0)
    watch = LookedAt(TwinClient.of(tmp_path), ("seat-001",), IPv4Address("10.100.0.10"))
    settings = Settings(state_directory=tmp_path)
    return SiteGates(site, settings, None, NoProofs(site), watch)


@pytest.mark.parametrize(("looks", "passes"), [([False, True], True), ([False], False)])
def test_a_seat_that_is_cut_off_for_a_moment_before_a_change_is_looked_at_again(
    gates: SiteGates, looks: list[bool], passes: bool
) -> None:
    assert isinstance(gates.watch, LookedAt)
    gates.watch.answers = looks
    assert gates.judge(BEFORE, [], []).passed is passes


def test_what_a_seat_missed_while_a_stage_changed_is_not_made_good_by_another_look(
    gates: SiteGates,
) -> None:
    assert isinstance(gates.watch, LookedAt)
    gates.watch.answers = [False, True]
    gates.watching()
    judged = gates.judge(0, ["rt-a"], [])
    assert [check.subject for check in judged.checks] == ["seat-001"]
    assert judged.longest_gap_ms == 2 * LONGEST_GAP_MS


@pytest.mark.parametrize(
    ("looks", "pauses_ms", "verdicts"),
    [([False, True], [4_000.0], []),
     ([False, False], [4_000.0], [GateVerdict.FAILED]),
     ([False, False, True], [4_000.0, 2_000.0], []),
     ([False], [4_000.0] * 9, [GateVerdict.UNKNOWN])],
)  # fmt: skip
def test_what_a_seat_missed_while_the_machine_stood_still_is_looked_at_anew(
    gates: SiteGates, looks: list[bool], pauses_ms: list[float], verdicts: list[GateVerdict]
) -> None:
    assert isinstance(gates.watch, LookedAt)
    gates.watch.answers, gates.watch.pauses_ms = looks, pauses_ms
    gates.watching()
    judged = gates.judge(0, ["rt-a"], [])
    assert [check.verdict for check in judged.checks] == verdicts
    assert judged.stood_still_ms == 4_000
    assert judged.longest_gap_ms == 2 * LONGEST_GAP_MS


def test_a_pause_excuses_no_silence_that_outlasts_it(gates: SiteGates) -> None:
    assert isinstance(gates.watch, LookedAt)
    gates.watch.answers, gates.watch.pauses_ms = [False, True], [1_000.0]
    gates.watch.gap_ms = 60_000.0
    gates.watching()
    judged = gates.judge(0, ["rt-a"], [])
    assert [check.verdict for check in judged.checks] == [GateVerdict.FAILED]
    assert (judged.longest_gap_ms, judged.stood_still_ms) == (60_000, None)
