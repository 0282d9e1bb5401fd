"""Which reader reads which platform."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from device_configs.proofs.facts import Facts, Surroundings, Unreadable
from device_configs.proofs.filters.packet_filter import PacketFilter
from device_configs.proofs.readers import comware, vrp
from device_configs.proofs.readers.blocks import Block, read_blocks
from device_configs.proofs.readers.box import BoxText, PolicyText
from device_configs.proofs.readers.box_facts import facts_of
from device_configs.proofs.readers.box_filter import filter_of, protection_of
from device_configs.proofs.readers.box_hardening import hardened_lines, read_eos_hardening
from device_configs.proofs.readers.lines_in_force import LinesInForce
from device_configs.proofs.readers.linux import (
    named_linux_filter,
    read_linux,
    read_linux_filter,
    read_linux_filter_of_ipv6,
)
from device_configs.proofs.readers.linux_protection import read_linux_protection
from device_configs.proofs.readers.nft_names import NamedText, say_the_same
from device_configs.proofs.readers.nft_other_family import DualStack
from device_configs.proofs.readers.protection_text import ProtectionText
from device_configs.render.tree import Tree


@dataclass(frozen=True)
class PlatformReader:
    """What reads the trees of a platform; either raises KeyError, ValueError or IndexError."""

    facts: Callable[[Tree, Surroundings], Facts]
    packet_filter: Callable[[Tree, Facts, Surroundings], PacketFilter]
    named: Callable[[Tree, Facts, Mapping[str, str]], NamedText] | None = None
    """The text of the filter, where two can be held against each other without being read."""
    protection: Callable[[Tree, Surroundings], ProtectionText] | None = None
    lines: Callable[[Tree], LinesInForce] | None = None
    """The lines that hardening is about, where they are words of a box."""
    policy: Callable[[Tree], PolicyText | None] | None = None
    filter_of_ipv6: Callable[[Tree, Facts, Surroundings, DualStack], PacketFilter] | None = None


def _box(family: str, read: Callable[[list[Block]], BoxText]) -> PlatformReader:
    """A reader of boxes, whose tree is one text; several proofs ask for the same one.

    Lines in force are known of a text whose meaning the proofs of forwarding do not understand.
    """

    @lru_cache(maxsize=4_096)
    def read_once(tree: Tree) -> tuple[LinesInForce, BoxText | Exception]:
        (file,) = tree.files
        blocks = read_blocks(family, file.content, tree.device)
        lines = hardened_lines(family, blocks)
        try:
            return lines, read(blocks)
        except (KeyError, ValueError, IndexError) as error:
            return lines, error.with_traceback(None)

    def text_of(tree: Tree) -> BoxText:
        _, found = read_once(tree)
        if isinstance(found, Exception):
            raise found
        return found

    return PlatformReader(
        lines=lambda tree: read_once(tree)[0],
        policy=lambda tree: text_of(tree).policy,
        facts=lambda tree, around: facts_of(tree.device, text_of(tree), around),
        packet_filter=lambda tree, _, around: filter_of(text_of(tree), around),
        protection=lambda tree, around: protection_of(text_of(tree), around),
    )


READERS: Mapping[str, PlatformReader] = {
    "frr": PlatformReader(
        read_linux,
        read_linux_filter,
        named_linux_filter,
        read_linux_protection,
        filter_of_ipv6=read_linux_filter_of_ipv6,
    ),
    vrp.FAMILY: _box(vrp.FAMILY, vrp.read_vrp),
    comware.FAMILY: _box(comware.FAMILY, comware.read_comware),
}

NOWHERE = Surroundings()


def read_facts(platform: str, tree: Tree, around: Surroundings = NOWHERE) -> Facts:
    """The facts of one device's tree; raises :class:`Unreadable`."""
    reader = _reader(platform)
    try:
        return reader.facts(tree, around)
    except (KeyError, ValueError, IndexError) as error:
        raise Unreadable(f"its rendering cannot be read back ({error})") from error


def read_filter(
    platform: str, tree: Tree, facts: Facts, around: Surroundings = NOWHERE
) -> PacketFilter:
    """What the device's packet filter decides; raises :class:`Unreadable`."""
    reader = _reader(platform)
    try:
        return reader.packet_filter(tree, facts, around)
    except (KeyError, ValueError, IndexError) as error:
        raise Unreadable(f"its packet filter cannot be read back ({error})") from error


def read_filter_of_ipv6(
    platform: str, tree: Tree, facts: Facts, around: Surroundings, dual_stack: DualStack
) -> PacketFilter:
    """What it decides about packets of IPv6 between hosts with an address in either family, in
    their numbers in IPv4; raises :class:`Unreadable`."""
    read = _reader(platform).filter_of_ipv6
    if read is None:
        raise Unreadable(f"nothing reads what platform {platform!r} decides about IPv6")
    try:
        return read(tree, facts, around, dual_stack)
    except (KeyError, ValueError, IndexError) as error:
        raise Unreadable(f"its packet filter of IPv6 cannot be read back ({error})") from error


def read_protection(platform: str, tree: Tree, around: Surroundings = NOWHERE) -> ProtectionText:
    """What the device inspects, limits and defends; raises :class:`Unreadable`."""
    reader = _reader(platform)
    if reader.protection is None:
        raise Unreadable(f"nothing reads what platform {platform!r} protects")
    try:
        return reader.protection(tree, around)
    except (KeyError, ValueError, IndexError) as error:
        raise Unreadable(f"what it protects cannot be read back ({error})") from error


def read_hardened_lines(platform: str, tree: Tree) -> LinesInForce:
    """The lines that hardening is about; raises :class:`Unreadable`."""
    read = _LINES.get(platform)
    if read is None:
        raise Unreadable(f"nothing reads the hardening of platform {platform!r} back")
    try:
        return read(tree)
    except (KeyError, ValueError, IndexError) as error:
        raise Unreadable(f"its hardening cannot be read back ({error})") from error


def read_policy(platform: str, tree: Tree) -> PolicyText | None:
    """The security policy of a box, None for one without zones; raises :class:`Unreadable`."""
    reader = _reader(platform)
    if reader.policy is None:
        raise Unreadable(f"nothing reads the security policy of platform {platform!r} back")
    try:
        return reader.policy(tree)
    except (KeyError, ValueError, IndexError) as error:
        raise Unreadable(f"its security policy cannot be read back ({error})") from error


_LINES: Mapping[str, Callable[[Tree], LinesInForce]] = {
    **{name: reader.lines for name, reader in READERS.items() if reader.lines is not None},
    "arista_eos": read_eos_hardening,
}
"""EOS has no reader of what it forwards; which of its lines are in force is read all the same."""

Held = tuple[Tree, Facts, Mapping[str, str]]
"""A device's tree, what was read back from it, and what its data ports stand for."""


def filter_alike(platform: str, one: Held, other: Held) -> bool:
    """Whether one packet filter certainly decides as the other, about the ports that stand for the
    same; False says nothing."""
    named = _reader(platform).named
    try:
        return named is not None and say_the_same(named(*one), named(*other))
    except KeyError:
        return False


def _reader(platform: str) -> PlatformReader:
    if platform not in READERS:
        raise Unreadable(f"nothing reads the rendering of platform {platform!r} back")
    return READERS[platform]
