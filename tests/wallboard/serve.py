"""Serve the made-up centre by itself: ``python -m tests.wallboard.serve --port 8099``."""

import argparse
import sys
import tempfile
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import uvicorn
from cryptography.fernet import Fernet

from device_configs.changes.carrying import ChangeWork
from device_configs.plays.recording import PlayWork
from device_configs.proofs.prove import DeclaredProofs
from device_configs.site import Site, load_site
from monitors.store.sqlite import SqliteMetricStore
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.kernel.clock import Clock, SystemClock
from ops_core.kernel.commands import UnitOfWork, unit_of_work
from ops_core.kernel.database import Database, create_database_engine
from ops_core.kernel.events import EventBus
from ops_core.kernel.health import HealthRegistry
from ops_core.kernel.identity import Role, create_user
from ops_core.kernel.migrations import migrate
from ops_core.kernel.permissions import Actor
from ops_core.kernel.settings import PROJECT_DIRECTORY, Settings
from ops_core.kernel.workers import Workers
from tests import quick_passwords
from tests.wallboard.sample import (
    RecordedChanges,
    RecordedPlays,
    SampleCentre,
)
from wallboard.application import create_application
from wallboard.dependencies import Dependencies

VAULT = ContactVault(Fernet.generate_key())
PASSWORD = "correct-horse-battery"
USERS = {
    "li.ming": ("李明", (Role.NETWORK_ENGINEER,), ""),
    "guest": ("参观者", (Role.ADMINISTRATOR,), ""),
} | {role.value: ("张伟", (role,), "housing" if role is Role.UNIT_HANDLER else "") for role in Role}
"""Two people by name, and one of every role named like it."""


DATABASE = "wall.sqlite"


@dataclass(frozen=True)
class Served:
    """The centre and what its web face was given."""

    centre: SampleCentre
    dependencies: Dependencies

    def close(self) -> None:
        self.dependencies.metrics.close()
        self.dependencies.database.close()

    def unit_of_work(self) -> AbstractContextManager[UnitOfWork]:
        """A command in the name of the set-up."""
        given = self.dependencies
        return unit_of_work(given.database, given.bus, given.clock, Actor.system("setup"))


@cache
def shipped_site() -> Site:
    """The example inventory, read once: nothing can change it."""
    return load_site(PROJECT_DIRECTORY / "inventory")


@cache
def prepared_database() -> bytes:
    """A migrated database with the users, made once: hashing and migrating take a while."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "prepared.sqlite"
        database = Database(create_database_engine(f"sqlite:///{path}"))
        migrate(database.engine)
        actor = Actor.system("setup")
        with unit_of_work(database, EventBus(), SystemClock(), actor) as uow:
            for name, (display_name, roles, unit) in USERS.items():
                create_user(uow, name, display_name, PASSWORD, roles, unit)
        database.close()
        return path.read_bytes()


def make(
    directory: Path, clock: Clock, *, calm: bool = False, prepared: bytes | None = None
) -> Served:
    """A database of its own, as prepared or with its users alone, over the example inventory."""
    path = directory / DATABASE
    path.write_bytes(prepared or prepared_database())
    database = Database(create_database_engine(f"sqlite:///{path}"))
    bus = EventBus()
    site = shipped_site()
    centre = SampleCentre(site, clock, calm=calm)
    workers, settings = Workers(clock), Settings(state_directory=directory)
    dependencies = Dependencies(
        database=database,
        bus=bus,
        clock=clock,
        settings=settings,
        site=site,
        wall=centre,
        metrics=SqliteMetricStore(directory / "metrics.sqlite"),
        verdicts=lambda: None,
        vault=VAULT,
        changes=RecordedChanges(ChangeWork(site, settings, database, bus, clock, None)),
        plays=RecordedPlays(PlayWork(site, settings, database, bus, clock)),
        workers=workers,
        health=HealthRegistry(workers, clock),
        proofs=DeclaredProofs(site),
    )
    return Served(centre, dependencies)


def main() -> int:
    from tests.wallboard.day import make_day  # it imports this module, by its own name

    quick_passwords.hash_with(quick_passwords.LEAST)
    options = argparse.ArgumentParser()
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--calm", action="store_true")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        served = make_day(Path(directory), SystemClock(), calm=chosen.calm)
        uvicorn.run(
            create_application(served.dependencies),
            port=chosen.port,
            log_level="warning",
            timeout_graceful_shutdown=2,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
