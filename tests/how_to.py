"""The files that a how-to quotes: a line that begins with a path, and the block below it."""

import re
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs/how-to"
_QUOTED = re.compile(r"^`([^`\n]+)`[^\n]*:\n```\w+\n(.*?)^```", re.MULTILINE | re.DOTALL)


def quoted_files(how_to: str) -> list[tuple[str, str]]:
    """(path, text) of each, in order; a path may be quoted more than once."""
    return _QUOTED.findall((DOCS / how_to).read_text("utf-8"))
