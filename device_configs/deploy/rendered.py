"""The rendered trees of a run: made once, handed to the Ansible action plugin.

Who runs a playbook has rendered the trees already, and hands them over in memory: nothing of them
is on disk, and what was compared is what is deployed. A playbook that somebody starts by hand
renders them itself.
"""

import json
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

MASK = "<secret>"
"""As :mod:`device_configs.render.secrets` has it, which takes a second to import."""

if TYPE_CHECKING:  # the plugin that is handed its trees needs neither, and they take a second
    from device_configs.render import Secrets, Tree
    from device_configs.site import Site

log = logging.getLogger(__name__)

SECRETS = "secrets.json"
HANDED_OVER = "ZHISHOU_RENDERED_TREES"


@dataclass(frozen=True)
class RenderedTrees:
    """The trees of devices by name; of those that have none, why."""

    trees: "Mapping[str, Tree]"
    refused: Mapping[str, str]
    masked: tuple[str, ...]
    """What no diff shows."""

    def mask(self, text: str) -> str:
        """``text`` with every value replaced that no diff shows, the longest first."""
        for value in sorted(self.masked, key=len, reverse=True):
            text = text.replace(value, MASK)
        return text

    def packed(self, devices: Sequence[str]) -> dict[str, str]:
        """The trees of these devices as the module takes them."""
        return {name: self.trees[name].packed(self.masked) for name in devices}


def render_devices(site: "Site", state_directory: Path, devices: Sequence[str]) -> RenderedTrees:
    """Render each device; one that cannot be rendered has its reason and ends no other.

    Raises :class:`device_configs.render.secrets.SecretsMissing`.
    """
    from device_configs.render import Secrets

    secrets = Secrets.load(state_directory / SECRETS)
    trees, refused = {}, {}
    for name in devices:
        found = _render_one(site, secrets, name)
        if isinstance(found, str):
            refused[name] = found
        else:
            trees[name] = found
    return RenderedTrees(trees, refused, secrets.hidden)


def _render_one(site: "Site", secrets: "Secrets", name: str) -> "Tree | str":
    from device_configs.render import render_device
    from device_configs.render.families import families

    if site.devices[name].platform in families():
        return "a vendor box is changed by `zhishou net plan` and `apply`"
    try:
        return render_device(site, secrets, name)
    except Exception as error:  # whatever a template does, the other devices have theirs
        log.exception("%s could not be rendered", name)
        return f"{type(error).__name__}: {error}"


@contextmanager
def handed_over(packed: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Hold packed trees in memory; yields the environment by which a child finds them."""
    with os.fdopen(os.memfd_create("rendered-trees"), "wb") as memory:
        memory.write(json.dumps(packed).encode())
        memory.flush()
        yield {HANDED_OVER: f"/proc/{os.getpid()}/fd/{memory.fileno()}"}


def rendered_device(name: str) -> str | None:
    """The packed tree of a device, None for one that the declaration is not brought to."""
    return _packed_trees()[0].get(name)


def refusal_of(name: str) -> str:
    """Why a device that the declaration is brought to has no tree; empty for every other."""
    return _packed_trees()[1].get(name, "")


@cache
def _packed_trees() -> tuple[dict[str, str], dict[str, str]]:
    if HANDED_OVER in os.environ:
        handed: dict[str, str] = json.loads(Path(os.environ[HANDED_OVER]).read_bytes())
        return handed, {}
    return _rendered_here()


def _rendered_here() -> tuple[dict[str, str], dict[str, str]]:
    from device_configs.site import load_site
    from ops_core.kernel.settings import load_settings

    settings = load_settings()
    site = load_site(settings.inventory)
    names = [device.name for device in site.deployed]
    rendered = render_devices(site, settings.state_directory, names)
    return rendered.packed(tuple(rendered.trees)), dict(rendered.refused)
