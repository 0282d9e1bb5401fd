"""Samples that wait on disk while the metric store is down.

Segments of records, each ``length, crc32, payload``; a batch is on disk (fsync) before ``append``
returns. Reading goes on from an acknowledged position kept in its own file, so a crash repeats
at most one batch, and a repeated sample changes nothing in the store. A torn tail is cut when
the spool is opened. When the bound is reached the oldest segment is dropped, and counted.
"""

import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from monitors.samples import Sample
from monitors.store.records import decoded, encoded

HEADER = struct.Struct(">II")
POSITION = struct.Struct(">QQI")
SEGMENT_BYTES = 4 * 2**20


@dataclass(frozen=True, slots=True)
class SpoolState:
    """Size of the backlog, and what the bound or a damaged segment has cost so far."""

    bytes_waiting: int
    segments: int
    dropped_segments: int
    damaged_segments: int


@dataclass(frozen=True, slots=True)
class Batch:
    """The oldest samples that wait, and the position to acknowledge once they are stored."""

    samples: tuple[Sample, ...]
    segment: int
    offset: int


class Spool:
    """A bounded first-in first-out queue of sample batches in a folder of its own.

    Owned by one thread; a second process must not open the same folder.
    """

    def __init__(self, folder: Path, max_bytes: int, segment_bytes: int = SEGMENT_BYTES) -> None:
        if max_bytes < 2 * segment_bytes:
            raise ValueError("a spool holds two segments at least, or dropping one empties it")
        self._folder = folder
        self._max_bytes = max_bytes
        self._segment_bytes = segment_bytes
        self._dropped = 0
        self._damaged = 0
        folder.mkdir(parents=True, exist_ok=True)
        self._acknowledged = folder / "acknowledged"
        self._segment, self._offset = self._read_position()
        self._drop_segments_before(self._segment)
        self._cut_torn_tail()

    @property
    def is_empty(self) -> bool:
        return all(
            number < self._segment or self._path(number).stat().st_size <= self._read_up_to(number)
            for number in self._segments()
        )

    def state(self) -> SpoolState:
        segments = self._segments()
        sizes = sum(self._path(number).stat().st_size for number in segments)
        read = self._offset if self._segment in segments else 0
        return SpoolState(sizes - read, len(segments), self._dropped, self._damaged)

    def append(self, samples: Sequence[Sample]) -> None:
        """Put one batch at the end; on disk when this returns."""
        payload = encoded(samples)
        segments = self._segments()
        newest = segments[-1] if segments else max(self._segment, 1)
        path = self._path(newest)
        if path.exists() and path.stat().st_size >= self._segment_bytes:
            newest += 1
            path = self._path(newest)
        with path.open("ab") as file:
            file.write(HEADER.pack(len(payload), zlib.crc32(payload)) + payload)
            file.flush()
            os.fsync(file.fileno())
        self._keep_bound()

    def peek(self) -> Batch | None:
        """The oldest batch that is not acknowledged, None when nothing waits."""
        segments = [number for number in self._segments() if number >= self._segment]
        for number in segments:
            offset = self._read_up_to(number)
            with self._path(number).open("rb") as file:
                file.seek(offset)
                found = next(_records(file, offset), None)
            if found is not None:
                payload, end = found
                return Batch(decoded(payload), number, end)
            is_damaged = self._path(number).stat().st_size > offset
            self._damaged += is_damaged
            if is_damaged or number != segments[-1]:
                self._move_to(number + 1, 0)
        return None

    def acknowledge(self, batch: Batch) -> None:
        """The batch is stored: never read it again."""
        self._move_to(batch.segment, batch.offset)

    def _move_to(self, segment: int, offset: int) -> None:
        if segment > self._segment and segment not in self._segments():
            # Appending goes on in a new segment, never behind a position already passed.
            self._path(segment).touch()
        self._segment, self._offset = segment, offset
        body = struct.pack(">QQ", segment, offset)
        draft = self._acknowledged.with_suffix(".new")
        with draft.open("wb") as file:
            file.write(POSITION.pack(segment, offset, zlib.crc32(body)))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._acknowledged)
        self._drop_segments_before(segment)

    def _read_position(self) -> tuple[int, int]:
        try:
            segment, offset, checksum = POSITION.unpack(self._acknowledged.read_bytes())
        except (FileNotFoundError, struct.error):
            return (1, 0)
        # A damaged position costs a repetition, which the store does not notice.
        intact = zlib.crc32(struct.pack(">QQ", segment, offset)) == checksum
        return (segment, offset) if intact else (1, 0)

    def _read_up_to(self, number: int) -> int:
        return self._offset if number == self._segment else 0

    def _cut_torn_tail(self) -> None:
        """Remove what a crash left half written behind the newest intact record."""
        segments = self._segments()
        if not segments:
            return
        path = self._path(segments[-1])
        end = self._read_up_to(segments[-1])
        with path.open("rb") as file:
            file.seek(end)
            for _, after in _records(file, end):
                end = after
        if end < path.stat().st_size:
            os.truncate(path, end)

    def _keep_bound(self) -> None:
        segments = self._segments()
        sizes = {number: self._path(number).stat().st_size for number in segments}
        while sum(sizes.values()) > self._max_bytes and len(sizes) > 1:
            oldest = min(sizes)
            del sizes[oldest]
            self._dropped += 1
            self._move_to(oldest + 1, 0)

    def _drop_segments_before(self, segment: int) -> None:
        for number in self._segments():
            if number < segment:
                self._path(number).unlink()

    def _segments(self) -> list[int]:
        return sorted(int(path.stem) for path in self._folder.glob("*.segment"))

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:012d}.segment"


def _records(file: BinaryIO, offset: int) -> Iterator[tuple[bytes, int]]:
    """Payload and end of each intact record from ``offset`` on, up to the first broken one."""
    while len(header := file.read(HEADER.size)) == HEADER.size:
        length, checksum = HEADER.unpack(header)
        payload = file.read(length)
        if len(payload) < length or zlib.crc32(payload) != checksum:
            return
        offset += HEADER.size + length
        yield payload, offset
