"""Fetch the vendored browser libraries: ``python -m wallboard.static.vendor``.

Versions, files and npm integrity hashes stand in ``vendor/lock.json``; a tarball whose SHA-512
differs is refused. The files are committed, so neither building nor running needs the registry.
"""

import base64
import hashlib
import io
import json
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

import httpx

VENDOR = Path(__file__).parent / "vendor"
REGISTRY = "https://registry.npmjs.org"


@dataclass(frozen=True, slots=True)
class Package:
    """``files`` maps names in the tarball to names in the vendor folder."""

    name: str
    version: str
    integrity: str
    license: str
    files: dict[str, str]

    @property
    def address(self) -> str:
        return f"{REGISTRY}/{self.name}/-/{self.name}-{self.version}.tgz"


class IntegrityError(Exception):
    """What the registry sent is not what was locked."""


def locked_packages() -> list[Package]:
    """The contents of ``vendor/lock.json``."""
    return [Package(**entry) for entry in json.loads((VENDOR / "lock.json").read_text())]


def check(package: Package, tarball: bytes) -> None:
    """Raises :class:`IntegrityError` unless the tarball has the locked SHA-512."""
    found = "sha512-" + base64.b64encode(hashlib.sha512(tarball).digest()).decode()
    if found != package.integrity:
        raise IntegrityError(f"{package.name} {package.version}: {found}, not {package.integrity}")


def unpack(package: Package, tarball: bytes, target: Path = VENDOR) -> None:
    """Write the listed files of a checked tarball."""
    check(package, tarball)
    with tarfile.open(fileobj=io.BytesIO(tarball), mode="r:gz") as archive:
        for inside, name in package.files.items():
            member = archive.extractfile(f"package/{inside}")
            if member is None:
                raise IntegrityError(f"{package.name} {package.version} has no file {inside}")
            (target / name).write_bytes(member.read())


def main() -> int:
    for package in locked_packages():
        answer = httpx.get(package.address, timeout=60).raise_for_status()
        unpack(package, answer.content)
        sys.stdout.write(f"{package.name} {package.version}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
