"""The configuration of a Linux device as it has it: its files, and what its daemons run with."""

import io
import shlex
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass

from device_configs.backups.redaction import Redaction
from device_configs.backups.running import steady_frr, steady_ruleset
from device_configs.deploy.sections import AnswerBroken, ShellSection
from device_configs.render.tree import RenderedFile, Tree

LARGEST_FILE = 4 * 1024 * 1024
FILES, ATTRIBUTES, RUNNING = "files", "attributes", "running"
RUNNING_COMMANDS: Mapping[str, str] = {
    "frr": "[ -s /run/frr/zebra.pid ] && vtysh -c 'show running-config'",
    "nftables": "nft -s list ruleset",
}
"""By the service whose daemon, or whose part of the kernel, runs with it."""
_STEADY = {"frr": steady_frr, "nftables": steady_ruleset}


@dataclass(frozen=True, slots=True)
class FileOnDevice:
    """A file as the device has it; ``mode`` as in :class:`RenderedFile`."""

    content: str
    mode: int
    owner: str


def commands_of(tree: Tree) -> dict[str, str]:
    """What to run on the device: one archive of its files, and what its services run with."""
    paths = " ".join(shlex.quote(file.path.lstrip("/")) for file in tree.files)
    running = {name: RUNNING_COMMANDS[name] for name in tree.services if name in RUNNING_COMMANDS}
    return {FILES: f"tar -C / -chf - --ignore-failed-read -- {paths}"} | running


def read_files(section: ShellSection) -> dict[str, FileOnDevice]:
    """The files of the archive by their path. Raises :class:`AnswerBroken`."""
    found: dict[str, FileOnDevice] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(section.output)) as archive:
            for member in archive:
                if not member.isfile():
                    continue
                if member.size > LARGEST_FILE:
                    raise AnswerBroken(f"/{member.name} is larger than a configuration file")
                content = archive.extractfile(member)
                text = b"" if content is None else content.read()
                found[f"/{member.name}"] = FileOnDevice(
                    text.decode("utf-8", errors="replace"), member.mode, member.uname
                )
    except (tarfile.TarError, EOFError) as error:
        raise AnswerBroken(f"the archive of its files is damaged: {error}") from error
    return found


def copy_of(
    tree: Tree, sections: Mapping[str, ShellSection], redaction: Redaction
) -> dict[str, str]:
    """The redacted texts of a device by their path in its folder. Raises :class:`AnswerBroken`.

    ``attributes`` has what a restoration needs beside the texts: the services in their order, then
    ``mode owner service path`` of each file (``-`` for no service).
    """
    files = read_files(sections[FILES])
    if not files:
        raise AnswerBroken("it has none of the files that are deployed to it")
    copy = {FILES + path: redaction.linux(file.content) for path, file in files.items()}
    service_of = {file.path: file.service for file in tree.files}
    lines = [" ".join(tree.services)] + [
        f"{file.mode:04o} {file.owner} {service_of.get(path) or '-'} {path}"
        for path, file in sorted(files.items())
    ]
    copy[ATTRIBUTES] = "".join(f"{line}\n" for line in lines)
    for name, steady in _STEADY.items():
        section = sections.get(name)
        if section is not None and section.status == 0:
            copy[f"{RUNNING}/{name}"] = redaction.linux(steady(section.text))
    return copy


def tree_of(device: str, copy: Mapping[str, str], redaction: Redaction) -> Tree:
    """The tree of a copy, its secrets put in again.

    Raises :class:`SecretUnknown` for a secret that nobody has any more, and ValueError for a copy
    that is no Linux device's.
    """
    services, *lines = copy[ATTRIBUTES].splitlines()
    files = []
    for line in lines:
        mode, owner, service, path = line.split(" ", 3)
        content = redaction.with_secrets(copy[FILES + path])
        files.append(
            RenderedFile(path, content, int(mode, 8), owner, None if service == "-" else service)
        )
    return Tree(device, tuple(files), tuple(services.split()))
