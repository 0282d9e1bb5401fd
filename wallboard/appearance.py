"""Light or dark: as the system asks, unless the reader chose (a cookie)."""

from enum import StrEnum

from ops_core.kernel.i18n import message

APPEARANCE_COOKIE = "zhishou_appearance"


class Appearance(StrEnum):
    """How the consoles look; the wall is always dark."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


DARK_MEDIA = {
    Appearance.SYSTEM: "(prefers-color-scheme: dark)",
    Appearance.LIGHT: "not all",
    Appearance.DARK: "all",
}
"""For which media the dark style sheet holds."""
APPEARANCE_WORDS = {
    Appearance.SYSTEM: message("跟随系统"),
    Appearance.LIGHT: message("浅色"),
    Appearance.DARK: message("深色"),
}


def appearance_of(cookie: str | None) -> Appearance:
    """What was chosen; the system's own where the cookie is missing or strange."""
    return Appearance(cookie) if cookie in set(Appearance) else Appearance.SYSTEM
