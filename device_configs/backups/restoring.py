"""What devices had as of a backup, as trees that a change can bring to them again.

The repository holds digests in the place of secrets. Their values are those of the installation
(``secrets.json``) and those that the declaration renders; a copy with another one is refused.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from device_configs.backups.linux import tree_of
from device_configs.backups.redaction import Redaction, SecretUnknown
from device_configs.backups.repository import BackupRepository
from device_configs.deploy.rendered import SECRETS, RenderedTrees, render_devices
from device_configs.render import Secrets, Tree
from device_configs.site.model import Site

SHORTEST_MASKED = 4
"""Shorter values are words that stand behind a word like ``password``, and no secrets."""


@dataclass(frozen=True)
class BackupSource:
    """Where copies and the values of their secrets come from. ``backups`` is the state directory
    with the repository, ``state_directory`` that with the secrets: a rehearsal has its own."""

    site: Site
    backups: Path
    state_directory: Path

    def revision(self, begin: str) -> str:
        """The whole identifier of a revision. Raises NotFound, Invalid for a begin too short."""
        return BackupRepository(self.backups).revision(begin).identifier

    def devices(self, revision: str) -> tuple[str, ...]:
        """Deployed devices that the revision holds; in declaration order."""
        repository = BackupRepository(self.backups)
        held = set(repository.devices(repository.revision(revision)))
        return tuple(device.name for device in self.site.deployed if device.name in held)

    def trees(self, revision: str, devices: Sequence[str]) -> RenderedTrees:
        """The tree of each device as of the revision, its secrets put in again.

        A device whose copy names a secret that nobody has, or cannot be read, is among the refused
        with the reason; NotFound for one that the revision does not hold.
        """
        repository = BackupRepository(self.backups)
        found = repository.revision(revision)
        redaction = Redaction(repository.key(), Secrets.load(self.state_directory / SECRETS).hidden)
        for tree in render_devices(self.site, self.state_directory, devices).trees.values():
            for file in tree.files:
                redaction.linux(file.content)
        trees: dict[str, Tree] = {}
        refused: dict[str, str] = {}
        for name in devices:
            copy = repository.texts(found, name)
            if unknown := tuple(unknown_secrets(copy, redaction)):
                refused[name] = "; ".join(unknown)
                continue
            try:
                trees[name] = tree_of(name, copy, redaction)
            except (KeyError, ValueError) as error:
                refused[name] = f"the copy cannot be read: {error}"
        seen = {value for value in redaction.seen.values() if len(value) >= SHORTEST_MASKED}
        return RenderedTrees(trees, refused, tuple(sorted(seen)))


def unknown_secrets(copy: Mapping[str, str], redaction: Redaction) -> Iterator[str]:
    """Which files of a copy, and which line, hold a secret that nobody has any more."""
    for path, text in copy.items():
        try:
            redaction.with_secrets(text)
        except SecretUnknown as unknown:
            if path.startswith("files/"):
                name = path.removeprefix("files")
                yield f"{name}, line {unknown.args[0]}: nobody has this secret any more"
