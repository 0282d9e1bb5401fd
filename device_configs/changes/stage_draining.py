"""Before a half is changed its traffic moves to the other one; afterwards it returns."""

from collections.abc import Sequence
from dataclasses import dataclass

from device_configs.draining.handover import drain, restore
from device_configs.draining.shell import DeviceShell
from device_configs.site.model import Site


@dataclass(frozen=True)
class PairDraining:
    """A :class:`device_configs.changes.engine.Draining` of the site's pairs.

    ``seconds``: how long a device stays drained when nobody restores it; longer than its trial.
    """

    site: Site
    shell: DeviceShell
    who: str
    seconds: int

    def drain(self, devices: Sequence[str]) -> None:
        """Raises Conflict, with nothing drained, where the partners cannot take the traffic."""
        drain(self.site, self.shell, devices, who=self.who, seconds=self.seconds)

    def restore(self, devices: Sequence[str]) -> None:
        """Raises Conflict for those that could not; they do it when their time is over."""
        restore(self.site, self.shell, devices)
