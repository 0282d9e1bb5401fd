"""Puts the site-specific lines of a device into its rendered text; pure.

Lines come last in their view, so that what they refer to stands before them; a view that is not
rendered is opened at the end.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from device_configs.render.refusal import NotRenderable
from device_configs.site.model import Device, SiteLines

_SEPARATORS = frozenset({"#", "!", ""})
_NEGATIONS = ("undo ", "no ")
_LAST = frozenset({"return", "end"})


@dataclass(frozen=True)
class TextLayout:
    """How a language writes views: blanks a level, the line between sections, and the line that
    ends a view, where one does."""

    indent: int = 1
    separator: str = "#"
    closing: str = ""

    def inside(self, depth: int) -> str:
        """What stands before a line so deep."""
        return " " * (self.indent * depth)


FRR = TextLayout(separator="!", closing="exit")
_LAYOUTS = {"arista_eos": TextLayout(indent=3, separator="!")}


def layout_of(family: str) -> TextLayout:
    """How a vendor's family is written."""
    return _LAYOUTS.get(family, TextLayout())


def with_site_lines(text: str, found: Sequence[SiteLines], device: str, layout: TextLayout) -> str:
    """``text`` with the lines; raises NotRenderable for a line that is rendered already, or that
    takes back what is rendered: then the declaration says two things."""
    lines = text.splitlines()
    for number, one in enumerate(found):
        where = f"hosts.yml: {device}.site_lines[{number}]"
        _insert(lines, one, where, layout)
    return "\n".join((*lines, "")) if found else text


def reasons_of(device: Device) -> dict[str, str]:
    """Why a device has the lines that are its own, by the line in its views (``a > b > line``)."""
    return {
        " > ".join((*found.within, line)): found.reason
        for found in device.site_lines
        for line in found.lines
    }


def _insert(lines: list[str], one: SiteLines, where: str, layout: TextLayout) -> None:
    start, end, depth = 0, _end_of_text(lines), 0
    for header in one.within:
        opened = layout.inside(depth) + header
        at = next((i for i in range(start, end) if lines[i] == opened), None)
        if at is None:
            break
        start, end, depth = at + 1, _end_of_view(lines, at), depth + 1
    missing = one.within[depth:]
    if not missing:
        _refuse_contradictions(lines[start:end], one, layout.inside(depth), where)
    lines[end:end] = _block(missing, one.lines, depth, layout)


def _block(
    missing: Sequence[str], inside: Sequence[str], depth: int, layout: TextLayout
) -> list[str]:
    """The lines, in views of their own where those are missing."""
    separator = [layout.separator] if depth == 0 else []
    opened = [layout.inside(depth + i) + header for i, header in enumerate(missing)]
    closed = [layout.inside(depth + i) + layout.closing for i in reversed(range(len(missing)))]
    within = layout.inside(depth + len(missing))
    lines = [within + line for line in inside]
    return [*separator, *opened, *lines, *(closed if layout.closing else [])]


def _end_of_text(lines: Sequence[str]) -> int:
    """Before the last word (``return``, ``end``) and the separators above it."""
    end = len(lines)
    while end and lines[end - 1].strip() in _SEPARATORS | _LAST:
        end -= 1
    return end


def _end_of_view(lines: Sequence[str], at: int) -> int:
    """Behind the last line that stands deeper than the one that opens the view."""
    depth = len(lines[at]) - len(lines[at].lstrip(" "))
    for i in range(at + 1, len(lines)):
        if len(lines[i]) - len(lines[i].lstrip(" ")) <= depth:
            return i
    return len(lines)


def _refuse_contradictions(view: Sequence[str], one: SiteLines, inside: str, where: str) -> None:
    depth = len(inside)
    there = {
        line.strip() for line in view if line[:depth].strip() == "" and line[depth:][:1] != " "
    }
    for line in one.lines:
        if line in there:
            raise NotRenderable(f"{where}: {line!r} is rendered already; remove the line")
        bare = next((line.removeprefix(n) for n in _NEGATIONS if line.startswith(n)), None)
        taken = {bare} if bare else {n + line for n in _NEGATIONS}
        if bare and any(other == bare or other.startswith(f"{bare} ") for other in there):
            raise NotRenderable(
                f"{where}: {line!r} takes back what is rendered; change what declares it"
            )
        if not bare and taken & there:
            raise NotRenderable(
                f"{where}: {line!r} is rendered as taken back; change what declares it"
            )
