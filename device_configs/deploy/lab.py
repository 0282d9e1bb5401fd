"""A twin of the declared site, deployed: what lab tests and benchmarks measure in."""

import os
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address

from device_configs.changes.carrying import ChangeWork
from device_configs.changes.deploying import Deployment, DeploymentWish, deploy
from device_configs.deploy.seeds import prepare_state
from device_configs.site import Site, load_site
from device_configs.twin.client import TwinClient
from device_configs.twin.gap import GapMeasurement, GapObserver, Transport
from device_configs.twin.supervisor import start_supervisor
from device_configs.verify.results import VerifyResult
from device_configs.verify.session import verify
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.database import migrate, open_database
from ops_core.kernel.events import EventBus
from ops_core.kernel.permissions import Actor
from ops_core.kernel.settings import Settings

REACH_TIMEOUT_S = 30.0
_REACHED_GAP_MS = 100.0
_LAB = Actor.system("lab")


class NotReached(RuntimeError):
    """A seat did not reach the service within the time given."""


@dataclass(frozen=True)
class Lab:
    """A standing twin with its monitoring host's network namespace."""

    site: Site
    settings: Settings
    client: TwinClient
    network: int

    @contextmanager
    def changing(self) -> Iterator[ChangeWork]:
        """What changes of its devices need; their record is in the state directory."""
        with closing(open_database(self.settings)) as database:
            migrate(database.engine)
            yield ChangeWork(
                self.site, self.settings, database, EventBus(), SystemClock(), self.client
            )

    def deploy(self, *limit: str, repair: bool = False) -> Deployment:
        """Bring devices to the declaration; see :func:`device_configs.changes.deploying.deploy`."""
        with self.changing() as work:
            return deploy(work, _LAB, DeploymentWish(limit, repair=repair))

    def verify(self, *limit: str) -> VerifyResult:
        """Run the verification suites."""
        return verify(self.settings, self.network, limit)

    @contextmanager
    def observing(
        self,
        seat: str,
        address: IPv4Address,
        transport: Transport = Transport.UDP,
        interval_s: float | None = None,
    ) -> Iterator[GapObserver]:
        """Watch the way from a seat to a service while a block runs."""
        network = self.client.network_namespace(seat)
        try:
            with GapObserver(network, address, transport, interval_s) as observer:
                yield observer
        finally:
            os.close(network)

    def wait_until_reached(self, seat: str, address: IPv4Address) -> None:
        """Wait until the seat reaches the service without a gap for half a second.

        Raises :class:`NotReached`.
        """
        deadline = time.monotonic() + REACH_TIMEOUT_S
        while time.monotonic() < deadline:
            with self.observing(seat, address) as observer:
                time.sleep(0.5)
            if is_reached(observer.measurement):
                return
        raise NotReached(f"{seat} does not reach {address}")


def is_reached(measurement: GapMeasurement | None) -> bool:
    """Whether an observation shows a working way."""
    return measurement is not None and measurement.lost == 0 \
        and measurement.longest_gap_ms < _REACHED_GAP_MS  # fmt: skip


@contextmanager
def deployed_lab(settings: Settings) -> Iterator[Lab]:
    """Start a twin in the settings' state directory; it ends with the block, with all it ran."""
    site = load_site(settings.inventory)
    prepare_state(site, settings.state_directory)
    supervisor = start_supervisor(settings.inventory, settings.state_directory)
    try:
        client = TwinClient.of(settings.state_directory)
        client.wait_until_ready(supervisor=supervisor)
        network = client.network_namespace(site.monitoring_host.name)
        try:
            yield Lab(site, settings, client, network)
        finally:
            os.close(network)
    finally:
        supervisor.kill()
        supervisor.wait()
