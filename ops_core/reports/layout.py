"""The layout of official documents (GB/T 9704-2012), as Word takes it (pure).

The typefaces are named and not shipped: 方正小标宋 and 仿宋_GB2312 are not free. A machine without
them substitutes what it has.
"""

from dataclasses import dataclass
from enum import StrEnum


class Typeface(StrEnum):
    """小标宋, 仿宋, 黑体, 楷体, 宋体, as Word names them."""

    TITLE = "方正小标宋简体"
    BODY = "仿宋_GB2312"
    HEADING = "黑体"
    SUBHEADING = "楷体_GB2312"
    FOOTER = "宋体"
    LATIN = "Times New Roman"


PAGE_MM = (210, 297)
"""A4, width and height."""
TOP_MM, BOTTOM_MM, LEFT_MM, RIGHT_MM = 37, 35, 28, 26
"""天头 37, 订口 28; what is left is the type area of 156 x 225 mm."""
FOOTER_MM = 28
"""From the page's end to the page number, 7 mm below the type area."""
LINE_PT = 28
"""Fixed line pitch: 22 lines a page."""
INDENT_CHARACTERS = 2


@dataclass(frozen=True, slots=True)
class TextStyle:
    """A paragraph's typeface, its size and line pitch in points, and its first line's indent."""

    face: Typeface
    size_pt: int
    line_pt: int = LINE_PT
    indented: bool = True
    centred: bool = False


TITLE = TextStyle(Typeface.TITLE, 22, 30, indented=False, centred=True)
"""二号."""
BODY = TextStyle(Typeface.BODY, 16)
"""三号."""
HEADINGS = {1: TextStyle(Typeface.HEADING, 16), 2: TextStyle(Typeface.SUBHEADING, 16)}
"""一、 in 黑体, （一） in 楷体, both 三号."""
RECIPIENTS = TextStyle(Typeface.BODY, 16, indented=False)
"""主送机关, flush left."""
CAPTION = TextStyle(Typeface.HEADING, 12, 20, indented=False, centred=True)
CELL = TextStyle(Typeface.BODY, 12, 18, indented=False)
PAGE_NUMBER_PT = 14
"""四号."""
