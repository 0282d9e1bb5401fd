"""What is needed to ask devices and to put on record what they answer."""

from dataclasses import dataclass

from device_configs.site.model import Site
from ops_core.kernel.clock import Clock
from ops_core.kernel.database import Database
from ops_core.kernel.events import EventBus
from ops_core.kernel.settings import Settings


@dataclass(frozen=True)
class DeploymentWork:
    """The installation, as far as whoever reads devices needs it."""

    site: Site
    settings: Settings
    database: Database
    bus: EventBus
    clock: Clock
