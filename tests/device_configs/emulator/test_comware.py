"""Comware 7: lines work at once; a rollback point and a file bring the box back."""

import pytest

from tests.device_configs.emulator.benches import Bench

START = "sysname core-a\n#\nvlan 10\n description seats\n#\nvlan 20\n#\nirf member 1 priority 32\n"


@pytest.fixture
def bench() -> Bench:
    return Bench("comware-switch", START)


def test_a_line_works_at_once(bench: Bench) -> None:
    terminal = bench.terminal()
    terminal.send("system-view", "vlan 30")
    assert terminal.prompt == "[core-a-vlan30]"
    assert "vlan 30" in bench.running()
    assert "vlan 30" not in bench.saved()


def test_without_a_commit_the_box_goes_back_at_the_deadline(bench: Bench) -> None:
    terminal = bench.terminal()
    terminal.send("system-view", "configuration commit delay 5", "vlan 30", "quit", "undo vlan 10")
    bench.advance(240)
    terminal.send("configuration commit delay 5")
    bench.advance(299)
    assert "vlan 10\n" not in bench.running()
    bench.advance(1)
    assert "vlan 10\n description seats" in bench.running()
    assert "vlan 30" not in bench.running()


def test_a_commit_keeps_what_was_changed(bench: Bench) -> None:
    terminal = bench.terminal()
    terminal.send("system-view", "configuration commit delay 5", "vlan 30", "configuration commit")
    bench.advance(3600)
    assert "vlan 30" in bench.running()


def test_a_file_takes_the_place_of_what_runs_but_for_irf(bench: Bench) -> None:
    bench.box.write_file("new.cfg", "sysname core-a\n#\nvlan 20\n#\nvlan 30\n")
    terminal = bench.terminal()
    terminal.send("system-view", "configuration replace file new.cfg")
    assert terminal.prompt == (
        "Current configuration will be lost, save current configuration? [Y/N]:"
    )
    shown = terminal.send("n")
    assert shown.splitlines()[-1].startswith("Succeeded in replacing current configuration")
    assert "vlan 10" not in bench.running()
    assert "irf member 1 priority 32" in bench.running()
    assert "vlan 10" in bench.saved()


def test_a_file_with_a_wrong_line_says_that_it_failed(bench: Bench) -> None:
    bench.box.write_file("new.cfg", "sysname core-a\n#\nvlan 20\n#\nno such line\n")
    terminal = bench.terminal()
    shown = terminal.send("system-view", "configuration replace file new.cfg", "n")
    assert "Failed to replace the current configuration" in shown


def test_saving_asks_for_the_name_and_before_it_overwrites(bench: Bench) -> None:
    terminal = bench.terminal()
    terminal.send("system-view", "vlan 30", "return", "save force")
    assert "vlan 30" in bench.saved()
    terminal.send("system-view", "vlan 40", "return", "save", "y")
    assert "file name" in terminal.prompt
    terminal.send("")
    assert terminal.prompt == "flash:/startup.cfg exists, overwrite? [Y/N]:"
    terminal.send("y")
    assert "vlan 40" in bench.saved()


def test_a_planned_reboot_starts_what_was_saved_and_ends_every_session(bench: Bench) -> None:
    terminal = bench.terminal()
    terminal.send("schedule reboot delay 10")
    assert terminal.prompt.endswith("confirm? [Y/N]:")
    terminal.send("y", "system-view", "undo vlan 10")
    bench.advance(600)
    assert "vlan 10" in bench.running()
    terminal.send("display clock")
    assert terminal.closed


def test_the_caret_stands_under_the_word_that_does_not_fit(bench: Bench) -> None:
    terminal = bench.terminal()
    terminal.send("system-view")
    shown = terminal.send("vlan 5000")
    assert shown == f"{' ' * len('[core-a]vlan ')}^\n % Wrong parameter found at '^' position."
