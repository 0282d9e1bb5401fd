"""How a device is changed, by its declared platform (pure)."""

from collections.abc import Iterable, Mapping

from device_configs.changes.model import ChangeMethod
from device_configs.render.families import families
from device_configs.site.model import Device


def method_of(device: Device) -> ChangeMethod:
    """A platform that is rendered as one text is changed by its NAPALM driver, any other one by the
    files that Ansible brings."""
    return ChangeMethod.NAPALM if device.platform in families() else ChangeMethod.LINUX


def methods_of(devices: Iterable[Device]) -> Mapping[str, ChangeMethod]:
    """The same for several, by name."""
    return {device.name: method_of(device) for device in devices}
