"""What is wrong with a declaration, said so that its author can mend it."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, order=True)
class Fault:
    """One fault: where it stands, what was found there, and the remedy."""

    file: str
    path: str
    found: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}: {self.path}: {self.found}; {self.remedy}"


class SiteInvalid(Exception):
    """The declaration has faults; all of them are in ``faults``, sorted by file and path."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(faults))
        super().__init__("\n".join(str(fault) for fault in self.faults))


class Faults:
    """Collects faults while a declaration is read, so that all are reported at once."""

    def __init__(self) -> None:
        self._found: list[Fault] = []

    def add(self, file: str, path: str, found: str, remedy: str) -> None:
        self._found.append(Fault(file, path, found, remedy))

    def unknown_name(
        self, file: str, path: str, name: str, known: Iterable[str], kind: str, where: str
    ) -> None:
        """A reference to ``kind`` ``name`` that nothing declares; proposes the nearest name."""
        near = get_close_matches(name, list(known), n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"declare it in {where}"
        self.add(file, path, f"no {kind} is named {name!r}", hint)

    def __bool__(self) -> bool:
        return bool(self._found)

    def raise_if_any(self) -> None:
        if self._found:
            raise SiteInvalid(self._found)
