"""Queueing classes (HTB) of a device's ports: bandwidth classes of lines, bandwidth of rules."""

from dataclasses import dataclass

from device_configs.render.policies import Filter
from device_configs.render.rule_rates import LEAST_MBPS, RuleRate, rule_rates
from device_configs.site.model import (
    BandwidthClass,
    Device,
    Share,
    Site,
)

UNDECLARED_MBPS = 10_000
"""Rate of a port whose link declares none."""

ROOT, REST, CONTROL, SHARES, SHARE_RESTS = 0x1, 0x2, 0x3, 0x10, 0x80
"""Minor numbers: the line, all other traffic, network control, the shares, the rest of a share."""

CONTROL_DSCP = 48
"""Code point of routing, BFD and VRRP packets (CS6, RFC 4594 section 3.1): served before all."""


@dataclass(frozen=True)
class QueueClass:
    """A class of a port; rates are Mbit/s, ``priority`` 0 is served first above its rate."""

    minor: int
    parent: int
    rate: int
    ceiling: int
    priority: int


@dataclass(frozen=True)
class CodePoint:
    """Packets with a code point go to a class unless their rule has put them into one."""

    dscp: int
    minor: int


@dataclass(frozen=True)
class ShapedPort:
    """The classes of one port; ``default`` takes what belongs nowhere else."""

    port: str
    default: int
    classes: tuple[QueueClass, ...]
    code_points: tuple[CodePoint, ...]


def derive_shaping(site: Site, device: Device, derived: Filter | None) -> tuple[ShapedPort, ...]:
    """Every shaped port of a device, in the order of its links; pure.

    ``derived`` is the device's filter, whose rules may have bandwidth of their own.
    """
    rates = rule_rates(site, device, derived)
    lines = {
        link.end_at(device.name).port: (link.bandwidth_mbps, link.bandwidth_class)
        for link in site.links_of[device.name]
    }
    ports = dict.fromkeys((*(p for p, (_, name) in lines.items() if name), *rates))
    return tuple(
        _shaped(site, port, *lines.get(port, (None, None)), rates.get(port, [])) for port in ports
    )


def _shaped(
    site: Site, port: str, mbps: int | None, class_name: str | None, rules: list[RuleRate]
) -> ShapedPort:
    line = site.bandwidth_classes[class_name] if class_name else None
    speed = line.mbps if line else mbps or UNDECLARED_MBPS
    control = max(LEAST_MBPS, speed // 100)
    classes = [
        QueueClass(ROOT, ROOT, speed, speed, 0),
        QueueClass(CONTROL, ROOT, control, speed, 0),
    ]
    points = [CodePoint(CONTROL_DSCP, CONTROL)]
    budget = speed - control
    if line and line.shares:
        default = _add_shares(site, line, budget, rules, classes, points)
    else:
        default = REST
        rest = max(LEAST_MBPS, budget - sum(rule.guaranteed for rule in rules))
        classes.append(QueueClass(REST, ROOT, rest, speed, 7))
        classes += [_leaf(rule, ROOT, speed) for rule in rules]
    return ShapedPort(port, default, tuple(classes), tuple(points))


def _add_shares(
    site: Site,
    line: BandwidthClass,
    budget: int,
    rules: list[RuleRate],
    classes: list[QueueClass],
    points: list[CodePoint],
) -> int:
    """Add a class a share of ``budget`` Mbit/s, with its rules below it.

    Returns the class of unmarked traffic.
    """
    unmarked = next(t.name for t in site.traffic_classes.values() if t.dscp == 0)
    shared = {share.traffic_class for share in line.shares}
    default = REST
    for index, share in enumerate(line.shares):
        minor, ceiling = SHARES + index, _part(line.mbps, share.maximum_percent)
        rate = _part(budget, share.guaranteed_percent)
        classes.append(QueueClass(minor, ROOT, rate, ceiling, share.priority))
        below = [
            rule
            for rule in rules
            if (rule.traffic_class if rule.traffic_class in shared else unmarked)
            == share.traffic_class
        ]
        leaf = minor
        if below:
            leaf = SHARE_RESTS + index
            classes.append(_rest(share, rate, ceiling, below, leaf, minor))
            classes += [_leaf(rule, minor, ceiling) for rule in below]
        dscp = site.traffic_classes[share.traffic_class].dscp
        if dscp == 0:
            default = leaf
        else:
            points.append(CodePoint(dscp, leaf))
    return default


def _rest(
    share: Share, rate: int, ceiling: int, below: list[RuleRate], minor: int, parent: int
) -> QueueClass:
    left = max(LEAST_MBPS, rate - sum(rule.guaranteed for rule in below))
    return QueueClass(minor, parent, left, ceiling, share.priority)


def _leaf(rule: RuleRate, parent: int, ceiling: int) -> QueueClass:
    most = min(rule.maximum or ceiling, ceiling)
    assert rule.rule.queue is not None  # noqa: S101 - only rules with bandwidth have a rate
    return QueueClass(rule.rule.queue, parent, min(rule.guaranteed, most), most, rule.priority)


def _part(mbps: int, percent: int) -> int:
    return max(LEAST_MBPS, mbps * percent // 100)
