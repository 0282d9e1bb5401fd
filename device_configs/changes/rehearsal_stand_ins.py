"""What a twin is made of at a site that has vendors' boxes: Linux devices stand in for them.

A twin has no vendor's box. The declaration of a box, rendered for Linux, stands in its place, so
that the Linux devices around it find their neighbours; what the box itself would do with its change
stays unknown, and is said to be.
"""

import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from device_configs.changes.device_files import read_trees
from device_configs.changes.methods import method_of
from device_configs.changes.model import ChangeMethod, ChangePlan
from device_configs.deploy.rendered import render_devices
from device_configs.render import Tree
from device_configs.site import load_site
from device_configs.site.model import Site
from ops_core.kernel.errors import Conflict
from ops_core.kernel.settings import Settings

HOSTS, INVENTORY = "hosts.yml", "inventory"


@dataclass(frozen=True)
class TwinSource:
    """``trees`` are what the twin's devices get; ``stand_ins`` those that stand in for boxes."""

    settings: Settings
    site: Site
    trees: Mapping[str, Tree]
    stand_ins: tuple[str, ...]


def boxes_of(site: Site) -> tuple[str, ...]:
    """The deployed vendors' boxes, in declared order; pure."""
    return tuple(d.name for d in site.deployed if method_of(d) is ChangeMethod.NAPALM)


def source_of(site: Site, settings: Settings, network: int | None, folder: Path) -> TwinSource:
    """Read the Linux devices as they stand, and render those that stand in for boxes.

    What the twin is declared by is written below ``folder``, where there are boxes. Raises Conflict
    for devices whose files cannot be read, and for boxes that have no rendering for Linux.
    """
    boxes = boxes_of(site)
    linux = [device.name for device in site.deployed if device.name not in boxes]
    trees = read_trees(site, settings, network, linux)
    if not boxes:
        return TwinSource(settings, site, trees, ())
    inventory = folder / INVENTORY
    shutil.copytree(settings.inventory, inventory)
    hosts = yaml.safe_load((inventory / HOSTS).read_text("utf-8"))
    text = yaml.safe_dump(without_platforms(hosts, boxes), allow_unicode=True, sort_keys=False)
    (inventory / HOSTS).write_text(text, "utf-8")
    made = load_site(inventory)
    rendered = render_devices(made, settings.state_directory, boxes)
    if rendered.refused:
        raise Conflict(
            "有厂商设备没有可用于演练的替身",
            "\n".join(f"{name}: {why}" for name, why in rendered.refused.items()),
            "用 zhishou lab vendor up --stand-in 启动模拟设备后试做该变更",
        )
    own = settings.model_copy(update={"inventory": inventory})
    return TwinSource(own, made, {**trees, **rendered.trees}, boxes)


def without_platforms(document: Any, names: Collection[str]) -> Any:
    """A document of hosts in which those named are Linux devices, whatever they share; pure."""
    if not isinstance(document, dict):
        return document
    return {
        key: {**value, "platform": "frr", "site_lines": []}
        if key in names and isinstance(value, dict)
        else without_platforms(value, names)
        for key, value in document.items()
    }


def rehearsable_part(plan: ChangePlan, boxes: Collection[str]) -> ChangePlan:
    """The plan without vendors' boxes; pure. Raises Conflict where nothing is left."""
    stages = []
    for stage in plan.stages:
        devices = tuple(name for name in stage.devices if name not in boxes)
        if devices:
            stages.append(stage.model_copy(update={"devices": devices}))
    if not stages:
        raise Conflict(
            "变更只涉及厂商设备，不能在孪生网络中演练",
            "、".join(plan.devices),
            "用 zhishou lab vendor up --stand-in 启动模拟设备后试做该变更",
        )
    found = tuple(one for one in plan.differences if one.device not in boxes)
    left = tuple(name for name in plan.unchanged if name not in boxes)
    update = {"stages": tuple(stages), "differences": found, "unchanged": left}
    return plan.model_copy(update=update)
