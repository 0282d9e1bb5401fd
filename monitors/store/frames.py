"""How a batch lies in a file, so that what is broken never hides what follows it.

Each record begins with a mark that cannot occur in its payload (0xFF is no byte of UTF-8), followed
by the payload's length, the number of its samples, and a CRC-32 of these and the payload. A reader
that finds a record broken goes on at the next mark. The format of before had no mark; its payloads
are found by how they begin.
"""

import json
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

MARK = b"\xffZS2"
HEADER = struct.Struct(">4sIII")
_COVERED = struct.Struct(">II")
_OLD_HEADER = struct.Struct(">II")
_OLD_BEGINNING = b'[["'


@dataclass(frozen=True, slots=True)
class Frame:
    """An intact record: where it lies, its payload, and how many samples that holds."""

    start: int
    end: int
    payload: bytes
    samples: int


Reader = Callable[[bytes, int], Frame | None]
"""The first intact record at or behind an offset."""


def framed(payload: bytes, samples: int) -> bytes:
    """The record for a payload of UTF-8."""
    covered = _COVERED.pack(len(payload), samples)
    checksum = zlib.crc32(payload, zlib.crc32(covered))
    return HEADER.pack(MARK, len(payload), samples, checksum) + payload


def next_frame(data: bytes, offset: int) -> Frame | None:
    """Reads the present format."""
    at = data.find(MARK, offset)
    while at >= 0:
        if (frame := _frame_at(data, at)) is not None:
            return frame
        at = data.find(MARK, at + 1)
    return None


def next_old_frame(data: bytes, offset: int) -> Frame | None:
    """Reads the format of before: length and CRC-32 of the payload, no mark."""
    begins = data.find(_OLD_BEGINNING, offset + _OLD_HEADER.size)
    while begins >= 0:
        if (frame := _old_frame_at(data, begins - _OLD_HEADER.size)) is not None:
            return frame
        begins = data.find(_OLD_BEGINNING, begins + 1)
    return None


def frames_of(data: bytes, read: Reader, offset: int = 0) -> Iterator[Frame]:
    """Every intact record from the offset on."""
    while (frame := read(data, offset)) is not None:
        yield frame
        offset = frame.end


def _frame_at(data: bytes, at: int) -> Frame | None:
    if at + HEADER.size > len(data):
        return None
    _, length, samples, checksum = HEADER.unpack_from(data, at)
    start = at + HEADER.size
    if start + length > len(data):
        return None
    payload = data[start : start + length]
    if zlib.crc32(payload, zlib.crc32(_COVERED.pack(length, samples))) != checksum:
        return None
    return Frame(at, start + length, payload, samples)


def _old_frame_at(data: bytes, at: int) -> Frame | None:
    length, checksum = _OLD_HEADER.unpack_from(data, at)
    start = at + _OLD_HEADER.size
    if start + length > len(data):
        return None
    payload = data[start : start + length]
    if zlib.crc32(payload) != checksum:
        return None
    return Frame(at, start + length, payload, len(json.loads(payload)))
