"""One meaning a class name: none is defined twice across the packages."""

from collections import defaultdict
from collections.abc import Mapping

from tests.house.sources import classes, modules

TOLERATED: Mapping[str, int] = {
    "Answer": 2,
    "Batch": 3,
    "Channel": 3,
    "Clock": 2,
    "Column": 2,
    "Command": 2,
    "Condition": 2,
    "Fault": 2,
    "Figure": 2,
    "Finding": 2,
    "Graph": 2,
    "Holding": 2,
    "IncidentDetail": 2,
    "Interval": 2,
    "Item": 2,
    "Limits": 2,
    "Line": 2,
    "NewCase": 2,
    "Outcome": 2,
    "Pdu": 2,
    "Period": 2,
    "Plan": 2,
    "Queue": 2,
    "Rated": 2,
    "Reader": 2,
    "Reading": 2,
    "Refused": 2,
    "Region": 2,
    "Rule": 3,
    "Show": 2,
    "Side": 2,
    "SnmpSecrets": 2,
    "Step": 3,
    "TimelineEntry": 2,
    "User": 2,
    "Verdict": 3,
    "Worker": 2,
}
"""Class names that are defined more than once, and how often; the table may only shrink."""


def repeated() -> dict[str, list[str]]:
    """The public class names with more than one module. Private ones do not leave theirs."""
    found: dict[str, list[str]] = defaultdict(list)
    for module in modules():
        for name in {node.name for node in classes(module) if not node.name.startswith("_")}:
            found[name].append(module.path)
    return {name: paths for name, paths in sorted(found.items()) if len(paths) > 1}


def test_no_class_name_is_given_twice() -> None:
    found = repeated()
    new = [
        f"{name}: {', '.join(p)}" for name, p in found.items() if len(p) > TOLERATED.get(name, 1)
    ]
    assert new == [], "\n" + "\n".join(new)


def test_what_is_tolerated_is_still_repeated() -> None:
    found = repeated()
    gone = {n: len(found.get(n, ("",))) for n, m in TOLERATED.items() if len(found.get(n, "")) < m}
    assert gone == {}, "lower these in TOLERATED, or take them out"
