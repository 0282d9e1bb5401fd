"""Phone and identity numbers inside texts, and what is shown of them (pure)."""

import re
import unicodedata
from collections.abc import Callable

from ops_core.kernel.errors import Invalid

HIDDEN = "*"
# How people break a number: blanks, dashes of any length, dots, brackets.
_BREAKS = r"[\s\-\u2010-\u2015\u2212－.．·()（）]"
_GAP = _BREAKS + "{0,3}"
_PUNCTUATION = re.compile(_BREAKS)
_NUMBER = re.compile(r"\+?[0-9]{3,20}")
_MOBILE_PREFIX = re.compile(r"^(?:(?:\+|00)?86|0)(?=1[3-9][0-9]{9}$)")
_COUNTRY_PREFIX = re.compile(r"^(?:\+|00)86")


def _digits(least: int, most: int) -> str:
    return f"(?:{_GAP}[0-9]){{{least},{most}}}"


PHONE_LIKE = re.compile(
    rf"(?<![0-9])(?:(?:(?:[+＋]|00){_GAP})?8{_GAP}6{_GAP})?"
    rf"(?:1{_GAP}[3-9]{_digits(9, 9)}|0{_GAP}[1-9]{_digits(8, 10)}|0[0-9]{{9,11}})"
    rf"(?![0-9])"
)
"""A mobile or landline number of mainland China inside a text of ASCII digits, however broken."""
ID_LIKE = re.compile(rf"(?<![0-9])(?:[1-9]{_digits(16, 16)}{_GAP}|[0-9]{{17}})[0-9Xx](?![0-9])")
"""A resident identity number (GB 11643) inside such a text."""


def normal_number(text: str) -> str:
    """The number as dialled inside the country. Raises :class:`Invalid` for no number at all."""
    plain = _PUNCTUATION.sub("", ascii_digits(text).replace("＋", "+"))
    plain = _COUNTRY_PREFIX.sub("", _MOBILE_PREFIX.sub("", plain))
    if not _NUMBER.fullmatch(plain):
        raise Invalid("电话号码不正确", "", "请填写 3 至 20 位数字的电话号码。")
    return plain


def mask_number(number: str) -> str:
    """``138****5678``; a short number keeps its last two digits only. Masking twice is the same."""
    if HIDDEN in number:
        return number
    if len(number) < 8:
        return HIDDEN * max(0, len(number) - 2) + number[-2:]
    return number[:3] + HIDDEN * (len(number) - 7) + number[-4:]


def mask_text(text: str) -> str:
    """A free text with the phone and identity numbers in it masked. Masking twice is the same.

    What a mask leaves may form a number with its neighbours, so it goes on until nothing is found.
    """
    shown = text
    while (masked := _mask_once(shown)) != shown:
        shown = masked
    return shown


def ascii_digits(text: str) -> str:
    """The text with every digit of another script or form (１３９, ¹, ①) as ASCII, in its place."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.digit(c)) if c.isdigit() else c for c in text)


def _mask_once(text: str) -> str:
    return _replaced(_replaced(text, ID_LIKE, _masked_identity), PHONE_LIKE, _masked_phone)


def _replaced(text: str, pattern: re.Pattern[str], masked: Callable[[str], str]) -> str:
    """What is no number stays as it was typed; digits are only folded to be looked at."""
    parts, end = [], 0
    for found in pattern.finditer(ascii_digits(text)):
        parts += [text[end : found.start()], masked(found[0])]
        end = found.end()
    return "".join(parts) + text[end:]


def _masked_identity(found: str) -> str:
    plain = _PUNCTUATION.sub("", found)
    return plain[:6] + HIDDEN * 8 + plain[-4:]


def _masked_phone(found: str) -> str:
    return mask_number(normal_number(found))
