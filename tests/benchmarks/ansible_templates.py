"""Rendering the same devices by ``ansible-playbook`` template tasks and by ours, in one run.

``python -m tests.benchmarks.ansible_templates [--devices 10 100] [--rules N] [--forks N]``

A made-up site (synthetic_site.py) is rendered twice, into two folders: by ours from the
declaration, loading and checking it included; and by a playbook made on the fly, one template task
a file, over the same Jinja templates (but for APART) and the same values. Ansible is given those
ready, in one file of variables a host, which is less work: it derives nothing. Every file must be
the same to the letter. Times are wall clock and processor seconds, those of all processes started
included.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from itertools import zip_longest
from pathlib import Path

import yaml
from pydantic import BaseModel

from device_configs.render import Secrets, Tree, render_site
from device_configs.render.manifest import TEMPLATES, load_manifest
from device_configs.render.trees import context_of
from device_configs.site import Site, load_site
from device_configs.site.model import Device
from tests.benchmarks.synthetic_site import RULES, write_site

SIZES = (10, 100)
SECRETS = Secrets(
    snmp_community="community",
    snmp_user="zhishou",
    snmp_auth_password="authentication",
    snmp_priv_password="privacy-key",
)
PLATFORM = "frr"
PLAYBOOK = [
    {
        "hosts": "all",
        "connection": "local",
        "gather_facts": False,
        "tasks": [
            {
                "name": "Render",
                "ansible.builtin.template": {
                    "src": "{{ item.template }}",
                    "dest": "{{ item.destination }}",
                    "trim_blocks": True,
                    "lstrip_blocks": True,
                },
                "loop": "{{ rendered_files }}",
                "loop_control": {"label": "{{ item.template }}"},
            }
        ],
    }
]
OF_SITE = frozenset({"networks"})
"""All that templates ask the site itself for."""


APART = (
    (".address.ip }}", ".address.split('/')[0] }}"),
    ("~ log(rule) ~", "~ (log(rule) or '') ~"),
    ("{{ log(rule) }}", "{{ log(rule) or '' }}"),
)
"""The expressions of the templates that ansible has no like of, and what it gets instead: a part of
an address, which is text in JSON; and a macro that says nothing, which is nothing there, not ''."""


@dataclass(frozen=True)
class Spent:
    wall_s: float
    cpu_s: float


@dataclass(frozen=True)
class Run:
    devices: int
    files: int
    ours: Spent
    theirs: Spent


class Clock:
    """Wall and processor time since it was made, of children that have ended too."""

    def __init__(self) -> None:
        self._start = (time.perf_counter(), self._cpu())

    def spent(self) -> Spent:
        return Spent(time.perf_counter() - self._start[0], self._cpu() - self._start[1])

    @staticmethod
    def _cpu() -> float:
        used = os.times()
        return used.user + used.system + used.children_user + used.children_system


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--devices", type=int, nargs="*", default=SIZES)
    parser.add_argument("--rules", type=int, default=RULES, help="for each firewall pair")
    parser.add_argument("--forks", type=int, default=os.cpu_count())
    options = parser.parse_args()
    print(
        "| devices | files | ours, s | ansible, s | ratio | ours, CPU s | ansible, CPU s | ratio |"
    )
    for devices in options.devices:
        run = measure(devices, options.rules, options.forks)
        ours, theirs = run.ours, run.theirs
        print(
            f"| {run.devices} | {run.files} | {ours.wall_s:.2f} | {theirs.wall_s:.1f} "
            f"| {theirs.wall_s / ours.wall_s:.0f} | {ours.cpu_s:.2f} | {theirs.cpu_s:.1f} "
            f"| {theirs.cpu_s / ours.cpu_s:.0f} |",
            flush=True,
        )
    print(f"load average {' '.join(f'{load:.1f}' for load in os.getloadavg())}", file=sys.stderr)


def measure(devices: int, rules: int, forks: int) -> Run:
    """Both in one folder that is gone afterwards; raises AssertionError where a text differs."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_site(folder / "inventory", devices, rules)
        clock = Clock()
        site = load_site(folder / "inventory")
        trees = render_site(site, SECRETS)
        files = write_trees(trees, folder / "ours")
        ours = clock.spent()
        write_playbook(site, folder)
        clock = Clock()
        play(folder, forks)
        theirs = clock.spent()
        for file in files:
            other = folder / "theirs" / file.relative_to(folder / "ours")
            assert file.read_text("utf-8") == other.read_text("utf-8"), _differing(file, other)
        return Run(len(site.devices), len(files), ours, theirs)


