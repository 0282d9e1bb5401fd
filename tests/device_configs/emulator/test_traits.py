"""What makes a box hard to talk to, switched on one at a time."""

from device_configs.emulator.traits import Traits
from tests.device_configs.emulator.benches import Bench, Terminal


def troubled(**traits: object) -> tuple[Bench, Terminal]:
    bench = Bench("vrp8", traits=Traits(**traits))  # type: ignore[arg-type]
    return bench, bench.terminal()


def test_a_session_is_cut_before_a_line_is_carried_out() -> None:
    bench, terminal = troubled(drop_at="^commit")
    terminal.send("system-view", "vlan batch 10", "commit")
    assert terminal.closed
    assert "vlan" not in bench.running()


def test_a_session_is_cut_behind_a_line_that_was_carried_out() -> None:
    bench, terminal = troubled(drop_behind="^commit")
    terminal.send("system-view", "vlan batch 10", "commit")
    assert terminal.closed
    assert "vlan batch 10" in bench.running()


def test_a_session_is_cut_after_so_many_lines() -> None:
    _, terminal = troubled(drop_after=2)
    terminal.send("display clock", "display clock")
    assert not terminal.closed
    terminal.send("display clock")
    assert terminal.closed


def test_a_line_is_refused_and_not_carried_out() -> None:
    bench, terminal = troubled(refuse="^vlan batch 10$")
    assert terminal.send("system-view", "vlan batch 10").startswith("Error:")
    terminal.send("vlan batch 20", "commit")
    assert "vlan batch 20\n" in bench.running()


def test_nothing_is_saved_or_committed_on_a_full_disk() -> None:
    bench, terminal = troubled(disk_full=True)
    assert "space" in terminal.send("system-view", "vlan batch 10", "commit")
    assert "space" in terminal.send("return", "n", "save", "y")
    assert "vlan" not in bench.running()


def test_an_answer_is_garbage_or_never_comes_though_the_line_was_carried_out() -> None:
    bench, terminal = troubled(garbage_at="^commit", silent_at="^commit")
    assert "\ufffd" in terminal.send("system-view", "vlan batch 10", "commit")
    assert "vlan batch 10" in bench.running()
    assert bench.box.send(terminal.number, "commit").silent


def test_time_stamps_and_log_lines_fall_into_answers() -> None:
    _, terminal = troubled(time_stamps=True, log_every=1)
    lines = terminal.send("display version").splitlines()
    assert lines[0].endswith("+00:00")
    assert any("%%01SSH/4/SSH_FAIL" in line for line in lines[1:-1])


def test_a_login_may_begin_with_a_question() -> None:
    _, terminal = troubled(password_question=True)
    assert terminal.prompt == "The password needs to be changed. Change now? [Y/N]:"
    terminal.send("n")
    assert terminal.prompt == "<box>"
