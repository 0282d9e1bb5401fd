"""Conditions wait a moment before they are named, so that one cause becomes one fault (pure)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitors.alerts.causes import is_of_conditions, join_common_conditions
from monitors.alerts.faults import OpenFault
from monitors.alerts.model import FaultGroup, State, Verdict
from monitors.evidence import Element

GATHER = timedelta(seconds=16)
"""Everybody's load is measured within it: every third poll of 5 s."""
GATHERED_WITHIN = timedelta(seconds=60)
"""One condition on several elements that begins within it has one cause."""
AT_LEAST = 3
FRESH = timedelta(seconds=1)
"""An unanswered poll is known a second after it was asked: so it speaks of two seconds ago."""
LATE_SAMPLES = GATHER
"""So much longer a condition waits for a fresh word; samples of a slow agent never are."""

Seen = Mapping[Element, datetime]
"""When a condition was first seen to be bad."""


def gathered(verdict: Verdict, faults: Iterable[OpenFault], seen: Seen) -> tuple[Verdict, Seen]:
    """The verdict with conditions joined, and without those that may still get company.

    A condition that an open fault names is not held back: the fault grows.
    """
    conditions = [group for group in verdict.groups if is_of_conditions(group)]
    if not conditions:
        return verdict, {}
    now = verdict.at
    seen = {root: seen.get(root, now) for group in conditions for root in group.roots}
    open_groups = [fault.group for fault in faults if is_of_conditions(fault.group)]
    named = [frozenset(group.roots) for group in open_groups]
    joined = [
        _with_unknown(group, open_groups, verdict)
        for group in join_common_conditions(conditions, GATHERED_WITHIN, AT_LEAST, named)
    ]
    seen.update(dict.fromkeys({r for g in joined for r in g.roots} - seen.keys(), now))
    ready = [group for group in joined if _is_ready(group, named, seen, now)]
    others = [group for group in verdict.groups if not is_of_conditions(group)]
    groups = sorted([*others, *ready], key=lambda group: (group.since, group.roots))
    return replace(verdict, groups=tuple(groups)), seen


def _with_unknown(
    group: FaultGroup, open_groups: Iterable[FaultGroup], verdict: Verdict
) -> FaultGroup:
    """With the members of its open fault that nothing is known of now: only the good ones leave."""
    for known in open_groups:
        if known.elements.isdisjoint(group.elements):
            continue
        left = [root for root in known.roots if root not in group.roots]
        left = [root for root in left if verdict.state(root) is State.UNKNOWN]
        lines = [line for line in known.evidence if line.element in left]
        roots, evidence = (*group.roots, *left), (*group.evidence, *lines)
        group = replace(group, roots=roots, evidence=evidence)
    return group


def _is_ready(
    group: FaultGroup, named: Sequence[frozenset[Element]], seen: Seen, now: datetime
) -> bool:
    if any(not roots.isdisjoint(group.roots) for roots in named):
        return True
    times = [seen[root] for root in group.roots]
    due = min(max(times) + GATHER, min(times) + GATHERED_WITHIN)
    if now < due:
        return False
    # It waited for company: what was bad then may be good by the next sample.
    is_news = any(now - word.observed_at <= FRESH for word in group.evidence)
    return is_news or now >= due + LATE_SAMPLES