def _differing(mine: Path, its: Path) -> str:
    texts = (file.read_text("utf-8").splitlines() for file in (mine, its))
    pairs = ((a, b) for a, b in zip_longest(*texts) if a != b)
    return f"{its}: {next(pairs, 'at its end')}"


def write_trees(trees: Mapping[str, Tree], folder: Path) -> list[Path]:
    written = []
    for name, tree in trees.items():
        for file in tree.files:
            path = folder / name / file.path.lstrip("/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file.content, "utf-8")
            written.append(path)
    return written


def write_playbook(site: Site, folder: Path) -> None:
    """Playbook, templates, inventory and the values of each host; its folders exist already."""
    (folder / "playbook.yml").write_text(yaml.safe_dump(PLAYBOOK, sort_keys=False))
    shutil.copytree(TEMPLATES / PLATFORM, folder / "templates")
    for template in (folder / "templates").rglob("*.j2"):
        text = template.read_text("utf-8")
        for ours, its in APART:
            text = text.replace(ours, its)
        template.write_text(text, "utf-8")
    (folder / "hosts").write_text("".join(f"{name}\n" for name in site.devices))
    (folder / "host_vars").mkdir()
    for device in site.devices.values():
        values = host_values(site, device, folder / "theirs")
        text = json.dumps(values, ensure_ascii=False)
        (folder / "host_vars" / f"{device.name}.json").write_text(text, "utf-8")


def host_values(site: Site, device: Device, folder: Path) -> dict[str, object]:
    manifest = load_manifest(device.platform)
    parts = manifest.entries(device.name, device.role.name, deployed=device.deployed)
    wanted = {service for part in parts for service in part.services}
    services = tuple(service for service in manifest.order if service in wanted)
    values = dict(context_of(site, SECRETS, device, services))
    values["site"] = {name: plain(getattr(site, name)) for name in OF_SITE}
    files = []
    for entry in (entry for part in parts for entry in part.files):
        path = folder / device.name / entry.path.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        files.append({"template": entry.template, "destination": str(path)})
    return {name: plain(value) for name, value in values.items()} | {"rendered_files": files}


def plain(value: object) -> object:
    """A value as JSON knows it, with what templates may ask of it: fields and properties."""
    if isinstance(value, Enum):
        return plain(value.value)
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, IPv4Address | IPv4Interface | IPv4Network):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, BaseModel):
        names = [*type(value).model_fields]
    elif is_dataclass(value):
        names = [field.name for field in fields(value)]
    else:
        return str(value)
    names += [name for name, found in vars(type(value)).items() if isinstance(found, property)]
    return {name: plain(getattr(value, name)) for name in names}


def play(folder: Path, forks: int) -> None:
    settings = {
        "ANSIBLE_FORKS": str(forks),
        "ANSIBLE_HOME": str(folder / "ansible"),
        "ANSIBLE_STDOUT_CALLBACK": "minimal",
        "ANSIBLE_DISPLAY_OK_HOSTS": "false",
        "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
    }
    command = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "hosts",
               "playbook.yml"]  # fmt: skip
    done = subprocess.run(
        command, cwd=folder, env=os.environ | settings, capture_output=True, check=False
    )
    assert done.returncode == 0, (done.stdout[-2000:], done.stderr[-2000:])


if __name__ == "__main__":
    main()
