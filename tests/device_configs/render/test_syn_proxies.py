"""Which rule admits a proxied session is which rule admits any other to the same address."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_configs.render import NotRenderable, Secrets
from device_configs.render.families import render_vendor
from device_configs.render.gates import Translation, derive_translation
from device_configs.render.policies import Filter, Flow, derive_filter
from device_configs.render.protection import derive_login_guards
from device_configs.render.rule_addresses import PolicySide
from device_configs.render.syn_proxies import SynTarget, derive_syn_proxies
from device_configs.site import Site
from device_configs.site.model import LoginGuard, Protocol, SynProxy, Title

SOURCES = st.one_of(
    st.sampled_from(["198.51.100.7", "192.0.2.9", "10.20.1.11", "10.20.9.10", "10.20.20.11"]).map(
        IPv4Address
    ),
    st.integers(0, 2**32 - 1).map(IPv4Address),
)
SERVERS = {"fwx": IPv4Address("10.30.0.10"), "fwi-a": IPv4Address("10.100.0.10")}
TITLE = Title(zh="防护", en="Protection")


def derived_of(site: Site, name: str) -> tuple[Filter, Translation | None]:
    found = derive_filter(site, site.devices[name])
    assert found is not None
    return found, derive_translation(site, site.devices[name])


def holds(derived: Filter, side: PolicySide, address: IPv4Address) -> bool:
    sets = {found.name: found.prefixes for found in derived.sets}
    return all(
        any(address in prefix for prefix in sets[match.name]) is not match.negated
        for match in side.sets
    )


def first(derived: Filter, flows: list[tuple[str, Flow]], source: IPv4Address,
          server: IPv4Address | None) -> str | None:  # fmt: skip
    for name, flow in flows:
        if holds(derived, flow.source, source) and (
            server is None or holds(derived, flow.destination, server)
        ):
            return name
    return None


def by_the_rules(derived: Filter, source: IPv4Address, server: IPv4Address) -> str | None:
    flows = [
        (rule.name, flow)
        for rule in derived.rules
        for flow in rule.flows
        if flow.traffic.protocol in (None, Protocol.TCP)
        and (not flow.traffic.ports or "8080" in flow.traffic.ports)
    ]
    return first(derived, flows, source, server)


def by_the_admissions(derived: Filter, target: SynTarget, source: IPv4Address,
                      server: IPv4Address) -> str | None:  # fmt: skip
    flows = [(admission.rule.name, admission.flow) for admission in target.admissions]
    return first(derived, flows, source, None if target.published else server)


@pytest.mark.parametrize("name", SERVERS)
@given(source=SOURCES, order=st.randoms(use_true_random=False))
def test_the_first_rule_that_matches_admits_a_proxied_session_too(
    site: Site, name: str, source: IPv4Address, order: st.randoms
) -> None:
    derived, translation = derived_of(site, name)
    rules = list(derived.rules)
    order.shuffle(rules)
    shuffled = replace(derived, rules=tuple(rules))
    (proxied,) = derive_syn_proxies(site, site.devices[name], shuffled, translation)
    for target in proxied.targets:
        assert by_the_admissions(shuffled, target, source, SERVERS[name]) == by_the_rules(
            shuffled, source, SERVERS[name]
        )


def test_a_published_address_is_proxied_where_clients_see_it(site: Site) -> None:
    derived, translation = derived_of(site, "fwx")
    assert translation is not None
    (proxied,) = derive_syn_proxies(site, site.devices["fwx"], derived, translation)
    direct, public = proxied.targets
    assert (direct.published, public.published) == (False, True)
    assert public.addresses == (IPv4Network(translation.public_address),)
    assert public.ports == (80, 8080)
    assert [limit.name for limit in public.floods] == ["intake"]


def test_devices_without_a_session_table_proxy_nothing(site: Site) -> None:
    device = site.devices["ips-a"]
    assert derive_syn_proxies(site, device, derive_filter(site, device), None) == ()


def test_the_monitoring_host_is_never_banned(site: Site) -> None:
    (guard,) = derive_login_guards(site, site.devices["bas"])
    assert site.monitoring_host.management_address in guard.exempt
    assert derive_login_guards(site, site.devices["fwx"]) == ()


def with_proxies(site: Site, *proxies: SynProxy) -> Site:
    return site.model_copy(update={"syn_proxies": {proxy.name: proxy for proxy in proxies}})


def proxy(name: str, destination: str, above: int) -> SynProxy:
    return SynProxy(name=name, title=TITLE, devices=("fwi-a", "fwi-b"), ports=(8080,),
                    destinations=(destination,), above_per_second=above)  # fmt: skip


@pytest.mark.parametrize("family", ["huawei_vrp", "h3c_comware"])
def test_a_box_that_cannot_ban_by_sessions_says_so(
    family: str, site: Site, secrets: Secrets
) -> None:
    guard = LoginGuard(name="fw", title=TITLE, devices=("fwx",), attempts_per_minute=5,
                       ban_seconds=60)  # fmt: skip
    guarded = site.model_copy(update={"login_guards": {"fw": guard}})
    with pytest.raises(NotRenderable, match=r"login_guards\[fw\].devices: fwx bans nobody"):
        render_vendor(guarded, secrets, "fwx", family)


def test_a_family_with_one_rate_refuses_two(site: Site, secrets: Secrets) -> None:
    two = with_proxies(site, proxy("one", "platform-servers", 100),
                       proxy("two", "knowledge-servers", 200))  # fmt: skip
    with pytest.raises(NotRenderable, match="give one, two the same above_per_second"):
        render_vendor(two, secrets, "fwi-a", "huawei_vrp")
    assert "10.100.0.11 threshold 200" in render_vendor(two, secrets, "fwi-a", "h3c_comware")


def test_a_family_that_protects_hosts_refuses_networks(site: Site, secrets: Secrets) -> None:
    sets = dict(site.address_sets)
    wide = sets["platform-servers"].model_copy(update={"prefixes": (IPv4Network("10.100.0.0/24"),)})
    widened = with_proxies(site, proxy("one", "platform-servers", 100)).model_copy(
        update={"address_sets": sets | {"platform-servers": wide}}
    )
    with pytest.raises(NotRenderable, match=r"not to 10\.100\.0\.0/24; name a set of hosts"):
        render_vendor(widened, secrets, "fwi-a", "h3c_comware")
