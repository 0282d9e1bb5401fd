"""The pages a reader may go to, in the menu's order; he starts at the first of them (pure)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ops_core.kernel.i18n import Language, Message, translate
from ops_core.kernel.permissions import Permission


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """A page of the menu; ``key`` follows ``g`` on the keyboard."""

    href: str
    key: str
    word: Message
    permission: Permission


@dataclass(frozen=True, slots=True)
class ShownEntry:
    """A page of one reader's menu, its word in his language."""

    href: str
    key: str
    word: str
    permission: Permission


def menu_of(
    entries: Iterable[MenuEntry], may: Callable[[Permission], bool], language: Language
) -> tuple[ShownEntry, ...]:
    """What somebody may see who ``may`` do this and that; empty for a program, say."""
    return tuple(
        ShownEntry(entry.href, entry.key, translate(entry.word, language), entry.permission)
        for entry in entries
        if may(entry.permission)
    )
