"""What the pages point to is there: links, and files of the repository that they name."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.documents.recipe import HOW_TO, ROOT, read_steps
from tests.house.sources import PACKAGES

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)")
NAMED = re.compile(
    rf"`((?:{'|'.join((*PACKAGES, 'docs', 'inventory', 'playbooks', 'tests'))})/[\w./-]*)`"
)
MAKES = re.compile(r"^`([\w./-]+)`:\n```", re.MULTILINE)
"""A how-to's file, with its content under it."""
OPTIONAL = {"inventory/roles/"}
"""What a site may have of its own, and the shipped one has not."""
HISTORY = ("CHANGELOG.md",)
"""Pages that say what was."""


def named(page: Path) -> Iterator[str]:
    """Paths that a page names, but for those its steps make and those that a site may lack."""
    text = page.read_text("utf-8")
    made = set(MAKES.findall(text)) if page.parent == HOW_TO else set()
    made |= {step.path for step in read_steps(page.name)} if page.parent == HOW_TO else set()
    yield from (path for path in NAMED.findall(text) if path not in made | OPTIONAL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_points_to_is_there(page: Path) -> None:
    links = LINK.findall(page.read_text("utf-8"))
    broken = [link for link in links if not (page.parent / link).exists()]
    missing = [path for path in named(page) if not (ROOT / path).exists()]
    assert (broken, missing if page.name not in HISTORY else []) == ([], [])


def test_every_page_is_reached_from_the_readme() -> None:
    found, ahead = set[Path](), [ROOT / "README.md"]
    while ahead:
        page = ahead.pop().resolve()
        if page in found or page.suffix != ".md":
            continue
        found.add(page)
        ahead += [page.parent / link for link in LINK.findall(page.read_text("utf-8"))]
        ahead += list(page.glob("*.md")) if page.is_dir() else []
    decisions = set(ROOT.glob("docs/decisions/*.md"))
    assert sorted(set(ROOT.glob("docs/**/*.md")) - decisions - found) == []
