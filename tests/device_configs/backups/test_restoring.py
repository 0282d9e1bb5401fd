"""A copy becomes the tree that it was made of, or says which secret nobody has any more."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from device_configs.backups.linux import ATTRIBUTES, FILES
from device_configs.backups.redaction import Redaction
from device_configs.backups.repository import BackupRepository
from device_configs.backups.restoring import BackupSource
from device_configs.deploy.rendered import SECRETS, render_devices
from device_configs.deploy.seeds import prepare_state
from device_configs.render import Secrets, Tree
from device_configs.site import load_site
from ops_core.kernel.errors import NotFound

SITE = load_site(Path("inventory"))
AT = datetime(2026, 11, 29, tzinfo=UTC)
DEVICES = ("rt-b", "fwi-b", "core-a", "gap-a")


def copy_of(tree: Tree, redaction: Redaction) -> dict[str, str]:
    """As the backup of a device that has the tree holds it."""
    lines = [" ".join(tree.services)] + [
        f"{file.mode:04o} {file.owner} {file.service or '-'} {file.path}" for file in tree.files
    ]
    files = {FILES + file.path: redaction.linux(file.content) for file in tree.files}
    return files | {ATTRIBUTES: "\n".join(lines) + "\n", "running/frr": "x <secret:000000000000>\n"}


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("state")
    prepare_state(SITE, directory)
    return directory


def commit(state: Path, copies: dict[str, dict[str, str]]) -> str:
    repository = BackupRepository(state)
    with repository.writing():
        made = repository.commit(copies, "li.ming", "N-20261129-001", AT)
    assert made is not None
    return made.identifier


def test_copies_become_the_trees_they_were_made_of(state: Path) -> None:
    declared = render_devices(SITE, state, DEVICES).trees
    hidden = Secrets.load(state / SECRETS).hidden
    redaction = Redaction(BackupRepository(state).key(), hidden)
    copies = {name: copy_of(tree, redaction) for name, tree in declared.items()}
    revision = commit(state, copies)
    source = BackupSource(SITE, state, state)
    assert set(source.devices(revision[:8])) == set(DEVICES)
    found = source.trees(revision, DEVICES)
    assert found.refused == {}
    assert found.trees == declared
    assert set(hidden) <= set(found.masked)
    with pytest.raises(NotFound):
        source.trees(revision, ["log-a"])


def test_a_secret_that_nobody_has_any_more_refuses_its_device_alone(state: Path) -> None:
    declared = render_devices(SITE, state, DEVICES).trees
    key = BackupRepository(state).key()
    copies = {name: copy_of(tree, Redaction(key)) for name, tree in declared.items()}
    foreign = Redaction(key).linux("rocommunity somebody-elses\n")
    copies["rt-b"][f"{FILES}/etc/snmp/snmpd.conf"] = f"# two lines\n{foreign}"
    revision = commit(state, copies)
    found = BackupSource(SITE, state, state).trees(revision, DEVICES)
    assert set(found.refused) == {"rt-b"}
    assert "/etc/snmp/snmpd.conf, line 2" in found.refused["rt-b"]
    assert "somebody-elses" not in repr(found.refused)
    assert set(found.trees) == set(DEVICES) - {"rt-b"}
