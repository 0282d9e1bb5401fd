"""Where vendor boxes are reached, and as whom.

A declared box is reached at its management address, by the account and the key of deployments. A
stand-in file of the state directory, which ``zhishou lab vendor up --stand-in`` writes while it
runs, leads to emulated boxes instead: it names the boxes that it stands in for, and the plan says
so of each.
"""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from device_configs.deploy.device_login import USER
from device_configs.render.secrets import Secrets, SecretsMissing
from device_configs.site.model import Site
from device_configs.site.values import Frozen
from device_configs.twin.credentials import CLIENT_KEY, KNOWN_HOSTS, SECRETS
from ops_core.kernel.errors import Conflict

STAND_INS = "vendor/stand-ins.json"


@dataclass(frozen=True, slots=True)
class BoxLogin:
    """An SSH login. With a ``key_file`` the host key has to be in ``known_hosts``; a stand-in on
    loopback has neither, and a password that is made up at each start."""

    host: str
    port: int = 22
    user: str = USER
    password: str = field(default="", repr=False)
    key_file: str = ""
    known_hosts: str = ""
    stands_in: bool = False


class StandIn(Frozen):
    """An emulated box in the place of a declared one."""

    host: str
    port: int
    user: str
    password: str


_STAND_INS = TypeAdapter(dict[str, StandIn])


def box_logins(site: Site, state_directory: Path) -> Mapping[str, BoxLogin]:
    """The login of every deployed device that has a management address, by name.

    Raises :class:`Conflict` for a stand-in file that cannot be read: nobody guesses then whether a
    change reaches a real box.
    """
    key, hosts = state_directory / CLIENT_KEY, state_directory / KNOWN_HOSTS
    found = {
        device.name: BoxLogin(
            str(device.management_address), key_file=str(key), known_hosts=str(hosts)
        )
        for device in site.deployed
        if device.management_address is not None
    }
    for name, box in read_stand_ins(state_directory).items():
        found[name] = BoxLogin(box.host, box.port, box.user, box.password, stands_in=True)
    return found


def read_stand_ins(state_directory: Path) -> Mapping[str, StandIn]:
    """The emulated boxes that stand in for declared ones now."""
    path = state_directory / STAND_INS
    try:
        return _STAND_INS.validate_json(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValidationError) as error:
        raise Conflict(
            "替身设备清单无法读取", str(path), "删除该文件，或重新启动 zhishou lab vendor up"
        ) from error


def write_stand_ins(state_directory: Path, boxes: Mapping[str, StandIn]) -> Path:
    """Have changes reach these boxes; returns the file: when it is gone, that ends."""
    path = state_directory / STAND_INS
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    with suppress(FileNotFoundError):
        draft.unlink()
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({name: box.model_dump() for name, box in boxes.items()}, file)
    draft.replace(path)
    return path


def login_keys_of(directory: Path) -> dict[str, str]:
    """The public keys of an installation's accounts, by name. The account of deployments signs in
    by the installation's own key, unless the secrets name another one."""
    file = (directory / CLIENT_KEY).with_suffix(".pub")
    own = {USER: " ".join(file.read_text().split()[:2])} if file.exists() else {}
    try:
        return own | dict(Secrets.load(directory / SECRETS).login_keys)
    except SecretsMissing:
        return own
