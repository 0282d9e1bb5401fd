"""SIP of the voice gateways."""

from dataclasses import dataclass
from ipaddress import IPv4Address

from device_configs.render.addressing import MANAGEMENT
from device_configs.site.model import Device, LinkKind, Site

SIP_PORT = 5060
VOICE_CLASS = "voice"


@dataclass(frozen=True)
class SipResponder:
    """Where a voice gateway answers SIP, and to whom it relays requests for the trunk."""

    listen: tuple[IPv4Address, ...]
    trunk: IPv4Address
    dscp: int | None
    """Code point of the traffic class ``voice``, where the site has one."""


def derive_sip(site: Site, device: Device) -> SipResponder | None:
    """SIP of a voice gateway; None for other devices."""
    if not device.role.telephony:
        return None
    voice = [
        site.networks[link.network]
        for link in site.links_of[device.name]
        if link.kind is LinkKind.CIRCUIT and site.zones[_zone(site, link.network)].side == "voice"
    ]
    own = tuple(network.members[device.name] for network in voice)
    peer = next(address for name, address in voice[0].members.items() if name != device.name)
    inner = [
        network
        for network in site.networks_of[device.name]
        if network.name != MANAGEMENT and network not in voice
    ]
    addresses = [network.members[device.name] for network in inner]
    addresses += [
        virtual.address
        for network in inner
        for virtual in network.virtual_addresses
        if device.name in virtual.members
    ]
    voice_class = site.traffic_classes.get(VOICE_CLASS)
    return SipResponder(
        (*own, *addresses), trunk=peer, dscp=voice_class.dscp if voice_class else None
    )


def _zone(site: Site, network: str) -> str:
    return site.networks[network].zone
