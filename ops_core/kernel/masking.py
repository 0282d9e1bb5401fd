"""What identifies a person inside texts, and what is shown of it (pure).

A text is folded to look at it, one character for one: digits and letters of any form (１３９,
①, 叁, ｑｑ), breaks (any blank or punctuation), and what nobody sees (zero width, variation
selectors). So a number is found however it was typed, and what is none stays as it was typed.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ops_core.kernel.errors import Invalid

HIDDEN = "*"
_UNSEEN, _BREAK = "\u200b", "-"
_SEPARATOR = f"(?:[-+.@_]{_UNSEEN}*)"
_GAP = f"{_UNSEEN}*{_SEPARATOR}{{0,8}}(?:(?:[*]{_UNSEEN}*){{1,3}}{_SEPARATOR}{{0,2}})?"
"""Separators between two digits of one number, and what nobody sees, without limit; what a mask
left of a number is none with its neighbours."""

_PUNCTUATION = re.compile(r"[\s\-\u2010-\u2015\u2212－.．·()（）]")
_NUMBER = re.compile(r"\+?[0-9]{3,20}")
_MOBILE_PREFIX = re.compile(r"^(?:(?:\+|00)?86|0)(?=1[3-9][0-9]{9}$)")
_COUNTRY_PREFIX = re.compile(r"^(?:\+|00)86")
_LETTER_AS_ZERO = re.compile("(?<=[0-9])[Oo]+(?![A-Za-z])")
_LETTER_WITHIN = re.compile("(?<=[0-9])[Oo]+(?=[0-9])")
_LETTER_AS_ONE = re.compile("(?<![A-Za-z])[lI](?=[-0-9])|(?<=[0-9])[lI](?![A-Za-z])")
_SIGN_WORDS = (
    (re.compile("(?<=[0-9])(?:空格?|横?杠|减号?)(?=[0-9])"), "-"),
    (re.compile("(?<=[A-Za-z0-9])-{0,2}(?:[Dd][Oo][Tt]|点)-{0,2}(?=[A-Za-z])"), "."),
    (re.compile("(?<=[A-Za-z0-9])艾特(?=[A-Za-z0-9])"), "@"),
)
"""What people write out of a separator, and what is read there."""


def _digits(least: int, most: int) -> str:
    return f"(?:{_GAP}[0-9]){{{least},{most}}}"


def _named(words: str) -> str:
    """The words that announce what follows, and what may stand between."""
    return rf"(?:{words})(?:[^0-9A-Za-z\n]){{0,8}}?"


PHONE_LIKE = re.compile(
    rf"(?<![0-9])(?:(?:(?:\+|00){_GAP})?8{_GAP}6{_GAP})?"
    rf"(?:1{_GAP}[3-9]{_digits(9, 9)}|0{_GAP}[1-9]{_digits(8, 10)}|0[0-9]{{9,11}})"
    rf"(?![0-9])"
)
"""A mobile or landline number of mainland China inside a folded text, however broken."""
ID_LIKE = re.compile(
    rf"(?<![0-9])(?:[1-9]{_digits(16, 16)}{_GAP}|[0-9]{{17}})[0-9Xx](?![0-9])"
    rf"|(?<![0-9])[1-9]{_digits(7, 7)}{_GAP}(?:0{_GAP}[1-9]|1{_GAP}[0-2])"
    rf"{_GAP}(?:0{_GAP}[1-9]|[12]{_GAP}[0-9]|3{_GAP}[01]){_digits(3, 3)}(?![0-9])"
)
"""A resident identity number (GB 11643), or one of fifteen digits as it was until 1999."""
_ABROAD = re.compile(rf"(?<![0-9+])\+{_UNSEEN}*[1-9]{_digits(6, 14)}(?![0-9])")
_CARD = re.compile(rf"(?<![0-9])(?:[3-69]|2(?={_GAP}[2-7])){_digits(12, 18)}(?![0-9])")
_LOCAL = re.compile(
    _named("电话|座机|固话|联系方式|致电|拨打|来电|号码|手机|传真|[Tt][Ee][Ll]|[Pp]hone")
    + rf"([2-9]{_digits(6, 7)})(?![0-9])"
)
_DOT = f"(?:{_UNSEEN}|-){{0,4}}[.](?:{_UNSEEN}|-){{0,4}}"
_MAIL = re.compile(
    rf"(?<![A-Za-z0-9_])[A-Za-z0-9_](?:{_UNSEEN}*[-*A-Za-z0-9_.+]){{0,63}}{_UNSEEN}*"
    rf"(?:(?:{_UNSEEN}|[-*]){{0,3}}@(?:{_UNSEEN}|[-*]){{0,3}}|-{{1,2}}[Aa][Tt]-{{1,2}})"
    rf"(?:{_UNSEEN}*[-*A-Za-z0-9]){{1,63}}?"
    rf"(?:{_DOT}[A-Za-z0-9](?:{_UNSEEN}*[-A-Za-z0-9]){{0,63}}?){{0,6}}?"
    rf"{_DOT}[A-Za-z]{{2,12}}(?![A-Za-z0-9])"
)
_ACCOUNT = re.compile(
    _named("[Qq][Qq]|微信(?!公众|小程序)|薇信|威信|[Ww]e[Cc]hat|[Vv][Xx]|支付宝|抖音")
    + rf"([A-Za-z0-9_](?:(?:{_UNSEEN}|[-*])*[A-Za-z0-9_]){{4,}})(?!@)"
)
_PASSPORT = re.compile(
    _named("护照|通行证|回乡证|居留证|军官证|证件|[Pp]assport")
    + rf"([A-Za-z](?:{_GAP}[A-Za-z])?{_digits(6, 10)})(?![0-9])"
)
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使"
_PLATE = re.compile(
    rf"[{_PROVINCES}]{_GAP}[A-Za-z](?:{_GAP}[A-HJ-NP-Za-hj-np-z0-9]){{4,6}}"
    rf"(?:{_GAP}[挂学警港澳领使])?(?![A-Za-z0-9])"
)


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
    """A free text with what identifies a person in it masked. Masking twice is the same.

    What a mask leaves may form a number with its neighbours, so it goes on until nothing is found;
    every mask takes digits or letters away, so it ends.
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


