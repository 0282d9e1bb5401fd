"""``zhishou serve``: the platform with its web face, until it is told to end."""

import gc
import logging
import os
import sys
from contextlib import suppress

import uvicorn
from starlette.types import ASGIApp

from device_configs.accounts.evidence import audit_evidence
from device_configs.changes.background import BackgroundChanges
from device_configs.changes.carrying import ChangeWork
from device_configs.plays.background import BackgroundPlays
from device_configs.plays.recording import PlayWork
from device_configs.proofs.coverage import AuditEvidence
from device_configs.proofs.prove import DeclaredProofs
from ops_core.app.platform import Platform
from ops_core.hotline.contacts.vault import open_vault
from ops_core.kernel.settings import Settings
from wallboard.application import create_application
from wallboard.dependencies import Dependencies
from wallboard.slow_heads import PromptH11Protocol

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
    site, database, clock, twin = platform.site, platform.database, platform.clock, platform.twin
    vault = open_vault(platform.settings.state_directory)
    changes = BackgroundChanges(
        ChangeWork(site, platform.settings, database, platform.bus, clock, twin)
    )
    changes.settle()
    plays = None
    if twin is not None:
        plays = BackgroundPlays(
            PlayWork(site, platform.settings, database, platform.bus, clock), twin
        )
        plays.settle()
    return Dependencies(
        database=database,
        bus=platform.bus,
        clock=clock,
        settings=platform.settings,
        site=site,
        wall=platform.wall,
        metrics=platform.store,
        verdicts=lambda: platform.engine.view,
        vault=vault,
        workers=platform.workers,
        health=platform.health,
        proofs=DeclaredProofs(site, lambda: _last_audit(platform)),
        plays=plays,
        changes=None if twin is None else changes,
    )


def _last_audit(platform: Platform) -> AuditEvidence | None:
    with platform.database.reading() as session:
        return audit_evidence(session, platform.clock.now())


def set_aside_what_remains() -> None:
    """Take what lives as long as the process (modules, the declaration) from the collector's sight.

    A full collection walked over all of it, a ninth of a second in which nobody was answered. The
    collector rests until here (:mod:`ops_core.app.cli`): so far there is hardly any garbage.
    """
    gc.freeze()
    gc.enable()


def take_precedence() -> None:
    """Let this thread, and those it starts from now on, go before other processes.

    Only root may; without it everything holds as well, and lateness is noticed and said.
    """
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, PRECEDENCE)


def server_of(application: ASGIApp, settings: Settings) -> uvicorn.Server:
    """The HTTP server at its address; only trusted proxies say who asks and by which scheme."""
    return uvicorn.Server(
        uvicorn.Config(
            application,
            host=settings.web_host,
            port=settings.web_port,
            proxy_headers=bool(settings.web_trusted_proxies),
            forwarded_allow_ips=list(settings.web_trusted_proxies),
            log_level="warning",
            http=PromptH11Protocol,
            timeout_graceful_shutdown=GRACE_S,
        )
    )


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
        server_of(application, settings).run()
    finally:
        platform.stop()
