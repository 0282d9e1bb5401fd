"""What the web face is given by the composition root."""

from dataclasses import dataclass

from device_configs.site.model import Site
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.kernel.clock import Clock
from ops_core.kernel.database import Database
from ops_core.kernel.events import EventBus
from ops_core.kernel.health import HealthRegistry
from ops_core.kernel.settings import Settings
from ops_core.kernel.workers import Workers
from wallboard.calls.views import CallDesk
from wallboard.incidents.views import IncidentDesk
from wallboard.indicators.views import IndicatorSource
from wallboard.records import AvailabilitySource, DeploymentDesk, DeviceSource, ProofSource
from wallboard.wall.state import WallSource


@dataclass(frozen=True)
class Dependencies:
    """Menu entries appear for what is given; ``deployments`` and ``proofs`` are optional."""

    database: Database
    bus: EventBus
    clock: Clock
    settings: Settings
    site: Site
    wall: WallSource
    incidents: IncidentDesk
    indicators: IndicatorSource
    devices: DeviceSource
    availability: AvailabilitySource
    calls: CallDesk
    vault: ContactVault
    workers: Workers
    health: HealthRegistry
    deployments: DeploymentDesk | None = None
    proofs: ProofSource | None = None
