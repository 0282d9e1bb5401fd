"""The packed trees for the Ansible action plugin, rendered once per run."""

from functools import cache

from device_configs.render import Secrets, render_device
from device_configs.site import load_site
from ops_core.kernel.settings import load_settings

SECRETS = "secrets.json"


@cache
def _rendered_site() -> dict[str, str]:
    settings = load_settings()
    secrets = Secrets.load(settings.state_directory / SECRETS)
    site = load_site(settings.inventory)
    return {
        device.name: render_device(site, secrets, device.name).packed(secrets.hidden)
        for device in site.deployed
    }


def rendered_device(name: str) -> str | None:
    """The packed tree of a device, None for one that the declaration is not brought to."""
    return _rendered_site().get(name)