@dataclass(frozen=True, slots=True)
class _Kind:
    """What is looked for, and what stays of it; ``group`` is the part that is masked."""

    pattern: re.Pattern[str]
    masked: Callable[[str], str]
    group: int = 0


def _mask_once(text: str) -> str:
    looked_at = readings(text)
    for kind in _KINDS:
        masked = _replaced(text, looked_at, kind)
        if masked != text:
            text, looked_at = masked, readings(masked)
    return text


def _replaced(text: str, looked_at: Sequence[str], kind: _Kind) -> str:
    for reading in looked_at:
        masked = _replaced_in(text, reading, kind)
        if masked != text:
            return masked  # its places are no longer those of the other readings
    return text


def readings(text: str) -> Sequence[str]:
    """The text as it is looked at: a letter behind a digit may be a zero, or the next word; one
    beside a digit may be a one; a separator may be written out."""
    letters = "".join(map(_fold_character, text))
    as_zero = (_with_zeros(letters, pattern) for pattern in (_LETTER_AS_ZERO, _LETTER_WITHIN))
    as_typed = (*as_zero, letters)
    in_words = (_with_signs(_LETTER_AS_ONE.sub("1", reading)) for reading in as_typed)
    return list(dict.fromkeys((*as_typed, *in_words)))


def _replaced_in(text: str, looked_at: str, kind: _Kind) -> str:
    parts, end = [], 0
    for found in kind.pattern.finditer(looked_at):
        begin, until = found.span(kind.group)
        masked = kind.masked(found[kind.group])
        if masked != found[kind.group]:
            parts += [text[end:begin], masked]
            end = until
    return "".join(parts) + text[end:]


