"""For which roles a platform is rendered with IPv6: ``ipv6.yml`` beside its templates says so."""

from functools import cache

import yaml
from pydantic import BaseModel, ConfigDict

from device_configs.render.manifest import TEMPLATES
from device_configs.render.refusal import NotRenderable
from device_configs.site.model import Device, Site

FILE = "ipv6.yml"


class _Ipv6File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    roles: frozenset[str]


@cache
def ipv6_roles(platform: str) -> frozenset[str]:
    """Roles whose templates say all that is declared of IPv6; none for a platform without file."""
    path = TEMPLATES / platform / FILE
    if not path.is_file():
        return frozenset()
    found = yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
    return _Ipv6File.model_validate(found).roles


def carries_ipv6(site: Site, device: Device) -> bool:
    """Whether the device has an address of IPv6."""
    return any(device.name in network.ipv6_members for network in site.networks_of[device.name])


def passes_ipv6(site: Site, device: Device) -> bool:
    """Whether packets of IPv6 pass the device, as its own or as frames that it bridges."""
    return any(network.ipv6_prefix is not None for network in site.networks_of[device.name])


def refuse_ipv6_unless_rendered(site: Site, device: Device, platform: str) -> None:
    """Raise NotRenderable for a device whose IPv6 the platform's templates would leave out: of its
    own addresses, or of the frames that it filters."""
    decides = device.role.is_inline and passes_ipv6(site, device)
    if (decides or carries_ipv6(site, device)) and device.role.name not in ipv6_roles(platform):
        raise NotRenderable(
            f"{device.name}: {platform} is not rendered with IPv6 for the role {device.role}; "
            "leave `ipv6_prefix` out of its segments and cables"
        )
