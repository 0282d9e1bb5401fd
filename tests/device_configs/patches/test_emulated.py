"""The emulated boxes' vote: fed with a patch, a box has the intended configuration.

The boxes know the vendors' commands by data of their own (device_configs/emulator/effects), written
by another hand than the patch knowledge.
"""

from pathlib import Path

import pytest

from device_configs.patches import make_patch
from tests.device_configs.emulator.benches import Bench
from tests.device_configs.patches.test_cases import CASES, Case

GOLDEN = Path(__file__).parents[1] / "render" / "golden"
PAIRS = (
    ("huawei_vrp", "usg", "fwi-a", "fwi-b"),
    ("huawei_vrp", "vrp5-s", "sw-1", "sw-ops"),
    ("h3c_comware", "comware-switch", "sw-ops", "sw-1"),
    ("h3c_comware", "comware-switch", "core-a", "core-b"),
)
DIFFERS = {
    "what a BFD session measures by is committed again": "the box takes `bfd NAME` for another one",
    "a rule of an ACL that keeps its keywords is overwritten, another one is undone first":
        "the box shows `undo rule N` as a line",
    "an access port becomes a routed one, its own lines written anew":
        "the box keeps lines of the other mode",
    "VLANs of a range stay where single ones are intended":
        "the box takes a range of VLANs for one line",
}  # fmt: skip
"""Cases in which the box ends otherwise, and why; a case that is listed must really differ."""


def kind_of(case: Case) -> str:
    text = case.before + case.after
    if case.family == "h3c_comware":
        return "secpath" if "security-policy" in text else "comware-switch"
    if "security-policy" in text or "address-set" in text:
        return "usg"
    return "vrp5-ar" if "bgp" in text or "nqa" in text else "vrp5-s"


def remaining(family: str, kind: str, before: str, after: str) -> list[str]:
    """What a patch would still do after a box took a patch line by line; and what it refused."""
    bench = Bench(kind, before)
    terminal = bench.terminal()
    terminal.send("system-view")
    refused = []
    for line in make_patch(family, bench.running(), after, management=True).lines:
        answer = terminal.send(line)
        while "[Y/N]" in terminal.prompt or answer.rstrip().endswith("[Y/N]:"):
            answer = terminal.send("Y")
        if "Error" in answer or "% " in answer:
            refused.append(f"{line}: {answer.strip()}")
    rest = make_patch(family, bench.running(), after, management=True)
    return [*refused, *rest.text.splitlines()]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_emulated_box_ends_as_intended(case: Case) -> None:
    rest = remaining(case.family, kind_of(case), case.before, case.after)
    assert bool(rest) == (case.name in DIFFERS), rest


@pytest.mark.parametrize(
    ("family", "kind", "old", "new"), PAIRS, ids=lambda value: value.replace(" ", "-")
)
def test_an_emulated_box_becomes_its_other_half(family: str, kind: str, old: str, new: str) -> None:
    texts = [(GOLDEN / family / f"{name}.txt").read_text("utf-8") for name in (old, new)]
    rest = remaining(family, kind, *texts)
    # A box keeps the router id of a running process; the patch names that it starts anew.
    assert [line for line in rest if not line.startswith("ospf ")] == []
