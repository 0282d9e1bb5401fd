"""An installation before emulated boxes that a change finds as the old declaration has them, and
controllers of it that are killed."""

import multiprocessing
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from device_configs.changes.carrying import carry_out
from device_configs.changes.happenings import Happening, StageReached
from device_configs.changes.history import NetworkChange
from device_configs.changes.read import read_change
from device_configs.emulator.devices import Devices
from device_configs.patches.patch import make_patch
from device_configs.render.families import render_vendor
from device_configs.site import Site, load_site
from ops_core.kernel.database import Database, create_database_engine
from tests.device_configs.changes.vendor_site import LI, VendorWork, secrets_of, work_in

FIREWALLS, ROUTERS, CORES = ("fwi-a", "fwi-b"), ("rt-a", "rt-b"), ("core-a", "core-b")
EVERYTHING = (
    "a new rule before the last",
    "a network of seats on a new access switch",
    "a circuit shared otherwise",
)
RECORD = "record.sqlite"
processes = multiprocessing.get_context("spawn")


@dataclass(frozen=True)
class Declared:
    old: Site
    new: Site
    folder: Path
    """The files of the new declaration."""


@dataclass(frozen=True)
class Stand:
    """An installation that reaches emulated boxes, which are as the old declaration has them."""

    work: VendorWork
    devices: Devices
    before: Mapping[str, tuple[str, str]]

    def content(self, name: str) -> str:
        """``old``, ``new`` or ``mixed``, of what runs."""
        running = self.devices[name].running_text()
        device = self.work.site.devices[name]
        if make_patch(device.platform, running, self.before[name][0], management=True).empty:
            return "old"
        text = render_vendor(self.work.site, secrets_of(self.work.site), name, device.platform)
        left = make_patch(device.platform, running, text, reach=str(device.management_address))
        return "new" if left.empty else "mixed"

    def contents(self, *names: str) -> set[str]:
        return {self.content(name) for name in names}

    def found(self, *names: str) -> dict[str, str]:
        return {name: self.content(name) for name in names}


def read_plan(work: VendorWork, number: str) -> NetworkChange:
    with work.database.reading() as session:
        return read_change(session, number)


def carry_until(
    directory: Path, inventory: Path, number: str, word: str, again: bool = False
) -> None:
    """A controller that ends itself, without any clean-up, when the change gets so far."""
    database = Database(create_database_engine(f"sqlite:///{directory / RECORD}"))
    work = work_in(directory, load_site(inventory), database)

    def on_step(_happened: str, happening: Happening) -> None:
        if isinstance(happening, StageReached) and f"{happening.stage}:{happening.state}" == word:
            os.kill(os.getpid(), signal.SIGKILL)

    carry_out(work, LI, number, again=again, on_step=on_step)