def fold(text: str) -> str:
    """The text as it is looked at, of the same length."""
    return _with_zeros("".join(map(_fold_character, text)), _LETTER_AS_ZERO)


def _with_zeros(folded: str, letters: re.Pattern[str]) -> str:
    return letters.sub(lambda found: re.sub("[Oo]", "0", found[0]), folded)


def _with_signs(folded: str) -> str:
    """Signs in the place of the words for them, and what nobody sees in that of the others."""
    for words, sign in _SIGN_WORDS:
        parts, end = [], 0
        for found in words.finditer(folded):
            parts += [folded[end : found.start()], sign.ljust(len(found[0]), _UNSEEN)]
            end = found.end()
        folded = "".join(parts) + folded[end:]
    return folded


@lru_cache(4096)
def _fold_character(character: str) -> str:
    if character.isascii():
        plain = character
    elif (digit := _digit_of(character)) is not None:
        return digit
    else:
        alike = unicodedata.normalize("NFKC", character)
        plain = alike if len(alike) == 1 else character
    if plain.isalnum() or plain in "+.@*":
        return plain
    if plain == "。":
        return "."
    category = unicodedata.category(plain)
    if category in ("Cf", "Mn", "Me", "Cc") and plain not in "\n\r\t":
        return _UNSEEN
    return "_" if plain == "_" else _BREAK


def _digit_of(character: str) -> str | None:
    """Any single digit, also 零 to 九, 壹 to 玖, 〇, 幺."""
    if character == "幺":
        return "1"
    value = unicodedata.numeric(character, None)
    if value is None or not 0 <= value <= 9 or value != int(value):
        return None
    return str(int(value))


def _plain(found: str) -> str:
    return re.sub("[^A-Za-z0-9]", "", found)


def _masked_identity(found: str) -> str:
    plain = _plain(found)
    return plain[:6] + HIDDEN * (len(plain) - 10) + plain[-4:]


def _masked_phone(found: str) -> str:
    plain = "".join(c for c in found if c.isdigit())
    return mask_number(_COUNTRY_PREFIX.sub("", _MOBILE_PREFIX.sub("", plain)))


def _masked_card(found: str) -> str:
    plain = _plain(found)
    return plain[:4] + HIDDEN * (len(plain) - 8) + plain[-4:] if is_card(plain) else found


def is_card(digits: str) -> bool:
    """Whether a bank card may bear the number: UnionPay's range, or the check digit of Luhn."""
    if digits.startswith("62") and len(digits) >= 16:
        return True
    doubled = [int(c) * 2 for c in digits[-2::-2]]
    return (sum(map(int, digits[-1::-2])) + sum(d // 10 + d % 10 for d in doubled)) % 10 == 0


def _masked_mail(found: str) -> str:
    sign = re.search("@|-[Aa][Tt]-", found)
    domain = found[sign.end() :].replace(_UNSEEN, "").lstrip("-") if sign else ""
    return f"{found[0]}{HIDDEN * 4}@{domain}"


def _masked_end(found: str) -> str:
    """The beginning of an account, or of a passport's number."""
    plain = re.sub("[^A-Za-z0-9_]", "", found)
    return plain[:2] + HIDDEN * 4


def _masked_plate(found: str) -> str:
    plain = re.sub(f"[{_UNSEEN}.@+-]", "", found)
    if not any(c.isdigit() for c in plain[2:]):
        return found
    return plain[:2] + HIDDEN * 4 + plain[6:]


_KINDS: Sequence[_Kind] = (
    _Kind(_CARD, _masked_card),
    _Kind(ID_LIKE, _masked_identity),
    _Kind(_MAIL, _masked_mail),
    _Kind(_ABROAD, _masked_phone),
    _Kind(PHONE_LIKE, _masked_phone),
    _Kind(_LOCAL, lambda found: mask_number(_plain(found)), 1),
    _Kind(_PASSPORT, _masked_end, 1),
    _Kind(_PLATE, _masked_plate),
    _Kind(_ACCOUNT, _masked_end, 1),
)
