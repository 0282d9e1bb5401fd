"""The devices that a verification asks, each a host of testinfra."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from testinfra.host import Host

from device_configs.render.families import families
from device_configs.site.model import Device, Site


class Unreached(Exception):
    """args: which device is not reached, and why."""


def asked_devices(site: Site, limit: Collection[str]) -> list[Device]:
    """Deployed devices that answer a shell: those that ``limit`` names by itself or by role, all
    where it is empty; pure. Vendor boxes are asked by the change engine."""
    return [
        device
        for device in site.deployed
        if device.platform not in families()
        and (not limit or device.name in limit or device.role.name in limit)
    ]


@dataclass
class AskedDevices:
    """Opens each device by its name. One that does not answer is tried once, and fails what is
    asked of it alone. May be called by several threads for different devices."""

    open_host: Callable[[str], Host]
    _answering: dict[str, Host] = field(default_factory=dict)
    _silent: dict[str, str] = field(default_factory=dict)

    def __call__(self, name: str) -> Host:
        """Raises Unreached where it did not answer."""
        if not self.answers(name):
            raise Unreached(f"{name} is not reached: {self._silent[name]}")
        return self._answering[name]

    def answers(self, name: str) -> bool:
        """Whether it did when it was asked for the first time."""
        if name not in self._answering and name not in self._silent:
            self._try(name)
        return name in self._answering

    def _try(self, name: str) -> None:
        host = self.open_host(name)
        try:
            host.run("true")
        except RuntimeError as error:  # testinfra's, where ssh itself fails
            shown = getattr(error.args[0], "stderr", "") if error.args else ""
            self._silent[name] = str(shown).strip() or "no answer"
        else:
            self._answering[name] = host
