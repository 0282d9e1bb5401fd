"""From a text to what is searched by: words, and pairs of neighbouring characters (pure).

Texts are folded (full width to half, capitals to small letters) and everything but letters, digits
and characters is a gap: nothing of a query can be taken for an operator by a database.
"""

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

Segment = Callable[[str], Iterable[str]]
"""Cuts a folded text into words; the same word may come whole and in parts."""

MOST_WORDS = 12
"""Of a query; what follows is left out."""


@dataclass(frozen=True, slots=True)
class SearchWords:
    """A version as it is searched: every word, and every pair of neighbouring characters."""

    title: tuple[str, ...]
    body: tuple[str, ...]
    pairs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QueryTerm:
    """One word of a query, and the pairs that a text has that holds its characters in a row."""

    word: str
    pairs: tuple[str, ...]


def folded(text: str) -> str:
    """In NFKC and small letters, with a blank for whatever is neither letter nor digit."""
    plain = unicodedata.normalize("NFKC", text).lower()
    return "".join(c if _is_searched(c) else " " for c in plain)


def words_of(title: str, body: str, segment: Segment) -> SearchWords:
    """What a version is found by."""
    of_title, of_body = folded(title), folded(body)
    pairs = dict.fromkeys((*_pairs(of_title), *_pairs(of_body)))
    return SearchWords(tuple(_cut(of_title, segment)), tuple(_cut(of_body, segment)), tuple(pairs))


def terms_of(query: str, segment: Segment) -> Sequence[QueryTerm]:
    """What a query asks for: all of these; empty for one without a letter."""
    asked = (word for run in folded(query).split() for word in _asked_for(run, segment))
    words = dict.fromkeys(asked)
    return [QueryTerm(word, tuple(dict.fromkeys(_pairs(word)))) for word in words][:MOST_WORDS]


def fts5_query(terms: Sequence[QueryTerm], *, title_only: bool = False) -> str:
    """The query for SQLite's FTS5."""
    if title_only:
        return "{title} : (" + " AND ".join(f'"{one.word}"' for one in terms) + ")"
    return " AND ".join(f"({_fts5_term(one)})" for one in terms)


def tsquery(terms: Sequence[QueryTerm], *, title_only: bool = False) -> str:
    """The same for PostgreSQL: ``A`` is the title, ``C`` the body, ``D`` a pair."""
    if title_only:
        return " & ".join(f"'{one.word}':A" for one in terms)
    return " & ".join(f"({_ts_term(one)})" for one in terms)


def tsvector(words: SearchWords) -> str:
    """A version for PostgreSQL, in the form that it prints itself."""
    places: dict[str, dict[str, int]] = {}
    weighed = (("A", words.title), ("C", words.body), ("D", words.pairs))
    for weight, of in weighed:
        for place, word in enumerate(of, start=1):
            places.setdefault(word, {}).setdefault(weight, min(place, _LAST_PLACE))
    return " ".join(
        f"'{word}':" + ",".join(f"{place}{weight}" for weight, place in at.items())
        for word, at in places.items()
    )


_LAST_PLACE = 16_383


def _fts5_term(term: QueryTerm) -> str:
    word = f'{{title body}} : "{term.word}"'
    pairs = " AND ".join(f'"{pair}"' for pair in term.pairs)
    return f"{word} OR {{pairs}} : ({pairs})" if pairs else word


def _ts_term(term: QueryTerm) -> str:
    pairs = " & ".join(f"'{pair}':D" for pair in term.pairs)
    word = f"'{term.word}':AC"
    return f"{word} | ({pairs})" if pairs else word


def _cut(text: str, segment: Segment) -> Iterator[str]:
    return (word for run in text.split() for word in segment(run) if word.strip())


def _asked_for(run: str, segment: Segment) -> Sequence[str]:
    """The words of a run; single characters between them, mostly particles, ask for nothing. A run
    of nothing else is asked for whole."""
    words = [word for word in _cut(run, segment) if len(word) > 1 or word.isascii()]
    return words or [run]


def _pairs(text: str) -> Iterator[str]:
    """Two neighbouring characters of Chinese text; Latin words and numbers are whole already."""
    for run in text.split():
        for first, second in pairwise(run):
            if not (first.isascii() and second.isascii()):
                yield first + second


def _is_searched(character: str) -> bool:
    return character == " " or unicodedata.category(character)[0] in "LN"
