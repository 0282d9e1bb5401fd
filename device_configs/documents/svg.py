"""SVG text, element by element: no style sheet and no script, so that it opens anywhere (pure).

Looks are presentation attributes, which no content security policy forbids: the same text is a
file by itself and a part of a page.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from xml.sax.saxutils import escape, quoteattr

Point = tuple[float, float]

FONTS = "'Noto Sans CJK SC','Noto Sans SC','Microsoft YaHei',sans-serif"
INK, DIM, FRAME, PAPER = "#1c2126", "#59636d", "#8d97a3", "#ffffff"
NAMESPACE = "http://www.w3.org/2000/svg"


class Canvas:
    """Collects elements in the order in which they are painted."""

    def __init__(self, title: str, description: str, name: str) -> None:
        self._title, self._description, self._name = title, description, name
        self._elements: list[str] = []

    def rectangle(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        fill: str = PAPER,
        stroke: str = FRAME,
        stroke_width: float = 1.2,
        radius: float = 5,
        dash: str = "",
    ) -> None:
        self._add("rect", x=x, y=y, width=width, height=height, rx=radius, fill=fill,
                  stroke=stroke, stroke_width=stroke_width,
                  stroke_dasharray=dash or None)  # fmt: skip

    def path(
        self, points: Sequence[Point], stroke: str, stroke_width: float, dash: str = ""
    ) -> None:
        data = "M" + "L".join(f"{_number(x)} {_number(y)}" for x, y in points)
        self._add("path", d=data, fill="none", stroke=stroke, stroke_width=stroke_width,
                  stroke_linejoin="round", stroke_dasharray=dash or None)  # fmt: skip

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        *,
        anchor: str = "start",
        bold: bool = False,
        fill: str = INK,
    ) -> None:
        """A line of text; ``y`` is its baseline."""
        attributes = _attributes(
            x=x, y=y, font_size=size, fill=fill,
            text_anchor=None if anchor == "start" else anchor,
            font_weight="700" if bold else None,
        )  # fmt: skip
        self._elements.append(f"<text{attributes}>{escape(text)}</text>")

    @contextmanager
    def group(self, kind: str, name: str, title: str) -> Iterator[None]:
        """What is painted inside belongs together; ``title`` is told by pointers and readers."""
        attributes = _attributes(class_=kind, id=f"{self._name}-{kind}-{name}")
        self._elements.append(f"<g{attributes}><title>{escape(title)}</title>")
        yield
        self._elements.append("</g>")

    def render(self, width: float, height: float) -> str:
        """The whole picture as a document of its own, one element a line."""
        label, written = f"{self._name}-title", f"{self._name}-description"
        attributes = _attributes(
            xmlns=NAMESPACE, width=width, height=height,
            viewBox=f"0 0 {_number(width)} {_number(height)}", role="img",
            aria_labelledby=f"{label} {written}", font_family=FONTS, fill=INK,
        )  # fmt: skip
        return "\n".join(
            (
                f"<svg{attributes}>",
                f'<title id="{label}">{escape(self._title)}</title>',
                f'<desc id="{written}">{escape(self._description)}</desc>',
                f'<rect width="100%" height="100%" fill="{PAPER}"/>',
                *self._elements,
                "</svg>\n",
            )
        )

    def _add(self, element: str, **attributes: str | float | None) -> None:
        self._elements.append(f"<{element}{_attributes(**attributes)}/>")


def _attributes(**attributes: str | float | None) -> str:
    written = ((_name(name), value) for name, value in attributes.items() if value is not None)
    return "".join(
        f" {name}={quoteattr(value if isinstance(value, str) else _number(value))}"
        for name, value in written
    )


def _name(python: str) -> str:
    """``stroke_width`` is ``stroke-width``; viewBox keeps its capital, class its meaning."""
    return python.rstrip("_").replace("_", "-")


def _number(value: float) -> str:
    """A tenth of a unit is finer than any printer draws."""
    return f"{round(value, 1):g}"
