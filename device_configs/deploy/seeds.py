"""Files that providers' devices in the twin start with: nobody deploys to a provider."""

import shutil
from pathlib import Path

from device_configs.render import Secrets, render_device
from device_configs.render.made_keys import made_key
from device_configs.site.model import Site
from device_configs.twin.credentials import SECRETS, ensure_secrets

SEEDS = "twin/seeds"


def prepare_state(site: Site, state_directory: Path) -> Secrets:
    """What a twin of the site needs in the state directory before it starts."""
    state_directory.mkdir(parents=True, exist_ok=True)
    ensure_secrets(state_directory, site.secret_names, lambda name: made_key(site, name))
    secrets = Secrets.load(state_directory / SECRETS)
    write_provider_seeds(site, secrets, state_directory)
    return secrets


def write_provider_seeds(site: Site, secrets: Secrets, state_directory: Path) -> None:
    """Write the providers' trees where a starting twin looks for them."""
    folder = state_directory / SEEDS
    shutil.rmtree(folder, ignore_errors=True)
    for device in site.devices.values():
        if device.is_ours:
            continue
        for file in render_device(site, secrets, device.name).files:
            target = folder / device.name / file.path.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(file.content, encoding="utf-8")
            target.chmod(file.mode)
