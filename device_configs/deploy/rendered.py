"""The packed trees for the Ansible action plugin, rendered once per run."""

from functools import cache

from device_configs.render import Secrets, render_site
from device_configs.site import load_site
from ops_core.kernel.settings import load_settings

SECRETS = "secrets.json"


@cache
def _rendered_site() -> dict[str, str]:
    settings = load_settings()
    secrets = Secrets.load(settings.state_directory / SECRETS)
    trees = render_site(load_site(settings.inventory), secrets)
    return {name: tree.packed(secrets.hidden) for name, tree in trees.items()}


def rendered_device(name: str) -> str | None:
    """The packed tree of a device, None when it is not declared."""
    return _rendered_site().get(name)
