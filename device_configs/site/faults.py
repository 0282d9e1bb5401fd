"""What is wrong with a declaration, said so that its author can mend it."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from ops_core.kernel.errors import Invalid

SHOWN = 12
"""How many of the allowed words a fault's text lists."""


@dataclass(frozen=True, order=True)
class DeclarationFault:
    """One fault: where it stands, what was found there, the remedy, and the words allowed there."""

    file: str
    path: str
    found: str
    remedy: str
    allowed: tuple[str, ...] = ()
    """All of them; empty where no list of words says it."""

    def __str__(self) -> str:
        text = f"{self.file}: {self.path}: {self.found}; {self.remedy}"
        if not self.allowed:
            return text
        more = len(self.allowed) - SHOWN
        tail = f" and {more} more" if more > 0 else ""
        joint = "" if text.endswith("?") else ";"
        return f"{text}{joint} allowed: {', '.join(self.allowed[:SHOWN])}{tail}"


class SiteInvalid(Invalid):
    """The declaration has faults; all of them are in ``faults``, sorted by file and path."""

    def __init__(self, faults: Iterable[DeclarationFault]) -> None:
        self.faults = tuple(sorted(faults))
        listed = "\n".join(str(fault) for fault in self.faults)
        super().__init__("场地声明有错误", listed, "改正后重试；zhishou check 列出全部错误")

    def __str__(self) -> str:
        """The faults alone, a line each."""
        return self.detail


class Faults:
    """Collects faults while a declaration is read, so that all are reported at once.

    A name whose own declaration is faulty is *withheld*: references to it are no further faults.
    """

    def __init__(self) -> None:
        self._found: dict[DeclarationFault, None] = {}
        self._withheld: set[str] = set()
        self._unreadable: set[str] = set()
        self._nameless: set[str] = set()

    def add(
        self, file: str, path: str, found: str, remedy: str, allowed: Iterable[str] = ()
    ) -> None:
        self._found[DeclarationFault(file, path, found, remedy, tuple(allowed))] = None

    def withhold(self, file: str, name: str | None) -> None:
        """Remember that ``file`` is not whole: ``name`` in it, or one unknown, was not read."""
        self._unreadable.add(file)
        if name is None:
            self._nameless.add(file)
        else:
            self._withheld.add(name)

    def is_whole(self, file: str) -> bool:
        """Whether all of a file was of the right form, so that counting in it makes sense."""
        return file not in self._unreadable

    def unknown_name(
        self, file: str, path: str, name: str, known: Iterable[str], kind: str, where: str
    ) -> None:
        """A reference to ``kind`` ``name`` that nothing declares; proposes the nearest name.

        ``where`` is the file that declares such names.
        """
        if name in self._withheld or where in self._nameless:
            return
        words = [str(word) for word in known]
        remedy = nearest(name, words) or f"declare it in {where}"
        self.add(file, path, f"no {kind} is named {name!r}", remedy, _near_first(name, words))

    def __bool__(self) -> bool:
        return bool(self._found)

    def raise_if_any(self) -> None:
        if self._found:
            raise SiteInvalid(self._found)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The question that proposes the nearest known word; None when none is near."""
    near = get_close_matches(word, [str(candidate) for candidate in known], n=1, cutoff=0.5)
    return f"did you mean {near[0]!r}?" if near else None


def _near_first(word: str, known: list[str]) -> list[str]:
    """All known words; where not all of them are shown, those most like ``word`` first."""
    if len(known) <= SHOWN:
        return known
    return get_close_matches(word, known, n=len(known), cutoff=0.0)
