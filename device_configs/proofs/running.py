"""What devices run, from files, in the place of what is rendered for them."""

from dataclasses import replace
from pathlib import Path

from device_configs.proofs.prove import Subject
from device_configs.proofs.renderings import CONFIGURATION
from device_configs.render import Tree
from device_configs.render.families import families
from device_configs.render.tree import RenderedFile
from ops_core.kernel.errors import Invalid, NotFound
from ops_core.kernel.i18n import message


def with_running(subject: Subject, folder: Path) -> Subject:
    """The subject with the texts of a folder, ``DEVICE.cfg`` of a box, ``DEVICE/etc/...`` of Linux.

    A device that the folder does not hold has no text, and what is asked of it is unknown.

    Raises NotFound without the folder, Invalid for a file that cannot be read as UTF-8 text.
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
        found = _box(device, folder) if platform in families() else _linux(device, folder)
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


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(
            "无法读取运行配置",
            message("{file}：{error}", file=str(file), error=str(error)),
            "请以UTF-8文本保存该文件",
        ) from error
