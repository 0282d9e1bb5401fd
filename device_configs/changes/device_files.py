"""The trees that devices have now, read from the devices themselves."""

import json
import shlex
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

from pydantic import ValidationError

from device_configs.deploy.access import ask_devices
from device_configs.deploy.rendered import render_devices
from device_configs.render.tree import RenderedFile, Tree
from device_configs.site.model import Site
from device_configs.site.values import Frozen
from device_configs.twin.namespace import inside_network
from ops_core.kernel.errors import Conflict
from ops_core.kernel.settings import Settings

_PROGRAM = """
import json, os, pwd, stat, subprocess
manifest = json.load(open("/var/lib/device-configuration/files.json"))
files = []
for path, service in manifest.items():
    found = os.stat(path)
    files.append({"path": path, "content": open(path, encoding="utf-8").read(),
                  "mode": stat.S_IMODE(found.st_mode), "owner": pwd.getpwuid(found.st_uid).pw_name,
                  "service": service})
running = subprocess.run(["/usr/local/sbin/device-service", "running"], capture_output=True)
print(json.dumps({"files": files, "running": running.stdout.decode().split()}))
"""


class _FileThere(Frozen):
    path: str
    content: str
    mode: int
    owner: str
    service: str | None


class _DeviceFiles(Frozen):
    files: tuple[_FileThere, ...]
    running: tuple[str, ...]


def read_trees(
    site: Site, settings: Settings, network: int | None, names: Sequence[str]
) -> Mapping[str, Tree]:
    """The tree of each of these devices as it stands there. Raises Conflict, which names those
    whose files cannot be read; nothing of what they contain is shown."""
    command = f"python3 -c {shlex.quote(_PROGRAM)}"

    def ask() -> dict[str, str]:
        with nullcontext() if network is None else inside_network(network):
            answers = ask_devices(site, settings.state_directory, dict.fromkeys(names, command))
        return {name: answer.output for name, answer in answers.items()}

    with ThreadPoolExecutor(1) as secondary:
        answers = secondary.submit(ask).result()
    order = render_devices(site, settings.state_directory, names).trees
    found = {name: tree_of(name, text, order[name].services) for name, text in answers.items()}
    unread = [name for name, tree in found.items() if tree is None]
    if unread:
        raise Conflict("有设备的文件无法读取", "、".join(unread), "恢复这些设备的管理连接后再试")
    return {name: tree for name, tree in found.items() if tree is not None}


def tree_of(name: str, answer: str, order: tuple[str, ...]) -> Tree | None:
    """The tree that an answer describes; None for what is no such answer. ``order`` is that in
    which the device's services start: those that run, or take a file over, are its services."""
    try:
        found = _DeviceFiles.model_validate(json.loads(answer))
    except (ValueError, ValidationError):
        return None
    own = {file.service for file in found.files} | set(found.running)
    return Tree(
        device=name,
        files=tuple(RenderedFile(**file.model_dump()) for file in found.files),
        services=tuple(service for service in order if service in own),
    )
