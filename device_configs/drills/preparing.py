"""Bring the twin into the state in which a fault concerns the traffic."""

import time

from device_configs.deploy.lab import Lab
from device_configs.drills.faults import DrillFault
from device_configs.site.model import Device, Link, LinkKind, Site

_PAIRED_LIMIT_S, _PAIRED_FOR_S = 60.0, 2.0


class NotPaired(RuntimeError):
    """The firewalls do not become a pair of one that leads and one that stands ready."""


def make_active(lab: Lab, fault: DrillFault) -> None:
    """Move the role to what is about to fail, where a role moves at all (nothing preempts)."""
    firewall = firewall_of(lab.site, fault)
    if firewall is not None:
        _make_firewall_active(lab, firewall)
    elif fault.target in lab.site.links and lab.site.links[fault.target].kind is LinkKind.ACCESS:
        _make_uplink_active(lab, lab.site.links[fault.target])


def firewall_of(site: Site, fault: DrillFault) -> Device | None:
    """The firewall that must lead for the fault to concern the traffic: itself, or the link's."""
    if is_hot_standby(site, fault):
        return site.devices[fault.target]
    link = site.links.get(fault.target)
    if link is None:
        return None
    members = [site.devices[name] for name in site.networks[link.network].members
               if name in site.devices]  # fmt: skip
    firewalls = [device for device in members if device.role.hot_standby]
    return firewalls[0] if len(firewalls) == 1 else None


def is_hot_standby(site: Site, fault: DrillFault) -> bool:
    """Whether what fails is a device that keeps sessions in common with its partner."""
    return fault.target in site.devices and site.devices[fault.target].role.hot_standby


def wait_until_paired(lab: Lab) -> None:
    """Wait until one firewall leads and the other has been ready for a while, all routes known.

    A fault before that is a second one while the first still heals, which nothing promises to
    survive: the returning firewall learns the services' routes some six seconds after its links.
    A site without such a pair waits for none. Raises :class:`NotPaired`.
    """
    firewalls = lab.site.devices_where(lambda role: role.hot_standby)
    pair = [device.name for device in firewalls if device.partner is not None]
    if not pair:
        return
    deadline = time.monotonic() + _PAIRED_LIMIT_S
    since = time.monotonic()
    while time.monotonic() - since < _PAIRED_FOR_S:
        if sorted(_role_of(lab, name) for name in pair) != ["backup", "master"]:
            since = time.monotonic()
        if since > deadline:
            raise NotPaired(f"{' and '.join(pair)} do not become a pair")
        time.sleep(0.2)


def _make_firewall_active(lab: Lab, device: Device) -> None:
    if _role_of(lab, device.name) == "master" or device.partner is None:
        return
    lab.client.hang(device.partner)
    time.sleep(3)
    lab.client.start(device.partner)


def _role_of(lab: Lab, device: str) -> str:
    return lab.client.execute(device, ["cat", "/run/firewall-role"]).stdout.decode().strip()


def _make_uplink_active(lab: Lab, link: Link) -> None:
    others = [
        other
        for other in lab.site.links.values()
        if other.network == link.network and other.kind is LinkKind.ACCESS
        and other.name != link.name and other.b.device == link.b.device
    ]  # fmt: skip
    for other in others:
        lab.client.cut(other.name)
        time.sleep(1)
        lab.client.heal(other.name)
        time.sleep(2)
