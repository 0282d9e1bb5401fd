"""Running against declared, device by device: the question, and what its answer says; pure."""

import difflib
import hashlib
import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from device_configs.backups.running import steady_ruleset
from device_configs.compliance.frr_lines import frr_difference
from device_configs.deploy.sections import ShellSection
from device_configs.render.tree import RenderedFile, Tree

MANIFEST = "/var/lib/device-configuration/files.json"
FRR_FILE, RULES_FILE = "/etc/frr/frr.conf", "/etc/nftables.conf"


class DriftState(StrEnum):
    EQUAL = "equal"
    DRIFTED = "drifted"
    UNKNOWN = "unknown"
    """It could not be asked, or not all of it could be compared."""


class DifferenceKind(StrEnum):
    MISSING = "missing"
    CONTENT = "content"
    ATTRIBUTES = "attributes"
    """Mode or owner."""
    LEFT_OVER = "left_over"
    """A file that an earlier declaration brought and this one no longer has."""
    RUNNING = "running"
    """The files are as declared, and a daemon or the kernel runs with something else."""


@dataclass(frozen=True, slots=True)
class ConfigurationDifference:
    """One thing that is otherwise. ``what`` is a path or what runs; ``text`` a redacted diff;
    ``at`` when the file was changed, as the device says."""

    what: str
    kind: DifferenceKind
    text: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeviceComparison:
    """What one check says of a device; ``problem`` says why it is unknown."""

    device: str
    differences: tuple[ConfigurationDifference, ...] = ()
    problem: str = ""

    @property
    def state(self) -> DriftState:
        """A difference is one even where something else could not be compared."""
        if self.differences:
            return DriftState.DRIFTED
        return DriftState.UNKNOWN if self.problem else DriftState.EQUAL


def questions_of(tree: Tree) -> dict[str, str]:
    """What to ask a device: hashes of its files, and what its daemons and the kernel run with."""
    paths = shlex.join(file.path for file in tree.files)
    found = {
        "sums": f"sha256sum -- {paths}; true",
        "attributes": f"stat -L -c '%a %U %Y %n' -- {paths}; true",
        "manifest": f"[ ! -e {MANIFEST} ] || cat {MANIFEST}",
        "accepted": "grep -hE 'sshd.* Accepted ' /var/log/syslog /var/log/auth.log "
        '/var/log/secure /var/log/audit/"$(hostname)".log | tail -n 500; true',
    }
    if "frr" in tree.services:
        found["frr"] = "vtysh -c 'show running-config'"
    if "nftables" in tree.services:
        # The declared rules as the kernel itself writes them: taken in and listed apart.
        found["rules"] = f"unshare -n sh -c 'nft -f {RULES_FILE} && nft -s list ruleset'"
        found["ruleset"] = "nft -s list ruleset"
    return found


def compared(tree: Tree, sections: Mapping[str, ShellSection]) -> DeviceComparison:
    """What the answer says. Raises KeyError for a section that is missing."""
    sums = dict(_sums(sections["sums"].text))
    attributes = dict(_attributes(sections["attributes"].text))
    differences = [
        difference
        for file in tree.files
        for difference in _file(file, sums.get(file.path), attributes.get(file.path))
    ]
    problems: list[str] = []
    manifest = sections["manifest"]
    try:
        brought = json.loads(manifest.text or "{}") if manifest.status == 0 else None
    except ValueError:
        brought = None
    if isinstance(brought, dict):
        declared = {file.path for file in tree.files}
        differences += [
            ConfigurationDifference(path, DifferenceKind.LEFT_OVER)
            for path in sorted(brought.keys() - declared)
        ]
    else:
        problems.append("the list of deployed files cannot be read")
    changed = {difference.what for difference in differences}
    for name, path in (("frr", FRR_FILE), ("nftables", RULES_FILE)):
        if name in tree.services and path not in changed:
            text = _running(name, tree, sections)
            if text is None:
                problems.append(f"what {name} runs with cannot be compared")
            elif text:
                differences.append(ConfigurationDifference(name, DifferenceKind.RUNNING, text))
    return DeviceComparison(tree.device, tuple(differences), "; ".join(problems))


def _running(name: str, tree: Tree, sections: Mapping[str, ShellSection]) -> str | None:
    """The difference between the deployed file and what runs; None where it cannot be known."""
    if name == "frr":
        frr = sections["frr"]
        if frr.status != 0 or not frr.output.strip():
            return None
        return frr_difference(tree.file(FRR_FILE).content, frr.text)
    declared, running = sections["rules"], sections["ruleset"]
    if declared.status != 0 or running.status != 0:
        return None
    before = steady_ruleset(declared.text).splitlines(keepends=True)
    after = steady_ruleset(running.text).splitlines(keepends=True)
    return "".join(list(difflib.unified_diff(before, after, n=1))[2:])


def _file(
    file: RenderedFile, found: str | None, attributes: tuple[str, str, datetime] | None
) -> Iterator[ConfigurationDifference]:
    if found is None or attributes is None:
        yield ConfigurationDifference(file.path, DifferenceKind.MISSING)
        return
    mode, owner, at = attributes
    if found != hashlib.sha256(file.content.encode()).hexdigest():
        yield ConfigurationDifference(file.path, DifferenceKind.CONTENT, "", at)
    elif (mode, owner) != (f"{file.mode:o}", file.owner):
        text = f"-{file.mode:o} {file.owner}\n+{mode} {owner}\n"
        yield ConfigurationDifference(file.path, DifferenceKind.ATTRIBUTES, text)


def _sums(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        digest, blank, path = line.partition("  ")
        if blank and len(digest) == 64:
            yield path, digest


def _attributes(text: str) -> Iterator[tuple[str, tuple[str, str, datetime]]]:
    for line in text.splitlines():
        words = line.split(" ", 3)
        if len(words) == 4 and words[2].isdecimal():
            yield words[3], (words[0], words[1], datetime.fromtimestamp(int(words[2]), UTC))
