"""Rule sets are loaded, and the two sides of the gate exchange no packet."""

import json

import pytest
from testinfra.host import Host

from device_configs.site.model import Device, Role

FILTERING = (Role.ROUTER, Role.FIREWALL, Role.CORE_SWITCH, Role.INTERNET_FIREWALL)


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


@pytest.mark.roles(*FILTERING)
def test_management_is_never_forwarded(machine: Host) -> None:
    assert drop_interfaces(machine) == {"iifname", "oifname"}


@pytest.mark.roles(Role.FIREWALL, Role.INTERNET_FIREWALL, Role.GATE)
def test_forwarding_is_refused_unless_allowed(machine: Host) -> None:
    shown = json.loads(machine.run("nft -j list chain inet filter forward").stdout)
    chain = next(entry["chain"] for entry in shown["nftables"] if "chain" in entry)
    assert chain["policy"] == "drop"


@pytest.mark.roles(Role.INTRUSION_PREVENTION)
def test_inline_filter_is_loaded(machine: Host) -> None:
    assert machine.run("nft list table bridge inline").rc == 0


@pytest.mark.roles(Role.GATE)
def test_gate_forwards_nothing(machine: Host, device: Device) -> None:
    settings = machine.run("sysctl -n net.ipv4.ip_forward net.ipv4.conf.all.forwarding").stdout
    assert settings.split() == ["0", "0"], device.name
