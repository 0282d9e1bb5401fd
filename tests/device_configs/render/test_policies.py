"""Rules, times and queueing classes as they are derived for Linux."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_configs.render import NotRenderable
from device_configs.render.gates import derive_gate_channels, derive_translation
from device_configs.render.policies import derive_filter
from device_configs.render.protection import derive_inline_protection
from device_configs.render.shaping import CONTROL_DSCP, ROOT, derive_shaping
from device_configs.render.windows import Validity, validity_of
from device_configs.site import Site
from device_configs.site.model import (
    FloodKind,
    GateMode,
    PerAddressLimit,
    PolicyPeriod,
    RuleSet,
    TimeRange,
    Title,
    Weekday,
)

SHANGHAI = "Asia/Shanghai"
TITLE = Title(zh="时段", en="Time")


def clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


spans = st.tuples(st.integers(0, 1439), st.integers(1, 1440)).filter(lambda span: span[0] < span[1])
periods = st.builds(
    lambda days, span: PolicyPeriod(days=tuple(days), start=clock(span[0]), end=clock(span[1])),
    st.lists(st.sampled_from(list(Weekday)), min_size=1, max_size=7, unique=True),
    spans,
)
instants = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1))  # noqa: DTZ001 - local time


def holds_locally(time_range: TimeRange, local: datetime) -> bool:
    minute = local.hour * 60 + local.minute
    day = list(Weekday)[local.weekday()]
    return any(
        day in period.days and period.start_minute <= minute < period.end_minute
        for period in time_range.periods
    )


def holds_for_the_filter(validity: Validity, utc: datetime) -> bool:
    second = utc.hour * 3600 + utc.minute * 60 + utc.second
    day = (utc.weekday() + 1) % 7
    return any(day in window.days and window.first <= second <= window.last
               for window in validity.windows)  # fmt: skip


@given(st.lists(periods, min_size=1, max_size=4), instants)
def test_a_window_of_utc_holds_exactly_when_the_local_period_does(
    found: list[PolicyPeriod], local: datetime
) -> None:
    time_range = TimeRange(name="t", title=TITLE, periods=tuple(found))
    utc = local.replace(tzinfo=ZoneInfo(SHANGHAI)).astimezone(ZoneInfo("UTC"))
    validity = validity_of(time_range, SHANGHAI)
    assert holds_for_the_filter(validity, utc) == holds_locally(time_range, local)


def test_absolute_bounds_are_epoch_seconds() -> None:
    start = datetime(2026, 10, 1, 8)  # noqa: DTZ001 - the declaration writes local time
    bounds = TimeRange(name="t", title=TITLE, starts_at=start, ends_at=start + timedelta(hours=1))
    validity = validity_of(bounds, SHANGHAI)
    assert (validity.starts_at, validity.ends_at) == (1790812800, 1790816400)
    assert validity.windows == ()


def test_every_rule_names_only_sets_that_are_declared(site: Site) -> None:
    for device in site.devices.values():
        found = derive_filter(site, device)
        if found is None:
            continue
        declared = {named.name for named in found.sets}
        used = {match.name for rule in found.rules for flow in rule.flows
                for side in (flow.source, flow.destination) for match in side.sets}  # fmt: skip
        assert used == declared


def test_every_flow_of_a_rule_has_ports_to_come_from_and_to_go_to(site: Site) -> None:
    for device in site.devices.values():
        found = derive_filter(site, device)
        for rule in found.rules if found else ():
            assert rule.flows
            assert all(flow.source.ports and flow.destination.ports for flow in rule.flows)


def test_classes_of_a_port_stay_within_their_parents(site: Site) -> None:
    for device in site.devices.values():
        for shaped in derive_shaping(site, device, derive_filter(site, device)):
            classes = {found.minor: found for found in shaped.classes}
            assert len(classes) == len(shaped.classes)
            assert shaped.default in classes
            for found in shaped.classes:
                parent = classes[found.parent]
                below = [c for c in shaped.classes
                         if c.parent == found.minor and c.minor != found.minor]  # fmt: skip
                assert found.rate <= found.ceiling <= parent.ceiling
                assert sum(c.rate for c in below) <= max(found.rate, len(below))


def test_a_rule_with_bandwidth_has_its_class_on_every_port_it_uses(site: Site) -> None:
    for device in site.devices_with_role("firewall", "internet_firewall"):
        found = derive_filter(site, device)
        assert found is not None
        ports = {s.port: {c.minor for c in s.classes} for s in derive_shaping(site, device, found)}
        for rule in found.rules:
            for flow in rule.flows:
                for port in (*flow.source.ports, *flow.destination.ports):
                    assert rule.queue is None or rule.queue in ports[port]


def test_a_line_serves_its_classes_by_code_point(site: Site) -> None:
    (circuit,) = derive_shaping(site, site.devices["rt-a"], None)
    assert circuit.port == "egov"
    assert circuit.classes[0].minor == ROOT
    assert circuit.classes[0].ceiling == site.circuits["egov-a"].bandwidth_mbps
    assert [point.dscp for point in circuit.code_points] == [CONTROL_DSCP, 26]


def test_every_kind_of_flood_has_a_threshold_both_ways(site: Site) -> None:
    for device in site.devices_with_role("intrusion_prevention"):
        found = derive_inline_protection(site, device)
        assert found is not None
        names = {flood.name for flood in found.floods}
        assert names == {f"{kind.replace('_', '-')}-{way}" for kind in FloodKind
                         for way in ("inward", "outward")}  # fmt: skip
        assert not set(found.floods[0].ports) & set(found.floods[1].ports)


def test_both_gates_have_the_same_channels_but_for_their_own_address(site: Site) -> None:
    one, other = (derive_gate_channels(site, device) for device in site.devices_with_role("gate"))
    assert [(c.name, c.address, c.server) for c in one] == [
        (c.name, c.address, c.server) for c in other
    ]
    assert all(a.source != b.source for a, b in zip(one, other, strict=True))


def test_the_internet_firewall_publishes_inward_channels_alone(site: Site) -> None:
    found = derive_translation(site, site.devices["fwx"])
    assert found is not None
    assert [(p.ports, str(p.address), p.port) for p in found.publications] == [
        ((80, 8080), "10.30.0.10", 8080)
    ]


def test_a_gate_that_would_let_packets_pass_is_refused(site: Site) -> None:
    gate = site.gates["gap"].model_copy(update={"mode": GateMode.ROUTE})
    routed = site.model_copy(update={"gates": {"gap": gate}})
    with pytest.raises(NotRenderable, match="mode proxy only"):
        derive_gate_channels(routed, routed.devices["gap-a"])


def test_sessions_keep_their_mark_when_rules_are_moved(site: Site) -> None:
    rule_set = site.rule_sets["inner"]
    moved = rule_set.model_copy(update={"rules": rule_set.rules[::-1]})
    other = with_rule_set(site, moved)
    marks = [
        {rule.name: rule.mark for rule in found.rules}
        for found in (derive_filter(s, s.devices["fwi-a"]) for s in (site, other))
        if found
    ]
    assert marks[0] == marks[1]
    assert len(set(marks[0].values())) == len(marks[0])


def with_rule_set(site: Site, rule_set: RuleSet) -> Site:
    """The site with one rule set replaced, nothing remembered of the former."""
    fields = {name: getattr(site, name) for name in Site.model_fields}
    return Site(**fields | {"rule_sets": {**site.rule_sets, rule_set.name: rule_set}})


def test_a_limit_of_sessions_on_a_transparent_device_is_refused(site: Site) -> None:
    rule_set = site.rule_sets["inline"]
    limited = rule_set.rules[0].model_copy(update={"per_address": PerAddressLimit(connections=5)})
    changed = rule_set.model_copy(update={"rules": (limited,)})
    other = with_rule_set(site, changed)
    with pytest.raises(NotRenderable, match="cannot count sessions"):
        derive_filter(other, other.devices["ips-a"])
