"""The menu by tasks: every page once, a short one in a row, one alone under no heading."""

import re

import httpx
import pytest

from ops_core.kernel.i18n import Language, translate
from ops_core.kernel.permissions import PERMISSIONS, PROGRAM_ROLES, Role
from tests.wallboard.conftest import sign_in
from tests.wallboard.serve import Served
from wallboard.areas import AREAS, areas_of
from wallboard.menu import MOST_IN_A_ROW, MenuEntry, MenuGroup, ShownEntry, grouped, menu_of

ENTRIES = tuple(entry for area in AREAS for entry in area.entries)


def menu(role: Role, language: Language) -> tuple[ShownEntry, ...]:
    return menu_of(ENTRIES, lambda permission: permission in PERMISSIONS[role], language)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("role", Role)
def test_every_page_of_a_role_stands_once_under_the_heading_of_its_task(
    role: Role, language: Language
) -> None:
    pages = menu(role, language)
    groups = grouped(pages, language)
    assert sorted(entry.href for group in groups for entry in group.entries) == sorted(
        entry.href for entry in pages
    )
    headings = [group.word for group in groups if group.word]
    assert len(headings) == len(set(headings))
    assert len(pages) > MOST_IN_A_ROW or not headings
    for group in groups:
        assert not group.word or (
            len(group.entries) > 1 and len({e.group for e in group.entries}) == 1
        )


def test_a_long_menu_has_as_many_entries_in_its_row_as_a_short_one_at_most() -> None:
    groups = grouped(menu(Role.SUPERVISOR, Language.CHINESE), Language.CHINESE)
    row = sum(1 if group.word else len(group.entries) for group in groups)
    assert row <= MOST_IN_A_ROW
    assert groups[0].entries[0].href == "/wall"


@pytest.mark.parametrize("language", Language)
def test_no_word_of_the_menu_stands_twice(language: Language) -> None:
    groups = [translate(one.value, language) for one in MenuGroup if one is not MenuGroup.START]
    words = groups + [translate(one.word, language) for one in ENTRIES]
    assert sorted(set(words)) == sorted(words)


@pytest.mark.usefixtures("day")
async def test_a_page_is_titled_by_the_word_that_led_to_it(
    stranger: httpx.AsyncClient, served: Served
) -> None:
    """In both languages, for every page of the menu, by somebody who may see it."""
    otherwise = []
    asked: set[str] = set()
    for role in Role:
        if role in PROGRAM_ROLES:
            continue
        await sign_in(stranger, role.value)
        for entry in areas_entries(served, role):
            if entry.href in asked:
                continue
            asked.add(entry.href)
            for language in Language:
                stranger.cookies.set("zhishou_language", language.value)
                page = await stranger.get(entry.href, follow_redirects=True)
                title = re.search(r"<title>(.*?)</title>", page.text)
                word = translate(entry.word, language)
                if title is None or word.lower() not in title[1].lower():
                    otherwise.append((entry.href, word, title and title[1]))
    assert otherwise == []
    assert asked == {entry.href for area in areas_of(served.dependencies) for entry in area.entries}


def areas_entries(served: Served, role: Role) -> list[MenuEntry]:
    found = (entry for area in areas_of(served.dependencies) for entry in area.entries)
    return [entry for entry in found if entry.permission in PERMISSIONS[role]]
