"""The bytes of a declaration's file as text, or what they are instead (pure)."""

import codecs
import re
from dataclasses import dataclass

MOST_BYTES = 32 * 1024 * 1024
"""A larger file is no declaration; the largest synthetic one has 9 MB."""
_HAN = re.compile("[\u4e00-\u9fff]")


@dataclass(frozen=True)
class Decoded:
    """The text, or in ``problem`` and ``remedy`` why there is none."""

    text: str = ""
    problem: str = ""
    remedy: str = ""


def decode(data: bytes, *, reads_gbk: bool = False) -> Decoded:
    """UTF-8 with or without its mark; with ``reads_gbk`` what Excel writes on a Chinese Windows,
    too. Any other encoding is named where its bytes show it."""
    if len(data) > MOST_BYTES:
        return Decoded(
            problem=f"has more than {MOST_BYTES:,} bytes", remedy="a file has at most 32 MiB"
        )
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _other("UTF-16")
    try:
        return _plain(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
    gbk = _as_gbk(data)
    if gbk is None:
        return Decoded(
            problem=f"is no UTF-8: byte {data[error_at(data)]:#04x} in line {line} begins no "
            "character",
            remedy="save it as UTF-8",
        )
    return _plain(gbk) if reads_gbk else _other("GBK")


def error_at(data: bytes) -> int:
    """Where the first byte stands that is no UTF-8."""
    try:
        data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return error.start
    return 0


def _as_gbk(data: bytes) -> str | None:
    """GB 18030 holds GBK. Nearly any bytes can be read as it; Chinese characters must come out."""
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        return None
    return text if _HAN.search(text) else None


def _plain(text: str) -> Decoded:
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        return Decoded(problem=f"holds a NUL in line {line}", remedy="save it as UTF-8 text")
    return Decoded(text)


def _other(name: str) -> Decoded:
    return Decoded(problem=f"is encoded in {name}", remedy="save it as UTF-8")
