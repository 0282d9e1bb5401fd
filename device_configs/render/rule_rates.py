"""What rules promise and allow on each port, in either direction (pure)."""

from collections.abc import Iterator
from dataclasses import dataclass

from device_configs.render.policies import Filter, FilterRule
from device_configs.site.model import (
    Bandwidth,
    Device,
    Rate,
    Site,
)

LEAST_MBPS = 1


@dataclass(frozen=True)
class RuleRate:
    """What a rule gets on one port."""

    rule: FilterRule
    traffic_class: str | None
    guaranteed: int
    maximum: int | None
    priority: int


def rule_rates(site: Site, device: Device, derived: Filter | None) -> dict[str, list[RuleRate]]:
    """What each rule gets on each port: ``up`` where its packets leave, ``down`` where replies do.

    A port that may carry both takes the larger of the two.
    """
    found: dict[str, list[RuleRate]] = {}
    rule_set = site.rule_set_of(device.name)
    if rule_set is None or derived is None:
        return found
    for rule, shown in zip(rule_set.rules, derived.rules, strict=True):
        if rule.bandwidth is None:
            continue
        up, down = _ports(shown)
        for port in dict.fromkeys((*up, *down)):
            guaranteed, maximum = _rates(rule.bandwidth, port in up, port in down)
            found.setdefault(port, []).append(
                RuleRate(shown, rule.traffic_class, guaranteed, maximum, rule.bandwidth.priority)
            )
    return found


def _ports(rule: FilterRule) -> tuple[list[str], list[str]]:
    up = [port for flow in rule.flows for port in flow.destination.ports]
    down = [port for flow in rule.flows for port in flow.source.ports]
    return up, down


def _rates(bandwidth: Bandwidth, up: bool, down: bool) -> tuple[int, int | None]:
    """(guaranteed, maximum) on a port of one direction or of both."""
    guaranteed = max(_of(bandwidth.guaranteed_mbps, up, down), default=LEAST_MBPS)
    return guaranteed, max(_of(bandwidth.maximum_mbps, up, down), default=None)


def _of(rate: Rate | None, up: bool, down: bool) -> Iterator[int]:
    if rate is not None:
        yield from (found for found, is_limited in ((rate.up, up), (rate.down, down)) if is_limited)
