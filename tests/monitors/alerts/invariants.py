"""The sixteen invariants of suppression (shared/domain/monitoring.md section 1), over one course.

Each check returns what it found wrong, empty when the invariant holds.
"""

import random
from collections.abc import Callable, Iterable, Mapping

from monitors.alerts.faults import FaultTransition, TransitionKind
from monitors.alerts.graph import Graph
from monitors.alerts.model import AGENT_SILENT, FaultGroup, State, Timing
from monitors.alerts.verdict import judge
from monitors.evidence import Element, ElementKind, EvidenceRegister, Source
from tests.monitors.alerts.event_simulation import HEAL_S, Course, Moment
from tests.monitors.alerts.random_sites import COLLECTOR, WEB, Fault, Kind, touched_by
from tests.monitors.alerts.simulation import START, after

KNOWN_S = 12.0
"""After so long without a change every poll has come, and nothing waits any more."""
OUR_TROUBLE_S = 8.0
"""After so long without trouble of ours evidence is as fresh as ever."""
NEWS_S = 2.2
"""How old a word may be by which a fault is named, and how late a trap may come."""
AGENT_S = 26.0
HELD_BACK_S = 8.0
"""How long after a spell of ours the gate still holds back that a poll was not answered: until the
spell has been over for three seconds, and then what a poll may have taken (five)."""

Check = Callable[[Course], Iterable[str]]


def calm(course: Course) -> Iterable[Moment]:
    """Moments at which everything had the time to be known."""
    return (
        m
        for m in course.moments
        if m.is_warm
        and course.story.calm_for(m.second) >= KNOWN_S
        and not course.troubled(m.second, OUR_TROUBLE_S)
    )


def opened(course: Course) -> list[tuple[float, FaultTransition]]:
    return [(s, t) for s, t in course.transitions if t.kind is TransitionKind.OPENED]


def order_and_repetition_change_nothing(course: Course) -> Iterable[str]:
    last = course.moments[-1]
    mixed = [*course.heard, *course.heard]
    random.Random(course.scenario.seed).shuffle(mixed)
    register = EvidenceRegister()
    for position in range(0, len(mixed), 50):
        register = register.merged(mixed[position : position + 50])
    different = [
        key for key, entry in register.entries.items() if last.register.entries.get(key) != entry
    ]
    yield from (f"{key} differs" for key in different)
    for second in (last.second, last.second + 1):
        one = judge(course.story.graph, register, Timing(), after(second))
        other = judge(course.story.graph, last.register.without(()), Timing(), after(second))
        if one.groups != other.groups and not different:
            yield "the same register, judged otherwise"


def a_kill_repeats_nothing(course: Course) -> Iterable[str]:
    keys = [t.key for _, t in opened(course)]
    yield from (f"{key} opened twice" for key in set(keys) if keys.count(key) > 1)
    for moment in course.moments:
        roots = [root for fault in moment.faults for root in fault.group.roots]
        twice = {str(root) for root in roots if roots.count(root) > 1}
        if twice:
            yield f"{moment.second:.1f}: two open faults of {twice}"
            return


def nothing_unreachable_has_a_live_path(course: Course) -> Iterable[str]:
    for moment in calm(course):
        reached = course.story.at(moment.second).reached
        for device in sorted(course.story.graph.devices & reached):
            if moment.verdict.state(Element.device(device)) is State.UNREACHABLE:
                yield f"{moment.second:.1f}: {device} has a live path"


def roots_cut_off_what_is_behind_them(course: Course) -> Iterable[str]:
    for moment in calm(course):
        groups = moment.verdict.groups
        devices = {r.name for g in groups for r in g.roots if r.kind is ElementKind.DEVICE}
        links = {r.name for g in groups for r in g.roots if r.kind is ElementKind.LINK}
        connected = _connected(course.story.graph, devices, links)
        for device in sorted(connected & course.story.graph.devices):
            if moment.verdict.state(Element.device(device)) is State.UNREACHABLE:
                yield f"{moment.second:.1f}: {device} is not behind the roots"


def no_more_faults_are_open_than_were_injected(course: Course) -> Iterable[str]:
    for moment in calm(course):
        injected = len(course.story.at(moment.second).faults)
        lasting = [f for f in moment.faults if f.good_since is None and _is_named(f.group, moment)]
        if len(lasting) > injected:
            roots = [[str(r) for r in fault.group.roots] for fault in lasting]
            yield f"{moment.second:.1f}: {roots} of {injected} injected"


def each_faulty_device_beside_the_reached_part_is_a_root(course: Course) -> Iterable[str]:
    graph = course.story.graph
    for moment in calm(course):
        truth = course.story.at(moment.second)
        named = {root for group in moment.verdict.groups for root in group.roots}
        for device in sorted(truth.broken):
            beside = any(
                peer in truth.reached and link not in truth.cut
                for link, peer in graph.watched_by.get(device, ())
            )
            if beside and Element.device(device) not in named:
                yield f"{moment.second:.1f}: {device} is not named"


