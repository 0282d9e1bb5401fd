"""Where this installation's state and database are, and its language, without any library.

Every other setting, and the check of all of them, is in :mod:`ops_core.kernel.settings`, which
costs ten times what a short command has to do; both read the same variables to the same effect.
"""

import os
from pathlib import Path
from typing import Final

PREFIX = "ZHISHOU_"
PROJECT_DIRECTORY = Path(__file__).resolve().parents[2]
STATE_DIRECTORY = PROJECT_DIRECTORY / ".zhishou"
DATABASE = "zhishou.sqlite"
LANGUAGE: Final = "zh"
LANGUAGES: Final = ("zh", "en")


def variable(name: str) -> str | None:
    """The value of ``ZHISHOU_<NAME>``, in whichever case it is spelt; None when it is not set."""
    spelt = f"{PREFIX}{name}".lower()
    found = [value for key, value in os.environ.items() if key.lower() == spelt]
    return found[-1] if found else None


def state_directory() -> Path:
    """Where everything that this installation writes is."""
    declared = variable("state_directory")
    return STATE_DIRECTORY if declared is None else Path(declared)


def language() -> str:
    """The language of the screens and commands, ``zh`` or ``en``; Chinese if it is neither.

    The settings refuse any other, but a refusal must be readable without them.
    """
    declared = variable("language")
    return declared if declared in LANGUAGES else LANGUAGE


def sqlite_file() -> Path | None:
    """The SQLite file of this installation; None if its database is any other."""
    declared = variable("database_url")
    if declared is None:
        return state_directory() / DATABASE
    scheme, _, path = declared.partition("///")
    return Path(path) if scheme == "sqlite:" and path and "?" not in path else None
