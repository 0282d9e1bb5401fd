"""What is wrong with a declaration, said so that its author can mend it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from device_configs.site.places import SourcePlace
from ops_core.kernel.errors import Invalid

SHOWN = 12
"""How many of the allowed words a fault's text lists."""
LISTED = 500
"""How many faults the text of a refusal lists; all of them are in ``SiteInvalid.faults``."""
PROPOSED = 100
"""For how many unknown names the nearest is sought: a search compares with every name there is."""
OR_A_DEVICE = ("device or link", "port")
"""Kinds of which a device's name may be one."""
PLACES = 12
"""How many of the places that use an unknown name its fault lists."""
LONGEST = 300
"""Characters that a fault shows of what it found."""
_LINE = re.compile(r"line (\d+)")
_UNSHOWABLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\ud800-\udfff]"
)


@dataclass(frozen=True, order=True)
class DeclarationFault:
    """One fault: where it stands, what was found there, the remedy, and the words allowed there."""

    file: str
    line: int
    """Counted from 1; 0 where it concerns the file as a whole."""
    path: str
    found: str
    remedy: str
    allowed: tuple[str, ...] = ()
    """All of them; empty where no list of words says it."""

    def __str__(self) -> str:
        place = f":{self.line}" if self.line and not _LINE.fullmatch(self.path) else ""
        text = f"{self.file}{place}: {self.path}: {self.found}; {self.remedy}"
        if not self.allowed:
            return text
        more = len(self.allowed) - SHOWN
        tail = f" and {more} more" if more > 0 else ""
        joint = "" if text.endswith("?") else ";"
        return f"{text}{joint} allowed: {', '.join(self.allowed[:SHOWN])}{tail}"


class SiteInvalid(Invalid):
    """The declaration has faults; all of them are in ``faults``, sorted by file and line."""

    def __init__(self, faults: Iterable[DeclarationFault]) -> None:
        self.faults = tuple(sorted(faults))
        lines = [str(fault) for fault in self.faults[:LISTED]]
        if len(self.faults) > LISTED:
            lines.append(f"... and {len(self.faults) - LISTED} more faults")
        super().__init__(
            "场地声明有错误", "\n".join(lines), "改正后重试；zhishou check 列出全部错误"
        )

    def __str__(self) -> str:
        """The faults alone, a line each."""
        return self.detail


@dataclass(frozen=True)
class _UnknownName:
    """A name that nothing declares: where it would be, those there are, and who uses it."""

    where: str
    known: tuple[str, ...]
    places: dict[tuple[str, str], None] = field(default_factory=dict)


