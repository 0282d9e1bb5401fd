"""Configurations differ where a tree differs: not by order, heading, banner or separators."""

import pytest

from device_configs.render.families.text_trees import tree_differences

OLD = """
[V200R019C00]
#
 sysname a
#
interface GigabitEthernet0/0/1
 description x
 ip address 10.0.0.1 255.255.255.0
#
security-policy
 rule name one
  action permit
 rule name two
  action deny
#
return
"""


def lines(text: str) -> list[tuple[int, str]]:
    return [
        (len(line) - len(line.lstrip()), line.strip()) for line in text.splitlines() if line.strip()
    ]


@pytest.mark.parametrize(
    ("change", "differences"),
    [
        pytest.param(("[V200R019C00]\n", "[V200R021C00]\n"), [], id="another heading"),
        pytest.param(("#\n sysname a\n", "#\nsysname a\n"), [], id="a line as deep as its section"),
        pytest.param(
            (" description x\n ip address 10.0.0.1 255.255.255.0\n",
             " ip address 10.0.0.1 255.255.255.0\n description x\n"), [], id="the box's own order"),
        pytest.param(("return\n", ""), [], id="no end"),
        pytest.param((" description x\n", ""),
                     ["- interface GigabitEthernet0/0/1 > description x"], id="a line less"),
        pytest.param(("  action deny\n", "  action permit\n"),
                     ["- security-policy > rule name two > action deny",
                      "+ security-policy > rule name two > action permit"], id="another action"),
        pytest.param(
            (" rule name one\n  action permit\n rule name two\n  action deny\n",
             " rule name two\n  action deny\n rule name one\n  action permit\n"),
            ["~ security-policy: rule name one , rule name two -> rule name two , rule name one"],
            id="rules in another order"),
    ],
)  # fmt: skip
def test_a_difference_is_one_of_the_trees(change: tuple[str, str], differences: list[str]) -> None:
    assert change[0] in OLD
    assert list(tree_differences(lines(OLD), lines(OLD.replace(*change)))) == differences
