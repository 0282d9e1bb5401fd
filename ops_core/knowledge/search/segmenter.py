"""The one segmenter: jieba with a dictionary of Henan's places, departments and hotline terms.

jieba keeps a cache of its dictionary in the machine's temporary folder, where anybody could have
put another one; here the dictionary is read anew, once a process, and nothing is written.
"""

import threading
import warnings
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Protocol

SEGMENTER = "jieba 0.42.1, dictionary 1"
"""Grows with the dictionary: texts that another one cut are cut anew (``knowledge reindex``)."""
_DICTIONARY = "dictionary.txt"
_WEIGHT = 200_000
"""Above what jieba gives the parts of any name in the dictionary: a declared name stays whole."""
_lock = threading.Lock()


class _Tokenizer(Protocol):
    FREQ: Mapping[str, int]

    def cut_for_search(self, sentence: str, HMM: bool = ...) -> Iterable[str]: ...  # noqa: N803


def segment(text: str) -> Iterable[str]:
    """Words of a folded text, long ones also by the words in them."""
    return _tokenizer().cut_for_search(text, HMM=False)


def warm_up() -> None:
    """Read the dictionary now: it takes a second or two, which no caller should wait."""
    _tokenizer()


def frequencies() -> Mapping[str, int]:
    """How often jieba has met each of its words."""
    return _tokenizer().FREQ


def _tokenizer() -> _Tokenizer:
    with _lock:
        return _loaded()


@cache
def _loaded() -> _Tokenizer:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of jieba's own code
        import jieba
    tokenizer = jieba.Tokenizer()
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True
    for word in dictionary():
        tokenizer.add_word(word, _WEIGHT)
    loaded: _Tokenizer = tokenizer
    return loaded


def dictionary() -> list[str]:
    """The words of the trade and the province, one a line; ``#`` begins a remark."""
    lines = files(__package__).joinpath(_DICTIONARY).read_text("utf-8").splitlines()
    words = (line.partition("#")[0].strip() for line in lines)
    return [word for word in words if word]
