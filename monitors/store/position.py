"""Up to where a spool was read, on disk: two slots that are written alternately.

They are overwritten in place, so that a full disk has no say in it; a crash in the middle leaves
the other slot. A lost position costs a repetition, which the store does not notice.
"""

import os
import struct
import zlib
from pathlib import Path

_BODY = struct.Struct(">QQQ")
_SLOT = struct.Struct(">QQQI")
_OLD = struct.Struct(">QQI")
START = (1, 0)


class PositionFile:
    """Segment and offset up to which everything is acknowledged."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "position"
        self._old = folder / "acknowledged"
        self._slot = 0

    def read(self) -> tuple[int, int]:
        """The newest position that is intact, the beginning without one."""
        try:
            data = self._path.read_bytes()
        except OSError:
            return self._read_old()
        slots = [
            _SLOT.unpack_from(data, at)
            for at in (0, _SLOT.size)
            if at + _SLOT.size <= len(data) and _is_intact(data[at : at + _SLOT.size])
        ]
        if not slots:
            return START
        self._slot, segment, offset, _ = max(slots)
        return segment, offset

    def write(self, segment: int, offset: int) -> None:
        """Durable when this returns. Raises OSError; the position of before holds then."""
        self._slot += 1
        body = _BODY.pack(self._slot, segment, offset)
        file = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o644)
        try:
            os.pwrite(file, body + zlib.crc32(body).to_bytes(4, "big"), self._slot % 2 * _SLOT.size)
            os.fsync(file)
        finally:
            os.close(file)
        self._old.unlink(missing_ok=True)

    def _read_old(self) -> tuple[int, int]:
        try:
            segment, offset, checksum = _OLD.unpack(self._old.read_bytes())
        except (OSError, struct.error):
            return START
        return (
            (segment, offset)
            if zlib.crc32(struct.pack(">QQ", segment, offset)) == checksum
            else START
        )


def _is_intact(slot: bytes) -> bool:
    return zlib.crc32(slot[: _BODY.size]) == int.from_bytes(slot[_BODY.size :], "big")
