"""The vendored browser libraries are what the lock file says."""

import hashlib

import pytest

from wallboard.static.vendor import VENDOR, IntegrityError, check, locked_packages


def test_every_vendored_file_is_locked() -> None:
    listed = {name for package in locked_packages() for name in package.files.values()}
    present = {path.name for path in VENDOR.iterdir()} - {"lock.json"}
    assert present == listed


def test_a_tarball_with_another_hash_is_refused() -> None:
    package = locked_packages()[0]
    with pytest.raises(IntegrityError, match=package.name):
        check(package, hashlib.sha512(b"not it").digest())
