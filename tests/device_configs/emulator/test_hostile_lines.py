"""Whatever a session sends, the box answers and goes on."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_configs.emulator.keyboard import LONGEST_LINE, LineKeys
from device_configs.emulator.kinds import KINDS
from tests.device_configs.emulator.benches import Bench

WORDS = (
    "undo", "display", "commit", "trial", "persist", "abort", "rollback", "configuration",
    "replace", "file", "save", "force", "interface", "GigabitEthernet0/0/1", "vlan", "batch", "10",
    "to", "5", "rule", "name", "move", "before", "permit", "|", "include", "(", "热线",
    "\u202e", '"',
    "#", "return", "quit", "system-view", "y", "n", "c", "*", "schedule", "reboot", "delay",
    "99999999999999999999",
    "last", "label", "all", "description", "header", "login", "%", "this",
        "security-policy", "aaa", "delete", "diff", "configfile", "current-configuration", "clear",
    "candidate", "exclusive",
    "port", "trunk", "allow-pass", "bgp", "peer", "10.0.0.1",
)  # fmt: skip
LINES = st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join) | st.text(max_size=30)


@pytest.mark.parametrize("kind", KINDS)
@given(lines=st.lists(LINES, max_size=12))
@settings(max_examples=8)
def test_no_line_breaks_a_box(kind: str, lines: list[str]) -> None:
    bench = Bench(kind)
    terminal = bench.terminal()
    for line in ("system-view", *lines):
        terminal.send(line)
        if terminal.closed:
            terminal = bench.terminal()
    bench.advance(100_000)
    assert bench.running().startswith("#\n")


def test_a_pattern_that_is_none_is_text() -> None:
    terminal = Bench("vrp8").terminal()
    assert terminal.send(f"display version | include {'(' * 2000}") == ""


def test_a_line_without_an_end_does_not_grow_for_ever() -> None:
    keys = LineKeys()
    for _ in range(LONGEST_LINE + 100):
        keys.press("x")
    assert len(keys.press("\r").line or "") == LONGEST_LINE