def only_a_faulty_device_is_down(course: Course) -> Iterable[str]:
    """While the agents beside it answer, so that they can say which of their ports is dead.

    One part that is cut off may have several roots: each is down or cut by itself, as the rules
    of the verdict have it (one of its cables is not dead, or all are), whichever word the group
    as a whole bears. So the state asked for is the root's own.
    """
    verdicts = {moment.second: moment.verdict for moment in course.moments}
    for second, transition in course.transitions:
        group = transition.group
        resolved = transition.kind in (TransitionKind.RESOLVED, TransitionKind.MERGED)
        if resolved or group.state is not State.DOWN or course.troubled(second, OUR_TROUBLE_S):
            continue
        for root in group.roots:
            own = verdicts[second].states.get(root, State.DOWN)
            if root.kind is not ElementKind.DEVICE or own is State.CUT:
                continue
            if not _may_be_down(course, root.name, second):
                yield f"{second:.1f}: healthy {root.name} is named down"


def a_repair_opens_nothing(course: Course) -> Iterable[str]:
    for second, transition in opened(course):
        began = (transition.group.since - START).total_seconds()
        lasting = course.story.broken_within(began - NEWS_S, second)
        if not lasting:
            yield f"{second:.1f}: {_roots(transition.group)} since {began:.1f}, nothing broke"


def a_fresh_answer_means_up(course: Course) -> Iterable[str]:
    for moment in course.moments:
        for device in sorted(course.story.graph.devices):
            element = Element.device(device)
            word = moment.register.get(element, Source.ICMP)
            state = moment.verdict.state(element)
            fresh = word is not None and (after(moment.second) - word.observed_at).total_seconds()
            quiet = course.story.calm_for(moment.second) >= fresh + NEWS_S
            if word is not None and word.ok and fresh <= 1.0 and quiet and not state.works:
                yield f"{moment.second:.1f}: {device} answered and is {state}"
            if state.works and not _has_a_word_that_counts(moment, element):
                yield f"{moment.second:.1f}: {device} is {state} by no word that counts"


def whatever_is_cut_off_has_a_root(course: Course) -> Iterable[str]:
    for moment in course.moments:
        if any(not group.roots for group in moment.verdict.groups):
            yield f"{moment.second:.1f}: a fault without a root"
    for moment in calm(course):
        truth = course.story.at(moment.second)
        if course.story.graph.devices - truth.reached and not moment.verdict.groups:
            yield f"{moment.second:.1f}: devices are cut off and nothing is named"


def notices_are_no_more_than_faults_and_none_comes_after_the_repair(
    course: Course,
) -> Iterable[str]:
    graph = course.story.graph
    found = opened(course)
    if len(found) > len(course.story.faults):
        roots = [f"{second:.1f} {_roots(t.group)}" for second, t in found]
        yield f"{len(found)} notices of {len(course.story.faults)} faults: {roots}"
    for second, transition in found:
        lasting = course.story.broken_within(second - NEWS_S, second)
        if not any(set(transition.group.roots) & touched_by(graph, fault) for fault in lasting):
            yield f"{second:.1f}: {_roots(transition.group)}, which nothing breaks then"


def the_start_is_the_first_evidence_and_never_moves_later(course: Course) -> Iterable[str]:
    starts: dict[str, float] = {}
    for second, transition in course.transitions:
        began = (transition.group.since - START).total_seconds()
        known = starts.setdefault(transition.key, began)
        if began > known + 1e-6:
            yield f"{second:.1f}: {transition.key} begins later: {known:.1f} -> {began:.1f}"
        starts[transition.key] = min(known, began)
        first = min((f.start for f in course.story.faults), default=0.0)
        if began < first - 0.5:
            yield f"{second:.1f}: {transition.key} begins at {began:.1f}, before anything broke"


def faults_of_what_is_reached_are_never_hidden(course: Course) -> Iterable[str]:
    for moment in calm(course):
        truth = course.story.at(moment.second)
        named = {root for group in moment.verdict.groups for root in group.roots}
        for element, lasts in _faults_of_their_own(course, truth.faults, moment.second):
            if lasts and element not in named:
                yield f"{moment.second:.1f}: {element} is hidden"


def all_clears_after_the_repair_and_is_said(course: Course) -> Iterable[str]:
    last = course.moments[-1]
    if last.faults:
        yield f"{last.second:.1f}: still open: {[_roots(f.group) for f in last.faults]}"
    works = [last.verdict.state(Element.device(d)).works for d in course.story.graph.devices]
    if not all(works):
        yield f"{last.second:.1f}: not everything is up"
    keys = {t.key for _, t in opened(course)}
    ended = {
        t.key
        for _, t in course.transitions
        if t.kind in (TransitionKind.RESOLVED, TransitionKind.MERGED)
    }
    yield from (f"{key} was never said to be over" for key in sorted(keys - ended))


