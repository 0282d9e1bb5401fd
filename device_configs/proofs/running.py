"""What devices run, from files, in the place of what is rendered for them."""

from dataclasses import replace
from pathlib import Path

from device_configs.proofs.prove import Subject
from device_configs.proofs.renderings import CONFIGURATION
from device_configs.render import Tree
from device_configs.render.families import families
from device_configs.render.tree import RenderedFile
from device_configs.site.encodings import decode
from ops_core.kernel.errors import NotFound
from ops_core.kernel.i18n import message


def with_running(subject: Subject, folder: Path) -> Subject:
    """The subject with the texts of a folder, ``DEVICE.cfg`` of a box, ``DEVICE/etc/...`` of Linux.

    A device that the folder does not hold, or of which a file cannot be read, has no text, and what
    is asked of it is unknown. Raises NotFound without the folder.
    """
    if not folder.is_dir():
        raise NotFound(
            "没有这个文件夹",
            message("找不到 {folder}。", folder=str(folder)),
            "请给出存放设备运行配置的文件夹",
        )
    trees: dict[str, Tree] = {}
    failed = dict(subject.failed)
    for device in subject.trees:
        platform = subject.site.devices[device].platform
        read = _box if platform in families() else _linux
        try:
            found = read(device, folder)
        except _Unreadable as unreadable:
            failed[device] = str(unreadable)
            continue
        if found is None:
            failed[device] = f"{folder} holds nothing that it runs"
        else:
            trees[device] = found
    return replace(subject, trees=trees, failed=failed)


def _box(device: str, folder: Path) -> Tree | None:
    file = folder / f"{device}.cfg"
    if not file.is_file():
        return None
    return Tree(device, (RenderedFile(CONFIGURATION, _text(file)),), ())


def _linux(device: str, folder: Path) -> Tree | None:
    root = folder / device
    files = sorted(file for file in root.rglob("*") if file.is_file())
    texts = (RenderedFile(f"/{file.relative_to(root)}", _text(file)) for file in files)
    return Tree(device, tuple(texts), ()) if files else None


class _Unreadable(Exception):
    """args: the file, and why it cannot be read."""


def _text(file: Path) -> str:
    """As a device's text is saved: UTF-8, or GBK from a Chinese Windows."""
    try:
        decoded = decode(file.read_bytes(), reads_gbk=True)
    except OSError as error:
        raise _Unreadable(f"{file.name}: {error.strerror}") from error
    if decoded.problem:
        raise _Unreadable(f"{file.name}: {decoded.problem}; {decoded.remedy}")
    return decoded.text
