"""Real devices of the small site, each with the files that the declaration brings to it."""

import base64
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from jinja2 import TemplateError

from device_configs.backups.repository import FOLDER
from device_configs.deploy.remote import RemoteShells
from device_configs.deploy.seeds import prepare_state
from device_configs.deploy.work import DeploymentWork
from device_configs.render import Secrets, Tree, render_device
from device_configs.site import Site, load_site
from ops_core.app.tables import TABLE_MODULES
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.database import migrate, open_database
from ops_core.kernel.events import EventBus
from ops_core.kernel.settings import Settings

from ..twin.conftest import SMALL_SITE, RunningTwin, running_twin

FIREWALL = "fw-a"
"""Its half is alone, so it cannot be rendered: what fails at one device must end no other."""


@dataclass(frozen=True)
class ConfiguredSite:
    site: Site
    settings: Settings
    secrets: Secrets
    twin: RunningTwin
    shells: RemoteShells

    def sh(self, device: str, script: str) -> str:
        return self.twin.run(device, "sh", "-ec", script)


def bring(twin: RunningTwin, tree: Tree) -> None:
    """Put the files of a tree on its device and start what is in it."""
    lines = []
    for file in tree.files:
        content = base64.b64encode(file.content.encode()).decode()
        lines += [
            f"mkdir -p {Path(file.path).parent}",
            f"echo {content} | base64 -d >{file.path}",
            f"chmod {file.mode:o} {file.path}; chown {file.owner} {file.path}",
        ]
    manifest = json.dumps({file.path: file.service for file in tree.files})
    lines += [
        "mkdir -p /var/lib/device-configuration",
        f"echo '{manifest}' >/var/lib/device-configuration/files.json",
        "/etc/rc.local >/dev/null 2>&1",
    ]
    twin.run(tree.device, "sh", "-ec", "\n".join(lines))


@pytest.fixture(scope="session")
def configured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConfiguredSite]:
    state = tmp_path_factory.mktemp("configured")
    site = load_site(SMALL_SITE)
    secrets = prepare_state(site, state)
    with running_twin(SMALL_SITE, state) as twin:
        for device in site.deployed:
            with suppress(TemplateError):
                bring(twin, render_device(site, secrets, device.name))
        network = twin.client.network_namespace(site.monitoring_host.name)
        settings = Settings(state_directory=state, inventory=SMALL_SITE)
        try:
            yield ConfiguredSite(site, settings, secrets, twin, RemoteShells(settings, network))
        finally:
            os.close(network)


@pytest.fixture
def work(configured: ConfiguredSite, tmp_path: Path) -> Iterator[DeploymentWork]:
    """A database and a history of the test's own, before the same devices; no backup is kept yet,
    whichever tests ran before in this process."""
    shutil.rmtree(configured.settings.state_directory / FOLDER, ignore_errors=True)
    url = f"sqlite:///{tmp_path / 'zhishou.sqlite'}"
    settings = configured.settings.model_copy(update={"database_url": url})
    database = open_database(settings)
    migrate(database.engine, TABLE_MODULES)
    yield DeploymentWork(configured.site, settings, database, EventBus(), SystemClock())
    database.close()
