"""A fault planted into the shipped declaration: a small patch, and who must name it.

A file of ``planted/`` says ``what`` is wrong; ``edits`` change the declaration (``file``, ``at``,
and ``set``, ``remove``, ``append`` or ``insert``), ``rendered`` the configurations made from it
(``replace`` ... ``by``; ``only: production`` spares the twin's). ``proof`` must name it, with
exactly the ``findings``; ``verdict`` is ``violated`` unless it says otherwise.

With a ``platform`` every device is of it, but for gates and voice gateways, which it has no words
for; its ``rendered`` faults stand in production only, because the twin is of another platform, and
what the proof of parity says of that stands under ``parity``.

``at`` is a path of keys; ``[name]`` picks the item of a list by its name, or by ``a--b``.
"""

import csv
import re
import shutil
from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict

from device_configs.proofs.parity import TWIN_PLATFORM
from device_configs.proofs.prove import Subject, subject_of
from device_configs.proofs.verdict import ProofVerdict
from device_configs.render import Tree
from device_configs.site import Site
from device_configs.site.faults import Faults
from device_configs.site.loader import build_site
from device_configs.site.reader import read_documents

SHIPPED = Path(__file__).parents[3] / "inventory"
PLANTED = Path(__file__).parent / "planted"


class Edit(BaseModel):
    model_config = ConfigDict(extra="forbid")

    file: str
    at: str
    set: Any = None
    remove: bool = False
    append: Any = None
    insert: Any = None


class Rewrite(BaseModel):
    model_config = ConfigDict(extra="forbid")

    device: str
    file: str
    replace: str
    by: str
    only: Literal["production", "both"] = "both"


class Planted(BaseModel):
    model_config = ConfigDict(extra="forbid")

    what: str
    platform: str = TWIN_PLATFORM
    edits: tuple[Edit, ...] = ()
    rendered: tuple[Rewrite, ...] = ()
    proof: str
    verdict: ProofVerdict = ProofVerdict.VIOLATED
    findings: tuple[str, ...] = ()
    parity: tuple[str, ...] = ()


def read_planted(file: Path) -> Planted:
    return Planted.model_validate(yaml.safe_load(file.read_text("utf-8")))


def subject_with(planted: Planted, folder: Path) -> Subject:
    """What is proved once the fault stands in a copy of the declaration below ``folder``."""
    if planted.edits:
        site = _site_with(planted, folder / "inventory")
        subject = subject_of(on_platform(site, planted.platform))
    else:
        subject = shipped_subject(planted.platform)
    trees, twin_trees = dict(subject.trees), dict(subject.twin_trees)
    for rewrite in planted.rendered:
        trees[rewrite.device] = _rewritten(trees[rewrite.device], rewrite)
        if rewrite.only == "both" and planted.platform == TWIN_PLATFORM:
            twin_trees[rewrite.device] = _rewritten(twin_trees[rewrite.device], rewrite)
    return replace(subject, trees=trees, twin_trees=twin_trees)


@cache
def shipped_site() -> Site:
    return _unchecked(SHIPPED)


@cache
def shipped_subject(platform: str = TWIN_PLATFORM) -> Subject:
    return subject_of(on_platform(shipped_site(), platform))


def on_platform(
    site: Site, platform: str, kept: Collection[str] = ("gate", "voice_gateway")
) -> Site:
    """The site with every device of one platform, but for the roles that keep theirs."""
    if platform == TWIN_PLATFORM:
        return site
    devices = {
        name: device
        if device.role.name in kept
        else device.model_copy(update={"platform": platform})
        for name, device in site.devices.items()
    }
    fields = {name: getattr(site, name) for name in Site.model_fields}
    return Site.model_construct(**fields | {"devices": devices})


def _site_with(planted: Planted, folder: Path) -> Site:
    shutil.copytree(SHIPPED, folder)
    for edit in planted.edits:
        _apply(edit, folder / edit.file)
    return _unchecked(folder)


def _unchecked(folder: Path) -> Site:
    """The site without the loader's own checks of meaning, so that a proof has to find the fault.

    Its form must be right: a patch that does not fit the documents is an error of the test.
    """
    faults = Faults()
    documents = read_documents(folder, faults)
    faults.raise_if_any()
    return build_site(documents)


def _apply(edit: Edit, file: Path) -> None:
    if file.suffix == ".csv":
        _apply_row(edit, file)
        return
    document = yaml.safe_load(file.read_text("utf-8"))
    *way, last = re.findall(r"[^.\[\]]+(?=\])|[^.\[\]]+", edit.at)
    target: Any = document
    for step in way:
        target = _item(target, step)
    if edit.remove:
        del target[_key(target, last)]
    elif edit.append is not None:
        _item(target, last).append(edit.append)
    elif edit.insert is not None:
        target.insert(_key(target, last), edit.insert)
    else:
        target[_key(target, last)] = edit.set
    file.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), "utf-8")


def _item(target: Any, step: str) -> Any:
    return target[_key(target, step)]


def _key(target: Any, step: str) -> Any:
    if isinstance(target, Mapping):
        return step
    if step.isdigit():
        return int(step)
    for index, item in enumerate(target):
        if step in (item.get("name"), f"{item.get('a')}--{item.get('b')}"):
            return index
    raise KeyError(step)


def _apply_row(edit: Edit, file: Path) -> None:
    """The row of a seat with what it has otherwise than its groups say."""
    rows: list[dict[str, str]] = []
    if file.exists():
        with file.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
    rows.append({"number": edit.at, **{name: str(value) for name, value in edit.set.items()}})
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with file.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)


def _rewritten(tree: Tree, rewrite: Rewrite) -> Tree:
    assert rewrite.replace in tree.file(rewrite.file).content, (rewrite.device, rewrite.replace)
    return replace(
        tree,
        files=tuple(
            replace(file, content=file.content.replace(rewrite.replace, rewrite.by, 1))
            if file.path == rewrite.file
            else file
            for file in tree.files
        ),
    )
