"""What the judge writes beside a root: whom it hurts and what redundancy is gone."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from monitors.alerts.graph import Graph
from monitors.alerts.model import ClassInputs, FaultGroup, LossKind, RedundancyLoss
from monitors.alerts.paths import Damage, Pair, Paths
from monitors.evidence import Element, ElementKind


def attribute(graph: Graph, paths: Paths, groups: Sequence[FaultGroup]) -> list[FaultGroup]:
    """The groups with seats, services, redundancy and class inputs filled in.

    A loss is a group's when the group alone causes it or its repair alone would end it; a loss
    that is neither for any group is everybody's.
    """
    damages = [Damage(group.dead_devices, group.dead_links) for group in groups]
    total = Damage()
    for damage in damages:
        total = total | damage
    lost = _shares(damages, paths.lost_pairs(total), paths.lost_pairs)
    single = _shares(damages, _no_second(paths, total), lambda damage: _no_second(paths, damage))
    return [
        _filled(graph, group, lost[position], single[position] - lost[position])
        for position, group in enumerate(groups)
    ]


def explain(
    graph: Graph, paths: Paths, groups: Sequence[FaultGroup], hidden: Sequence[Element]
) -> list[FaultGroup]:
    """Seats and services nobody can reach, listed with the faults they stand behind.

    One stands behind a fault that hides it alone, or whose repair alone would show it; what only
    several faults hide together is listed with each of them that cuts something.
    """
    damages = [Damage(group.dead_devices, group.dead_links) for group in groups]
    behind: list[set[Element]] = [set() for _ in groups]
    orphans: list[Element] = []
    for element in hidden:
        mine = [i for i, damage in enumerate(damages) if _hides(graph, paths, damage, element)]
        if not mine:
            mine = [
                i
                for i, damage in enumerate(damages)
                if damage != Damage()
                and not _hides(graph, paths, _united(damages[:i] + damages[i + 1 :]), element)
            ]
        for position in mine:
            behind[position].add(element)
        if not mine:
            orphans.append(element)
    return [
        replace(
            group,
            suppressed=tuple(
                dict.fromkeys(
                    (
                        *group.suppressed,
                        *(e for e in hidden if e in found),
                        *(orphans if damage != Damage() else ()),
                    )
                )
            ),
        )
        for group, damage, found in zip(groups, damages, behind, strict=True)
    ]


def _hides(graph: Graph, paths: Paths, damage: Damage, element: Element) -> bool:
    """True when the collector sees nothing of the seat or service past the damage."""
    if damage == Damage():
        return False
    visible = paths.from_collector(damage)
    if element.kind is ElementKind.SEAT_HOST:
        switch = graph.seat_switch[element.number]
        return switch not in visible or switch in damage.devices
    return visible.isdisjoint(set(graph.service_hosts[element.name]) - damage.devices)


def _united(damages: Iterable[Damage]) -> Damage:
    total = Damage()
    for damage in damages:
        total = total | damage
    return total


def _no_second(paths: Paths, damage: Damage) -> frozenset[Pair]:
    """Pairs that had two disjoint paths by declaration and have fewer now."""
    declared, current = paths.disjoint(Damage()), paths.disjoint(damage)
    return frozenset(pair for pair, count in declared.items() if count > 1 and current[pair] < 2)


def _shares(
    damages: Sequence[Damage],
    losses: frozenset[Pair],
    cause: Callable[[Damage], frozenset[Pair]],
) -> list[frozenset[Pair]]:
    """Which of the losses each damage answers for."""
    shares = []
    for position, damage in enumerate(damages):
        others = Damage()
        for other in (*damages[:position], *damages[position + 1 :]):
            others = others | other
        shares.append(losses & (cause(damage) | (losses - cause(others))))
    orphans = losses.difference(*shares) if shares else losses
    return [
        share | orphans if damage != Damage() else share
        for share, damage in zip(shares, damages, strict=True)
    ]


def _filled(
    graph: Graph, group: FaultGroup, lost: frozenset[Pair], single: frozenset[Pair]
) -> FaultGroup:
    services = sorted({service for _, service in lost} | set(group.services))
    seats = sorted(_seats_out(graph, group, lost))
    redundancy = _redundancy(graph, group, single)
    core_paths = any(_is_core_link(graph, link) for link in group.dead_links)
    core_device = not group.dead_devices.isdisjoint(graph.core)
    return replace(
        group,
        seats=tuple(seats),
        services=tuple(services),
        redundancy_lost=redundancy,
        class_inputs=ClassInputs(
            all_services_down=_all_down(graph, group, lost),
            seats_out=len(seats),
            seats_total=len(graph.seat_switch),
            core_redundancy_lost=bool(redundancy) and (core_device or core_paths),
            any_redundancy_lost=bool(redundancy),
            seat_equipment=any(
                root.kind in (ElementKind.SEAT_HOST, ElementKind.SEAT_DISPLAY)
                for root in group.roots
            ),
        ),
    )


def _seats_out(graph: Graph, group: FaultGroup, lost: frozenset[Pair]) -> set[int]:
    switches = {switch for switch, service in lost if service in graph.services_of_seats}
    seats = {number for number, switch in graph.seat_switch.items() if switch in switches}
    seats |= {n for n, link in graph.seat_link.items() if link in group.dead_links}
    if not graph.services_of_seats.isdisjoint(group.services):
        seats |= set(graph.seat_switch)
    return seats | set(group.seats)


def _all_down(graph: Graph, group: FaultGroup, lost: frozenset[Pair]) -> bool:
    """True when no seat has any service left."""
    switches = set(graph.seat_switch.values())
    offered = {(sw, service) for sw in switches for service in graph.services_of_seats}
    gone = {(sw, service) for sw, service in offered if service in group.services}
    return bool(offered) and offered <= gone | lost


def _redundancy(
    graph: Graph, group: FaultGroup, single: frozenset[Pair]
) -> tuple[RedundancyLoss, ...]:
    losses = [
        RedundancyLoss(LossKind.PAIR, device, graph.partner[device])
        for device in sorted(group.dead_devices)
        if device in graph.partner
    ]
    losses += [
        RedundancyLoss(LossKind.CIRCUIT, graph.circuit_group.get(circuit, circuit), circuit)
        for circuit, links in sorted(graph.circuit_links.items())
        if not group.dead_links.isdisjoint(links) and _has_second(graph, circuit)
    ]
    switches = _switches_by_service(single)
    losses += [
        RedundancyLoss(LossKind.PATHS, service, " ".join(sorted(switches[service])))
        for service in sorted(switches)
    ]
    return tuple(losses)


def _has_second(graph: Graph, circuit: str) -> bool:
    group = graph.circuit_group.get(circuit)
    mates = [name for name, other in graph.circuit_group.items() if other == group and group]
    return len(mates) > 1 or len(graph.circuit_links[circuit]) > 1


def _switches_by_service(pairs: frozenset[Pair]) -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = {}
    for switch, service in pairs:
        found.setdefault(service, set()).add(switch)
    return found


def _is_core_link(graph: Graph, link: str) -> bool:
    """A cable of the backbone, or from it to a provider."""
    return all(end in graph.core | graph.providers for end in graph.ends(link))
