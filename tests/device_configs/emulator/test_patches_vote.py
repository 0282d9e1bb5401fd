"""A third vote on patches: a box that is fed with one ends as a box that began with the new text.

The patch maker and the emulator know what lines do from data of their own.
"""

from pathlib import Path

import pytest

from device_configs.emulator.kinds import ChangeManner, kind_of
from device_configs.patches import make_patch
from device_configs.render.families import load_family, render_vendor
from device_configs.render_cli import marked_secrets
from tests.device_configs.emulator.benches import Bench
from tests.device_configs.emulator.test_texts import lines_of
from tests.device_configs.render.changes import CHANGES, Change, sites_of

DEVICES = ("rt-a", "core-a", "fwi-a", "sw-1")
"""One of each kind: the other halves get the same commands."""


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
def test_a_box_that_is_fed_with_a_patch_ends_at_the_new_text(
    change: Change, tmp_path: Path
) -> None:
    old, new = sites_of(change, tmp_path)
    for family in ("huawei_vrp", "h3c_comware"):
        for name in DEVICES:
            before, after = (
                render_vendor(site, marked_secrets(site), name, family) for site in (old, new)
            )
            if before != after:
                platform = load_family(family).boxes[new.devices[name].role.name].platform
                _fed(family, platform, before, after)


def _fed(family: str, platform: str, before: str, after: str) -> None:
    kind = kind_of(family, platform)
    bench = Bench(kind.name, before)
    patch = make_patch(family, bench.running(), after, platform=platform, management=True)
    terminal = bench.terminal()
    terminal.send("system-view")
    for line in patch.lines:
        shown = terminal.send(line)
        assert [mark for mark in ("Error:", "%") if mark in shown] == [], (line, shown)
        if terminal.prompt.endswith("[Y/N]:"):
            terminal.send("y")
    if kind.manner is ChangeManner.TWO_PHASE:
        assert terminal.send("commit") == ""
    assert lines_of(bench.running()) == lines_of(Bench(kind.name, after).running())
    again = make_patch(family, bench.running(), after, platform=platform, management=True)
    assert again.lines == ()
