"""``zhishou serve``: the platform with its web face, until it is told to end."""

import gc
import logging
import os
import sys
from contextlib import suppress

import uvicorn

from device_configs.deploy.record import DeploymentWork
from device_configs.proofs.prove import DeclaredProofs
from ops_core.app.platform import Platform
from ops_core.app.views.availability import AvailabilityRecords
from ops_core.app.views.callbacks import Callbacks
from ops_core.app.views.calls import Calls
from ops_core.app.views.deployments import Deployments
from ops_core.app.views.devices import Devices
from ops_core.app.views.incidents import Desk
from ops_core.app.views.indicators import Indicators
from ops_core.app.views.intake import Intake
from ops_core.app.views.orders import Orders
from ops_core.hotline.contacts.vault import open_vault
from ops_core.kernel.settings import Settings
from wallboard.application import create_application
from wallboard.dependencies import Dependencies

SWITCH_S = 0.001
"""Between threads: a collector that waits 5 ms for each other thread answers traps too late."""
PRECEDENCE = -5
"""Nice value of the whole platform: whoever watches goes before what it watches over. Between the
device side's thread (-10) and others: the threads share one interpreter lock, and one of them that
is kept from the processor while it holds the lock holds up all."""
GRACE_S = 2
"""Streams stay open for ever: without a limit the server would wait for its viewers."""


def dependencies_of(platform: Platform) -> Dependencies:
    """What the web face is given."""
    site, database, clock = platform.site, platform.database, platform.clock
    vault = open_vault(platform.settings.state_directory)
    work = DeploymentWork(site, platform.settings, database, platform.bus, clock)
    return Dependencies(
        database=database,
        bus=platform.bus,
        clock=clock,
        settings=platform.settings,
        site=site,
        wall=platform.wall,
        incidents=Desk(site, database, platform.bus, clock),
        indicators=Indicators(site, database, clock),
        devices=Devices(site, database, clock, platform.store, lambda: platform.engine.view),
        availability=AvailabilityRecords(site, database, clock),
        calls=Calls(site, database, platform.bus, clock, vault),
        orders=Orders(site, database, platform.bus, clock, vault),
        intake=Intake(site, database, platform.bus, clock, vault),
        callbacks=Callbacks(site, database, platform.bus, clock, vault),
        workers=platform.workers,
        health=platform.health,
        deployments=Deployments(work, platform.twin) if platform.twin is not None else None,
        proofs=DeclaredProofs(site),
    )


def set_aside_what_remains() -> None:
    """Take what lives as long as the process (modules, the declaration) from the collector's sight.

    A full collection walked over all of it, a ninth of a second in which nobody was answered.
    """
    gc.collect()
    gc.freeze()


def take_precedence() -> None:
    """Let this thread, and those it starts from now on, go before other processes.

    Only root may; without it everything holds as well, and lateness is noticed and said.
    """
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, PRECEDENCE)


def serve(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT."""
    take_precedence()
    sys.setswitchinterval(SWITCH_S)
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    logging.getLogger("alembic").setLevel(logging.WARNING)
    platform = Platform(settings)
    platform.start()
    try:
        application = create_application(dependencies_of(platform))
        set_aside_what_remains()
        uvicorn.run(
            application,
            host=settings.web_host,
            port=settings.web_port,
            log_level="warning",
            timeout_graceful_shutdown=GRACE_S,
        )
    finally:
        platform.stop()
