"""What a terminal is sent: lines, pages, the pager's erasing (pure)."""

from collections.abc import Sequence

MORE = "  ---- More ----"
"""Waits for a key: a space shows the next page, Enter the next line, anything else ends it."""
ERASED = f"\x1b[42D{' ' * 42}\x1b[42D"
"""How the platforms erase the pager's line before they go on."""
LINE_END = "\r\n"


def shown(lines: Sequence[str]) -> str:
    """Lines as the terminal is sent them; a line that ends in ``\\r`` already stays so."""
    return "".join(line + LINE_END for line in lines)


def pages(lines: Sequence[str], height: int) -> list[Sequence[str]]:
    """The pages of an answer; one page without a limit (0)."""
    if height <= 0 or len(lines) <= height:
        return [lines]
    return [lines[at : at + height] for at in range(0, len(lines), height)]