class Faults:
    """Collects faults while a declaration is read, so that all are reported at once.

    A name whose own declaration is faulty is *withheld*: references to it are no further faults.
    A name that nothing declares is one fault, however many places use it.
    """

    def __init__(self) -> None:
        self._found: dict[DeclarationFault, None] = {}
        self._unknown: dict[tuple[str, str], _UnknownName] = {}
        self._withheld: set[str] = set()
        self._unreadable: set[str] = set()
        self._nameless: set[str] = set()
        self._places: dict[str, SourcePlace] = {}

    def add(
        self, file: str, path: str, found: str, remedy: str, allowed: Iterable[str] = ()
    ) -> None:
        fault = DeclarationFault(
            file,
            0,
            shown(path),
            shown(found),
            shown(remedy),
            tuple(shown(word) for word in allowed),
        )
        self._found[fault] = None

    def place(self, file: str, place: SourcePlace) -> None:
        """Remember where the values of a file stand, so that faults say their lines."""
        self._places[file] = place

    def place_of(self, file: str, *parts: str) -> SourcePlace:
        """The place of what stands under keys of a file; an empty one where nothing does."""
        return self._places.get(file, SourcePlace(0)).walk(*parts)

    def withhold(self, file: str, name: str | None) -> None:
        """Remember that ``file`` is not whole: ``name`` in it, or one unknown, was not read."""
        self._unreadable.add(file)
        if name is None:
            self._nameless.add(file)
        else:
            self._withheld.add(name)

    def is_whole(self, *files: str) -> bool:
        """Whether all of the files was of the right form, so that counting in them makes sense."""
        return self._unreadable.isdisjoint(files)

    def has_names(self, file: str) -> bool:
        """Whether every name that a file declares is known, those of faulty items included."""
        return file not in self._nameless

    def is_withheld(self, name: str) -> bool:
        """Whether the declaration of a name is faulty itself."""
        return name in self._withheld

    def unknown_name(
        self, file: str, path: str, name: str, known: Iterable[str], kind: str, where: str
    ) -> None:
        """A reference to ``kind`` ``name`` that nothing declares; proposes the nearest name.

        ``where`` is the file that declares such names.
        """
        if name in self._withheld or where in self._nameless:
            return
        places = self._unknown.setdefault((kind, name), _UnknownName(where, tuple(known))).places
        places[file, path] = None

    def is_unknown(self, name: str) -> bool:
        """Whether something refers to that name and nothing declares it."""
        return any(name == unknown for _, unknown in self._unknown)

    def has_unknown(self, kind: str, file: str) -> bool:
        """Whether ``file`` refers to a ``kind`` that nothing declares: what it says of those that
        are declared is not all that was meant then."""
        return any(
            file == used
            for (named, _), unknown in self._unknown.items()
            if named == kind
            for used, _ in unknown.places
        )

    def __bool__(self) -> bool:
        return bool(self._found or self._unknown)

    def raise_if_any(self) -> None:
        if self:
            found = (replace(fault, line=self._line(fault)) for fault in self._found)
            raise SiteInvalid([*found, *self._unknown_names()])

    def _unknown_names(self) -> Iterator[DeclarationFault]:
        """Each at the first of its places; the others are in its text."""
        for proposed, ((kind, name), unknown) in enumerate(self._by_cause().items()):
            faults = (DeclarationFault(file, 0, path, "", "") for file, path in unknown.places)
            first, *others = sorted(replace(fault, line=self._line(fault)) for fault in faults)
            words = [str(word) for word in unknown.known]
            remedy = f"declare it in {unknown.where}"
            if proposed < PROPOSED:
                remedy = nearest(name, words) or remedy
                words = _near_first(name, words)
            yield DeclarationFault(
                first.file, first.line, shown(first.path),
                shown(f"no {kind} is named {name!r}") + _used_at(first, others),
                shown(remedy), tuple(shown(word) for word in words),
            )  # fmt: skip

    def _by_cause(self) -> Mapping[tuple[str, str], _UnknownName]:
        """A device that nothing declares is one cause, also where a device or something else might
        have been named."""
        found = dict(self._unknown)
        for kind, name in self._unknown:
            if kind in OR_A_DEVICE and (device := found.get(("device", name))) is not None:
                device.places.update(found.pop((kind, name)).places)
        return found

    def _line(self, fault: DeclarationFault) -> int:
        written = _LINE.match(fault.path)
        if written:
            return int(written[1])
        place = self._places.get(fault.file)
        return place.line_of(fault.path) if place else 0


def shown(text: str) -> str:
    """A text as a terminal may show it: no character that controls it, and not too long."""
    plain = _UNSHOWABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text[:LONGEST])
    return plain if len(text) <= LONGEST else f"{plain}... ({len(text):,} characters)"


def _used_at(first: DeclarationFault, others: Iterable[DeclarationFault]) -> str:
    """The further lines that use a name: `` (and at links.yml:15, links.yml:16)``."""
    lines = dict.fromkeys(_place_of(fault) for fault in others)
    places = [place for place in lines if place != _place_of(first)]
    more = f" and {len(places) - PLACES} more places" if len(places) > PLACES else ""
    return f" (and at {', '.join(places[:PLACES])}{more})" if places else ""


def _place_of(fault: DeclarationFault) -> str:
    return f"{fault.file}:{fault.line}" if fault.line else f"{fault.file} {shown(fault.path)}"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The question that proposes the nearest known word; None when none is near. One that differs
    in capitals alone is nearer than any other."""
    candidates = [str(candidate) for candidate in known]
    near = [other for other in candidates if other.casefold() == word.casefold()]
    near += get_close_matches(word[:LONGEST], candidates, n=1, cutoff=0.5)
    return f"did you mean {near[0]!r}?" if near else None


def _near_first(word: str, known: list[str]) -> list[str]:
    """All known words; where not all of them are shown, those most like ``word`` first."""
    if len(known) <= SHOWN:
        return known
    first = get_close_matches(word[:LONGEST], known, n=SHOWN, cutoff=0.0)
    return [*first, *(other for other in known if other not in first)]
