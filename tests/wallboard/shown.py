"""A page as somebody at the screen has it: what can be read, followed, filled in and pressed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

_EMPTY = frozenset({"input", "br", "link", "meta", "img", "hr", "col", "wbr", "source"})
_NOT_READ = frozenset({"script", "style", "title"})


@dataclass(eq=False)
class Shown:
    """An element of the page with what stands in it."""

    tag: str
    attributes: Mapping[str, str | None]
    parent: "Shown | None" = None
    within: list["Shown | str"] = field(default_factory=list)

    def __getitem__(self, attribute: str) -> str:
        return self.attributes.get(attribute) or ""

    @property
    def words(self) -> str:
        """What can be read in it."""
        parts = (one if isinstance(one, str) else one.words for one in self.within)
        return " ".join(" ".join(parts).split()) if self.tag not in _NOT_READ else ""

    def all(self, *tags: str) -> list["Shown"]:
        """Every element of these kinds in it, in their order."""
        return [one for one in self._below() if one.tag in tags]

    def above(self, tag: str) -> "Shown":
        """The element of this kind that it stands in."""
        found = self.parent
        while found is not None and found.tag != tag:
            found = found.parent
        assert found is not None, f"{self.words} stands in no {tag}"
        return found

    @property
    def buttons(self) -> list["Shown"]:
        """Those that can be pressed."""
        return [one for one in self.all("button") if "disabled" not in one.attributes]

    def _below(self) -> Iterator["Shown"]:
        for one in self.within:
            if isinstance(one, Shown):
                yield one
                yield from one._below()


class _Reading(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = self.at = Shown("page", {})

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Shown(tag, dict(attrs), self.at)
        self.at.within.append(element)
        if tag not in _EMPTY:
            self.at = element

    def handle_endtag(self, tag: str) -> None:
        at: Shown | None = self.at
        while at is not None and at.tag != tag:
            at = at.parent
        if at is not None and at.parent is not None:
            self.at = at.parent

    def handle_data(self, data: str) -> None:
        self.at.within.append(data)


def read_page(text: str) -> Shown:
    """The page that an answer shows."""
    reading = _Reading()
    reading.feed(text)
    return reading.page
