"""A text that a box starts with is shown again, line by line, in the vendor's order."""

from collections import Counter
from pathlib import Path

import pytest

from device_configs.emulator.listing import listed
from device_configs.emulator.loading import load_text
from device_configs.emulator.vocabulary import Vocabulary
from device_configs.grammar.check import check_text
from device_configs.grammar.lines import read_line

GOLDEN = Path(__file__).parents[1] / "render" / "golden"
PLATFORMS = {
    "huawei_vrp": {
        "core": "s", "sw": "s", "rt": "ne", "fwi": "usg", "fwx": "usg", "ips": "usg",
    },
    "h3c_comware": {
        "core": "switch", "sw": "switch", "rt": "router", "fwi": "secpath", "fwx": "secpath",
        "ips": "secpath",
    },
}  # fmt: skip
OTHERS = {"huawei_vrp": "ar", "h3c_comware": "router"}
TEXTS = sorted(file for family in PLATFORMS for file in (GOLDEN / family).glob("*.txt"))
_LISTS = ("source-zone", "destination-zone", "service")
_POLICIES = (["security-policy"], ["traffic-policy"])


def vocabulary_of(file: Path) -> Vocabulary:
    family = file.parent.name
    kind = file.stem.partition("-")[0]
    return Vocabulary(family, PLATFORMS[family].get(kind, OTHERS[family]))


def lines_of(text: str) -> Counter[str]:
    """Every line with the lines above it; what boxes write otherwise is written alike."""
    found: list[str] = []
    above: list[tuple[int, str]] = []
    for raw in text.splitlines():
        line = read_line(1, raw)
        if line is None or line.text in ("#", "return"):
            continue
        while above and above[-1][0] >= line.indent:
            above.pop()
        words = line.words
        if words[0] == "rule" and words[1].isdigit() and "name" in words:
            words = ("rule", *words[2:])  # Comware shows the number that it gave the rule
        heads = [text for _, text in above]
        values = words[1:] if words[0] in _LISTS and heads[:1] in _POLICIES else ()
        tails = [f"{words[0]} {value}" for value in values] or [" ".join(words)]
        found.extend(" / ".join([*heads, tail]) for tail in tails)
        above.append((line.indent, " ".join(words)))
    return Counter(found)


@pytest.mark.parametrize("file", TEXTS, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_a_rendered_configuration_loads_whole_and_is_shown_again(file: Path) -> None:
    vocabulary = vocabulary_of(file)
    text = file.read_text("utf-8")
    loaded = load_text(vocabulary, text)
    assert loaded.refused == ()
    shown = "\n".join(listed(vocabulary.effects, loaded.root))
    before, after = lines_of(text), lines_of(shown)
    assert (before - after, after - before) == (Counter(), Counter())
    assert check_text(vocabulary.family, shown, file.name, vocabulary.platform) == ()
    again = load_text(vocabulary, shown)
    assert listed(vocabulary.effects, again.root) == shown.split("\n")
