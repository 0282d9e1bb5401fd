"""What a play needs that does the platform's own work: its database, its devices, in whose name.

Ansible runs in the network of the devices, from where the database may be out of reach. A run that
the platform started bears where the database is reached and who started it; a playbook that a
person starts with ``ansible-playbook`` works where it stands, in the name of the machine's login.
"""

import json
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TypeVar

from device_configs.deploy.remote import RemoteShells
from device_configs.deploy.work import DeploymentWork
from device_configs.site import load_site
from device_configs.twin.namespace import network_of_path, open_own_network
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.command_line import operator, stored
from ops_core.kernel.events import EventBus
from ops_core.kernel.permissions import Actor, ActorKind, Permission, Role
from ops_core.kernel.settings import Settings, load_settings

NETWORK_VARIABLE, ACTOR_VARIABLE = "ZHISHOU_PLAY_NETWORK", "ZHISHOU_PLAY_ACTOR"

Result = TypeVar("Result")


@dataclass(frozen=True)
class ControllerWork:
    """``network`` is a descriptor of the devices' network, ``say`` prints a line of the run."""

    work: DeploymentWork
    actor: Actor
    network: int
    say: Callable[[str], None]

    @property
    def shells(self) -> RemoteShells:
        """How the devices are reached."""
        return RemoteShells(self.work.settings, self.network)

    def show(self, device: str, problem: str) -> None:
        """Print that a device was read, or why it was not."""
        self.say(f"{device}: {problem or 'read'}")


def run_variables(settings: Settings, actor: Actor) -> dict[str, str]:
    """The environment of a run that this process starts in the name of ``actor``."""
    named = {
        "name": actor.name, "kind": actor.kind, "roles": sorted(actor.roles),
        "unit": actor.unit, "by_token": actor.by_token,
        "limited_to": None if actor.limited_to is None else sorted(actor.limited_to),
    }  # fmt: skip
    url = settings.database_url
    return {
        ACTOR_VARIABLE: json.dumps(named),
        NETWORK_VARIABLE: f"/proc/{os.getpid()}/ns/net",
        **({} if url is None else {"ZHISHOU_DATABASE_URL": url}),
    }


def actor_of(environment: Mapping[str, str]) -> Actor:
    """In whose name a playbook works; the machine's login where the environment says nothing."""
    if (text := environment.get(ACTOR_VARIABLE)) is None:
        return operator()
    named = json.loads(text)
    roles = frozenset(Role(role) for role in named["roles"])
    kind = ActorKind(named["kind"])
    held = named["limited_to"]
    limited_to = None if held is None else frozenset(Permission(name) for name in held)
    return Actor(named["name"], kind, roles, named["unit"], named["by_token"], limited_to)


def at_controller(
    do: Callable[[ControllerWork], Result], say: Callable[[str], None] = lambda _: None
) -> Result:
    """Do something where the platform's database is reached; the calling thread stays in place.

    Raises what ``do`` raises, and DomainError where the database or the declaration is refused.
    """
    devices = open_own_network()
    try:
        with ThreadPoolExecutor(1) as there:
            return there.submit(_do_there, do, devices, say).result()
    finally:
        os.close(devices)


def _do_there(
    do: Callable[[ControllerWork], Result], devices: int, say: Callable[[str], None]
) -> Result:
    path = os.environ.get(NETWORK_VARIABLE)
    settings, actor = load_settings(), actor_of(os.environ)
    with nullcontext() if path is None else network_of_path(path), stored() as database:
        site = load_site(settings.inventory)
        work = DeploymentWork(site, settings, database, EventBus(), SystemClock())
        return do(ControllerWork(work, actor, devices, say))
