"""Rules and queues are loaded, the gate exchanges no packet, undeclared accounts are refused."""

import json

import pytest
from testinfra.host import Host

from device_configs.render.policies import derive_filter
from device_configs.render.shaping import derive_shaping
from device_configs.site import Site
from device_configs.site.model import AccountProtocol, Device


def drop_interfaces(machine: Host) -> set[str]:
    """Keys (iifname, oifname) under which the forward chain drops the management port."""
    shown = json.loads(machine.run("nft -j list chain inet filter forward").stdout)
    found = set()
    for entry in shown["nftables"]:
        expressions = entry.get("rule", {}).get("expr", [])
        if not any("drop" in expression for expression in expressions):
            continue
        for expression in expressions:
            match = expression.get("match", {})
            if match.get("right") == "mgmt":
                found.add(match["left"]["meta"]["key"])
    return found


@pytest.mark.roles("forwards")
def test_management_is_never_forwarded(machine: Host) -> None:
    assert drop_interfaces(machine) == {"iifname", "oifname"}


@pytest.mark.roles("tracks_sessions", "isolates")
def test_forwarding_is_refused_unless_allowed(machine: Host) -> None:
    shown = json.loads(machine.run("nft -j list chain inet filter forward").stdout)
    chain = next(entry["chain"] for entry in shown["nftables"] if "chain" in entry)
    assert chain["policy"] == "drop"


@pytest.mark.roles("is_inline")
def test_inline_filter_is_loaded(machine: Host) -> None:
    assert machine.run("nft list table bridge inline").rc == 0


@pytest.mark.roles("isolates")
def test_gate_forwards_nothing(machine: Host, device: Device) -> None:
    settings = machine.run("sysctl -n net.ipv4.ip_forward net.ipv4.conf.all.forwarding").stdout
    assert settings.split() == ["0", "0"], device.name


@pytest.mark.roles("filtering")
def test_every_declared_rule_is_loaded(machine: Host, site: Site, device: Device) -> None:
    expected = derive_filter(site, device)
    shown = json.loads(machine.run("nft -j list counters").stdout)
    loaded = {entry["counter"]["name"] for entry in shown["nftables"] if "counter" in entry}
    assert expected is not None
    assert {f"rule-{rule.name}" for rule in expected.rules} <= loaded


@pytest.mark.roles
def test_ports_queue_by_the_declared_classes(machine: Host, site: Site, device: Device) -> None:
    expected = {
        (shaped.port, f"1:{found.minor:x}")
        for shaped in derive_shaping(site, device, derive_filter(site, device))
        for found in shaped.classes
    }
    loaded = set()
    for port in {port for port, _ in expected}:
        shown = machine.run(f"tc class show dev {port}").stdout.splitlines()
        loaded |= {(port, line.split()[2]) for line in shown}
    assert loaded == expected


@pytest.mark.roles
def test_only_declared_accounts_may_sign_in(machine: Host, site: Site, device: Device) -> None:
    expected = {
        account.name
        for account in site.accounts
        if account.protocol is AccountProtocol.SSH and device.name in account.devices
    }
    effective = machine.run("/usr/sbin/sshd -T").stdout.splitlines()
    assert {line.split()[1] for line in effective if line.startswith("allowusers ")} == expected