def every_run_comes_to_its_end(course: Course) -> Iterable[str]:
    end = course.story.mended_at + HEAL_S
    if course.moments[-1].second < end - 2:
        yield f"the last verdict is of {course.moments[-1].second:.1f}, the end was {end:.1f}"


def messages_are_bounded_by_roots(course: Course) -> Iterable[str]:
    """One person and one channel: what is opened and what is over, for each root once."""
    first = [root for _, t in opened(course) for root in t.group.roots]
    over = [t.key for _, t in course.transitions if t.kind is TransitionKind.RESOLVED]
    if len(opened(course)) > len(first):
        yield f"{len(opened(course))} first messages for {len(first)} roots"
    yield from (f"{key} was over twice" for key in set(over) if over.count(key) > 1)


INVARIANTS: Mapping[int, Check] = {
    1: order_and_repetition_change_nothing,
    2: a_kill_repeats_nothing,
    3: nothing_unreachable_has_a_live_path,
    4: roots_cut_off_what_is_behind_them,
    5: no_more_faults_are_open_than_were_injected,
    6: each_faulty_device_beside_the_reached_part_is_a_root,
    7: only_a_faulty_device_is_down,
    8: a_repair_opens_nothing,
    9: a_fresh_answer_means_up,
    10: whatever_is_cut_off_has_a_root,
    11: notices_are_no_more_than_faults_and_none_comes_after_the_repair,
    12: the_start_is_the_first_evidence_and_never_moves_later,
    13: faults_of_what_is_reached_are_never_hidden,
    14: all_clears_after_the_repair_and_is_said,
    15: every_run_comes_to_its_end,
    16: messages_are_bounded_by_roots,
}


def violations(course: Course) -> dict[int, list[str]]:
    """What is wrong by number of the invariant."""
    found = {number: list(check(course)) for number, check in INVARIANTS.items()}
    return {number: wrong for number, wrong in found.items() if wrong}


def _roots(group: FaultGroup) -> list[str]:
    return [str(root) for root in group.roots]


def _is_named(group: FaultGroup, moment: Moment) -> bool:
    return any(set(group.roots) & set(now.roots) for now in moment.verdict.groups)


def _connected(graph: Graph, devices: set[str], links: set[str]) -> set[str]:
    found, queue = {COLLECTOR}, [COLLECTOR]
    while queue:
        for link, peer in graph.watched_by.get(queue.pop(), ()):
            if link not in links and peer not in devices and peer not in found:
                found.add(peer)
                queue.append(peer)
    return found


def _may_be_down(course: Course, device: str, second: float) -> bool:
    """Faulty just now, or nobody beside it can say that it is only its cable.

    The rule holds where live ends report dead links. An end that another fault cuts off reports
    nothing, as one whose agent is silent or that nobody watches: seats behind both speak alone.
    """
    graph = course.story.graph
    recent = course.story.broken_within(second - NEWS_S, second)
    if any(f.kind in (Kind.KILLED, Kind.HUNG) and f.target == device for f in recent):
        return True
    if any(f.kind is Kind.SEAT and graph.seat_switch[int(f.target)] == device for f in recent):
        return True  # all seats of a switch went together
    agents = {f.target for f in course.story.broken_within(second - 20, second)}
    peers = {peer for _, peer in graph.watched_by.get(device, ())}
    heard = course.story.at(second).reached & course.story.at(second - NEWS_S).reached
    if not peers <= heard and device not in heard:
        return True
    return not peers <= graph.devices | {COLLECTOR} or not peers.isdisjoint(agents)


def _has_a_word_that_counts(moment: Moment, element: Element) -> bool:
    word = moment.register.get(element, Source.ICMP)
    if word is not None and word.ok and (after(moment.second) - word.observed_at).seconds <= 5:
        return True
    ages = (
        (after(moment.second) - entry.observed_at).total_seconds()
        for entry in moment.register
        if entry.ok and entry.element.device_name == element.name
    )
    return any(age <= 15.0 for age in ages)


def _faults_of_their_own(
    course: Course, faults: Iterable[Fault], second: float
) -> Iterable[tuple[Element, bool]]:
    truth = course.story.at(second)
    for fault in faults:
        if fault.kind is Kind.SERVICE:
            host = course.story.graph.service_hosts[WEB][0]
            element = Element(ElementKind.SERVICE, WEB)
            yield element, host in truth.visible and host not in truth.broken
        if fault.kind is Kind.AGENT:
            reached = all(
                fault.target in course.story.at(s).reached
                for s in (second - AGENT_S, *course.story.changes, second)
                if second - AGENT_S <= s <= second
            )
            heard = not course.troubled(second, AGENT_S + HELD_BACK_S)
            long = second >= fault.start + AGENT_S and heard
            yield Element.condition(AGENT_SILENT, fault.target), reached and long
