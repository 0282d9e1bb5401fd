"""The pages a reader may go to, in the menu's order; he starts at the first of them (pure)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from ops_core.kernel.i18n import Language, Message, message, translate
from ops_core.kernel.permissions import Permission

MOST_IN_A_ROW = 8
"""A menu of so many pages stands in one row; more are put under the headings of their tasks."""


class MenuGroup(Enum):
    """What people come for, in the menu's order; pages of the start stand by themselves."""

    START = message("总览")
    SITE = message("现场")
    HOTLINE = message("热线")
    NETWORK = message("网络")
    ASSESSMENT = message("考核与台账")
    ADMINISTRATION = message("管理")


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """A page of the menu; ``key`` follows ``g`` on the keyboard."""

    href: str
    key: str
    word: Message
    permission: Permission
    group: MenuGroup


@dataclass(frozen=True, slots=True)
class ShownEntry:
    """A page of one reader's menu, its word in his language."""

    href: str
    key: str
    word: str
    permission: Permission
    group: MenuGroup


@dataclass(frozen=True, slots=True)
class ShownGroup:
    """Pages under one heading; without a word they stand in the row themselves."""

    word: str
    entries: tuple[ShownEntry, ...]


def menu_of(
    entries: Iterable[MenuEntry], may: Callable[[Permission], bool], language: Language
) -> tuple[ShownEntry, ...]:
    """What somebody may see who ``may`` do this and that; empty for a program, say."""
    return tuple(
        ShownEntry(
            entry.href, entry.key, translate(entry.word, language), entry.permission, entry.group
        )
        for entry in entries
        if may(entry.permission)
    )


def grouped(menu: Sequence[ShownEntry], language: Language) -> tuple[ShownGroup, ...]:
    """The menu as it stands at the head of a page: a row if it is short, else by tasks.

    A page that is alone under its heading stands in the row.
    """
    if len(menu) <= MOST_IN_A_ROW:
        return (ShownGroup("", tuple(menu)),)
    found = ((group, tuple(e for e in menu if e.group is group)) for group in MenuGroup)
    return tuple(
        ShownGroup(translate(group.value, language) if len(entries) > 1 else "", entries)
        for group, entries in found
        if entries
    )
