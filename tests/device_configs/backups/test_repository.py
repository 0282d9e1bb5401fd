"""The repository: what is committed, what two writers do, and damage that is found."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_configs.backups.model import differences
from device_configs.backups.repository import FOLDER, REPOSITORY, BackupRepository, Revision
from ops_core.kernel.errors import Conflict, DomainError, NotFound

AT = datetime(2026, 11, 29, 18, 30, tzinfo=UTC)
COPY = {"attributes": "frr\n", "files/etc/frr/frr.conf": "hostname rt-a\n", "running/frr": "值守\n"}


def committed(
    repository: BackupRepository, device: str, text: str, author: str = "li.ming"
) -> Revision:
    with repository.writing():
        done = repository.commit({device: COPY | {"running/frr": text}}, author, "D-1", AT)
    assert done is not None
    return done


def test_a_commit_bears_its_author_number_and_devices(tmp_path: Path) -> None:
    repository = BackupRepository(tmp_path)
    done = committed(repository, "rt-a", "值守\n", "李明 <x@y>\n")
    assert repository.revisions() == [done]
    assert (done.author, done.summary, done.devices, done.at) == (
        "李明  x@y", "D-1", ("rt-a",), AT,
    )  # fmt: skip
    assert repository.texts(done, "rt-a") == COPY


def test_what_is_not_different_makes_no_commit(tmp_path: Path) -> None:
    repository = BackupRepository(tmp_path)
    committed(repository, "rt-a", "one")
    with repository.writing():
        assert repository.commit({"rt-a": COPY | {"running/frr": "one"}}, "x", "D-2", AT) is None
    assert len(repository.revisions()) == 1


def test_a_device_that_was_not_read_keeps_its_copy(tmp_path: Path) -> None:
    repository = BackupRepository(tmp_path)
    committed(repository, "rt-a", "one")
    second = committed(repository, "rt-b", "two")
    assert repository.devices(second) == ("rt-a", "rt-b")
    assert repository.texts(second, "rt-a")["running/frr"] == "one"
    assert [r.devices for r in repository.revisions("rt-a")] == [("rt-a",)]


def test_git_itself_finds_it_in_order(tmp_path: Path) -> None:
    repository = BackupRepository(tmp_path)
    for number in range(3):
        committed(repository, "rt-a", f"{number}")
    done = subprocess.run(
        ["git", "-C", str(tmp_path / FOLDER / REPOSITORY), "fsck", "--strict"],
        capture_output=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, b"")


def test_a_second_writer_is_refused_and_others_may_read(tmp_path: Path) -> None:
    repository = BackupRepository(tmp_path)
    committed(repository, "rt-a", "one")
    with repository.writing(), pytest.raises(Conflict), BackupRepository(tmp_path).writing():
        pass
    assert len(repository.revisions()) == 1


def test_objects_that_no_reference_reaches_are_no_revision(tmp_path: Path) -> None:
    """What a process leaves that is killed before the reference moves."""
    repository = BackupRepository(tmp_path)
    first = committed(repository, "rt-a", "one")
    second = committed(repository, "rt-a", "two")
    head = tmp_path / FOLDER / REPOSITORY / "refs/heads/main"
    head.write_text(first.identifier + "\n")
    assert repository.revisions() == [first]
    again = committed(repository, "rt-a", "two")
    assert again.devices == second.devices
    assert repository.check() > 0


def test_a_damaged_object_is_named(tmp_path: Path) -> None:
    repository = BackupRepository(tmp_path)
    committed(repository, "rt-a", "one")
    objects = sorted((tmp_path / FOLDER / REPOSITORY / "objects").glob("??/*"))
    objects[0].chmod(0o600)
    objects[0].write_bytes(b"damage")
    with pytest.raises(DomainError, match="备份已损坏"):
        repository.check()


def test_a_revision_is_named_by_its_beginning_and_by_nothing_shorter(tmp_path: Path) -> None:
    repository = BackupRepository(tmp_path)
    with pytest.raises(NotFound):
        repository.check()
    assert repository.revisions() == []
    done = committed(repository, "rt-a", "one")
    assert repository.revision(done.identifier[:8]) == done == repository.revision(None)
    for given_name in ("", done.identifier[:3], "zzzz"):
        with pytest.raises(NotFound):
            repository.revision(given_name)
    with pytest.raises(NotFound):
        repository.texts(done, "rt-b")


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    first = BackupRepository(tmp_path).key()
    assert BackupRepository(tmp_path).key() == first
    assert len(first) == 32
    assert (tmp_path / FOLDER / "digest.key").stat().st_mode & 0o077 == 0


_texts = st.dictionaries(st.sampled_from(["attributes", "files/etc/a", "running/frr"]), st.text())


@given(_texts, _texts)
def test_there_is_a_difference_exactly_where_lines_differ(
    before: dict[str, str], after: dict[str, str]
) -> None:
    assert differences(before, before) == ""
    lines = lambda copy: {path: text.splitlines() for path, text in copy.items()}  # noqa: E731
    if lines(before) == lines(after):
        assert differences(before, after) == ""
    elif {p: t for p, t in lines(before).items() if t} != {
        p: t for p, t in lines(after).items() if t
    }:
        assert differences(before, after) != ""
