"""The menu by tasks: every page once, a short one in a row, one alone under no heading."""

import pytest

from ops_core.kernel.i18n import Language
from ops_core.kernel.permissions import PERMISSIONS, Role
from wallboard.areas import AREAS
from wallboard.menu import MOST_IN_A_ROW, ShownEntry, grouped, menu_of

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
