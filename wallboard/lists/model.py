"""A list of a page: its columns, who may see it, and how its rows are read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Generic, Protocol, TypeVar

from device_configs.site.model import Site, Title
from ops_core.kernel.errors import Invalid
from ops_core.kernel.i18n import Language, Message, Translate, message, translate, translations
from ops_core.kernel.permissions import Permission
from wallboard.dependencies import Dependencies
from wallboard.formats import percent
from wallboard.lists.cells import Cell, Named, Row
from wallboard.snapshot import Snapshot
from wallboard.web import Reader

MOST_ROWS = 10_000
R = TypeVar("R")
R_contra = TypeVar("R_contra", contravariant=True)
Choice = TypeVar("Choice", bound=StrEnum)
Coded = TypeVar("Coded", bound=str)


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks for a list, of which state of the platform, with what in the page's address."""

    seen: Snapshot
    reader: Reader
    asked: Mapping[str, str]

    @property
    def given(self) -> Dependencies:
        return self.reader.web.dependencies

    @property
    def site(self) -> Site:
        return self.seen.site

    @property
    def gettext(self) -> Translate:
        return translations(self.reader.language).gettext

    def choice(self, name: str, of: type[Choice]) -> Choice | None:
        """What the address chooses of ``of``; None for nothing. Raises :class:`Invalid`."""
        text = self.asked.get(name, "")
        if text and text not in set(of):
            raise Invalid(
                "筛选条件不正确",
                message("{field} 不能是 {found}。", field=name, found=text),
                message("例如：{example}。", example="、".join(of)),
            )
        return of(text) if text else None

    def day(self, name: str) -> date | None:
        """A day of the address, as 2026-12-31; None for nothing. Raises :class:`Invalid`."""
        text = self.asked.get(name, "")
        try:
            return date.fromisoformat(text) if text else None
        except ValueError as error:
            raise Invalid(
                "筛选条件不正确",
                message("{field} 不能是 {found}。", field=name, found=text),
                message("例如：{example}。", example="2026-12-31"),
            ) from error

    def word(self, value: Coded | None, words: Mapping[Coded, Message]) -> Cell:
        """A state by its word; nothing for none."""
        if value is None:
            return None
        return Named(value, translate(words[value], self.reader.language))

    def title(self, name: str, title: Title) -> Named:
        """Something declared, by its title."""
        is_english = self.reader.language is Language.ENGLISH
        return Named(name, title.en if is_english else title.zh)

    def person(self, name: str | None) -> Cell:
        return Named(name, self.reader.person(name)) if name else None


class CellOf(Protocol[R_contra]):
    """The cell of a record in one column."""

    def __call__(self, record: R_contra, asking: Asking, /) -> Cell: ...


@dataclass(frozen=True, slots=True)
class ListColumn(Generic[R]):
    """``key`` is its name for programs, ``head`` what people read above it."""

    key: str
    head: Message
    cell: CellOf[R]


@dataclass(frozen=True, slots=True)
class ListTable(Generic[R]):
    """One list: its page, the permissions either of which opens it, its columns and records."""

    name: str
    page: str
    permissions: tuple[Permission, ...]
    columns: tuple[ListColumn[R], ...]
    records: Callable[[Asking], Sequence[R]]
    narrowing: str = ""
    """What in the address chooses a part of a list that may become very long."""

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(column.key for column in self.columns)

    def heads(self, language: Language) -> list[str]:
        return [translate(column.head, language) for column in self.columns]

    def rows(self, asking: Asking) -> list[Row]:
        """The whole list. Raises :class:`Invalid` for one of more than ``MOST_ROWS``."""
        records = self.records(asking)
        if len(records) > MOST_ROWS:
            raise Invalid(
                "清单过长，不能一次导出",
                message("一次至多导出 {most} 行。", most=MOST_ROWS),
                message("请用 {field} 选定一部分后再导出。", field=self.narrowing)
                if self.narrowing
                else "请在页面上筛选后再导出。",
            )
        return [[column.cell(one, asking) for column in self.columns] for one in records]


class AnyList(Protocol):
    """A list, whatever its records are."""

    @property
    def name(self) -> str: ...
    @property
    def page(self) -> str: ...
    @property
    def permissions(self) -> tuple[Permission, ...]: ...
    @property
    def keys(self) -> tuple[str, ...]: ...
    def heads(self, language: Language) -> list[str]: ...
    def rows(self, asking: Asking) -> list[Row]: ...


def all_pages(page: Callable[[str], tuple[Sequence[R], str | None]]) -> list[R]:
    """The records of all pages, one after the other, to the first that is too many.

    ``page`` answers where one begins ("" for the first) with its records and where the next does.
    """
    found: list[R] = []
    after = ""
    while len(found) <= MOST_ROWS:
        records, following = page(after)
        found += records
        if not following:
            break
        after = following
    return found


def share(ratio: Fraction | None) -> Cell:
    """A ratio: a number for programs, a truncated percentage for people, None if unknown."""
    return None if ratio is None else Named(float(ratio), percent(ratio, 3))


def seconds(length: timedelta | None) -> Cell:
    return None if length is None else round(length.total_seconds(), 3)
