"""What a Linux device's files say of redirects, and of sources that nobody outside has."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network

from device_configs.proofs.filters.spans import Interval, intervals
from device_configs.proofs.readers.nft_text import Chain, NftTable, read_tables
from device_configs.render.tree import Tree

_RULESET = "/etc/nftables.conf"
_SYSCTL_CONF = "/etc/sysctl.conf"
_SYSCTL_FILE = re.compile(r"/etc/sysctl\.conf|/etc/sysctl\.d/[^/]+\.conf")
_SETTING = re.compile(r"^-?net[./](ipv4|ipv6)[./]conf[./](\S+?)\s*=\s*(\S+)$")
_DROP = re.compile(r"iifname \{ ([^}]*) \} ip saddr @(\S+) counter drop")
_LETS_IN = re.compile(r"\b(accept|jump|goto|vmap)\b")


@dataclass(frozen=True)
class KernelSetting:
    """One setting of an interface, as the last file that says it has it; ``family`` is ``ipv4`` or
    ``ipv6``, ``scope`` is ``all``, ``default`` or an interface."""

    family: str
    scope: str
    name: str
    value: str
    file: str


@dataclass(frozen=True)
class SourceDrop:
    """Packets of these sources are dropped as they come in by a port, before anything else."""

    hook: str
    port: str
    sources: tuple[Interval, ...]


def kernel_settings(tree: Tree) -> tuple[KernelSetting, ...]:
    """What the kernel is told as it starts: by ``/etc/sysctl.d/*.conf`` in the order of names, and
    by ``/etc/sysctl.conf`` behind them (sysctl.d(5), Debian)."""
    found: dict[tuple[str, str, str], KernelSetting] = {}
    loaded = [file for file in tree.files if _SYSCTL_FILE.fullmatch(file.path)]
    for file in sorted(loaded, key=lambda file: (file.path == _SYSCTL_CONF, file.path)):
        for setting in _settings(file.path, file.content):
            found[setting.family, setting.scope, setting.name] = setting
    return tuple(found.values())


def _settings(path: str, text: str) -> Iterator[KernelSetting]:
    for line in text.splitlines():
        found = _SETTING.match(line.strip())
        if found is not None:
            scope, _, name = found[2].replace("/", ".").rpartition(".")
            yield KernelSetting(found[1], scope, name, found[3], path)


def source_drops(tree: Tree) -> tuple[SourceDrop, ...]:
    """Drops by source that nothing of their chain comes before; raises KeyError without the file,
    ValueError for a text that is not read."""
    tables = read_tables(tree.file(_RULESET).content)
    chains = [(table, chain) for table in tables for chain in table.chains.values()]
    return tuple(
        drop
        for table, chain in chains
        if chain.hook in ("forward", "input")
        for drop in _drops(table, chain)
    )


def _drops(table: NftTable, chain: Chain) -> Iterator[SourceDrop]:
    for line in chain.lines:
        found = _DROP.fullmatch(line)
        if found is not None:
            prefixes = (IPv4Network(element) for element in table.sets[found[2]])
            held = tuple(intervals(prefixes))
            yield from (SourceDrop(chain.hook, p, held) for p in re.findall(r'"([^"]+)"', found[1]))
        elif _LETS_IN.search(line):
            return
