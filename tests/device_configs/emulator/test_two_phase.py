"""VRP 8: what is committed runs, what is on trial runs until its deadline, the rest does not."""

import pytest

from tests.device_configs.emulator.benches import Bench

LOCKED = "Error: The configuration is locked by other user. [Session ID = 1]"


@pytest.fixture
def bench() -> Bench:
    return Bench("vrp8", "sysname rt-a\n#\ninterface LoopBack0\n description router id\n")


def changed(bench: Bench) -> bool:
    return "description changed" in bench.running()


def test_a_line_runs_when_it_is_committed_and_not_before(bench: Bench) -> None:
    terminal = bench.terminal()
    terminal.send("system-view", "interface LoopBack0")
    assert terminal.prompt == "[~rt-a-LoopBack0]"
    terminal.send("description changed")
    assert terminal.prompt == "[*rt-a-LoopBack0]"
    assert not changed(bench)
    assert terminal.send("commit") == ""
    assert terminal.prompt == "[~rt-a-LoopBack0]"
    assert changed(bench)
    assert len(bench.states()) == 2


def on_trial(bench: Bench, how: str) -> str:
    terminal = bench.terminal()
    return terminal.send("system-view", "interface LoopBack0", "description changed", how)


def test_a_trial_is_rolled_back_at_its_deadline(bench: Bench) -> None:
    shown = on_trial(bench, "commit trial 120 persist change-7")
    assert "if the trial configuration is not confirmed in 120 seconds." in shown
    bench.advance(119)
    assert changed(bench)
    bench.advance(1)
    assert not changed(bench)
    assert bench.terminal().send("display configuration trial status") == "Trial status: INACTIVE"


def test_another_session_confirms_a_trial_by_its_persist_id(bench: Bench) -> None:
    on_trial(bench, "commit trial 120 persist change-7")
    other = bench.terminal()
    assert "Trial time left (sec): 120" in other.send("display configuration trial status")
    assert other.send("system-view", "commit persist change-8").startswith("Error:")
    other.send("commit persist change-7")
    assert other.prompt.endswith("confirmed. Continue? [Y/N]:")
    other.send("y")
    bench.advance(1000)
    assert changed(bench)


def test_without_persist_a_trial_ends_with_its_session(bench: Bench) -> None:
    terminal = bench.terminal()
    terminal.send("system-view", "interface LoopBack0", "description changed", "commit trial 120")
    assert changed(bench)
    bench.box.logout(terminal.number)
    assert not changed(bench)


def test_with_persist_a_trial_outlives_its_session(bench: Bench) -> None:
    terminal = bench.terminal()
    terminal.send("system-view", "interface LoopBack0", "description changed")
    terminal.send("commit trial 120 persist change-7")
    bench.box.logout(terminal.number)
    assert changed(bench)


def test_a_repeated_trial_starts_the_time_again_and_keeps_the_way_back(bench: Bench) -> None:
    terminal = bench.terminal()
    terminal.send("system-view", "interface LoopBack0", "description changed", "commit trial 60")
    bench.advance(50)
    terminal.send("undo description", "commit trial 60")
    bench.advance(50)
    assert "description" not in bench.running()
    bench.advance(10)
    assert "description router id" in bench.running()


def test_an_aborted_trial_is_rolled_back_at_once(bench: Bench) -> None:
    on_trial(bench, "commit trial 120 persist change-7")
    other = bench.terminal()
    other.send("abort trial persist change-7")
    assert other.prompt.startswith("Warning: The trial configuration will be rolled back.")
    assert other.send("y") == "Info: The trial configuration rollback succeeded."
    assert not changed(bench)


def test_a_second_writer_is_refused_while_a_trial_runs(bench: Bench) -> None:
    on_trial(bench, "commit trial 120 persist change-7")
    other = bench.terminal()
    assert other.send("system-view", "interface LoopBack0") == LOCKED
    assert other.send("return", "rollback configuration last 1") == LOCKED


def test_a_lock_holds_until_its_session_ends(bench: Bench) -> None:
    holder, other = bench.terminal(), bench.terminal()
    holder.send("configuration exclusive")
    assert other.send("system-view", "interface LoopBack0") == LOCKED
    bench.box.logout(holder.number)
    assert other.send("interface LoopBack0") == ""


def test_two_sessions_that_do_not_meet_both_commit(bench: Bench) -> None:
    one, two = bench.terminal(), bench.terminal()
    one.send("system-view", "interface LoopBack0", "description changed")
    two.send("system-view", "sysname rt-x")
    one.send("commit")
    two.send("commit")
    assert changed(bench)
    assert "sysname rt-x" in bench.running()


@pytest.mark.parametrize(
    ("answer", "committed", "prompt"),
    [("y", True, "<rt-a>"), ("n", False, "<rt-a>"), ("c", False, "[*rt-a-LoopBack0]")],
    ids=["yes commits", "no discards", "cancel stays"],
)
def test_leaving_with_changes_asks(bench: Bench, answer: str, committed: bool, prompt: str) -> None:
    terminal = bench.terminal()
    terminal.send("system-view", "interface LoopBack0", "description changed", "return")
    assert terminal.prompt.startswith("Warning: Uncommitted configurations found")
    terminal.send("what?")
    assert terminal.prompt.startswith("Error: Please choose 'YES', 'NO' or 'CANCEL'")
    terminal.send(answer)
    assert (changed(bench), terminal.prompt) == (committed, prompt)


def test_a_rollback_goes_back_to_a_commit_of_the_list(bench: Bench) -> None:
    terminal = bench.terminal()
    terminal.send("system-view", "interface LoopBack0", "description changed")
    terminal.send("commit label before-noon", "description again", "commit", "return")
    listed = terminal.send("display configuration commit list")
    assert [line.split()[1] for line in listed.splitlines()[3:5]] == ["1000000002", "1000000001"]
    terminal.send("rollback configuration to commit-id 1000000001")
    assert terminal.prompt.endswith("Continue? [Y/N]:")
    assert terminal.send("y").endswith("Configuration rollback succeeded.")
    assert changed(bench)
    assert terminal.send("rollback configuration last 80").startswith("Error:")


def test_an_older_switch_has_no_persist() -> None:
    bench = Bench("vrp8-ce")
    bench.box.set_traits(bench.box.state.traits.__class__(without_persist=True))
    terminal = bench.terminal()
    shown = terminal.send("system-view", "vlan batch 10", "commit trial 60 persist x")
    assert shown.startswith("Error:")
    assert bench.box.state.trial is None
