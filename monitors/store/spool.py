"""Samples that wait on disk while the metric store is down.

Segments of records (:mod:`monitors.store.frames`); a batch is on disk (fsync) before ``append``
returns. An append that fails leaves nothing behind: the next one writes over it, or into a new
segment. Reading goes on from an acknowledged position kept in its own file, so a crash, or a
position that cannot be written, repeats samples, which changes nothing in the store. When the bound
is reached the oldest segment is dropped, and its samples counted.
"""

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from monitors.samples import Sample
from monitors.store.frames import Frame, Reader, framed, frames_of, next_frame, next_old_frame
from monitors.store.position import PositionFile
from monitors.store.records import decoded, encoded

SEGMENT_BYTES = 4 * 2**20
FORMATS: dict[str, Reader] = {".records": next_frame, ".segment": next_old_frame}
"""By the file's suffix; the latter was written before and is only read."""


@dataclass(frozen=True, slots=True)
class SpoolState:
    """Size of the backlog, and what the bound, damage or the disk have cost since the start."""

    bytes_waiting: int
    samples_waiting: int
    segments: int
    max_bytes: int
    dropped_samples: int
    """By the bound."""
    damaged: int
    """Places where what was written could not be read; what lay there is lost."""
    refused_appends: int
    """Batches that the disk did not take; whoever appended them still has them."""
    unsaved_positions: int
    """Acknowledgements that are not on disk: a restart would repeat them."""


@dataclass(frozen=True, slots=True)
class SpoolBatch:
    """The oldest samples that wait, and the position to acknowledge once they are stored."""

    samples: tuple[Sample, ...]
    segment: int
    offset: int


@dataclass(slots=True)
class _Segment:
    path: Path
    read: Reader
    size: int
    """Up to the end of the last intact record."""
    samples: int
    """Not acknowledged yet."""


class Spool:
    """A bounded first-in first-out queue of sample batches in a folder of its own.

    Owned by one thread, only :meth:`state` may be asked by any; a second process must not open the
    same folder.
    """

    def __init__(self, folder: Path, max_bytes: int, segment_bytes: int = SEGMENT_BYTES) -> None:
        if max_bytes < 2 * segment_bytes:
            raise ValueError("a spool holds two segments at least, or dropping one empties it")
        self._folder = folder
        self._max_bytes, self._segment_bytes = max_bytes, segment_bytes
        self._dropped = self._damaged = self._refused = self._unsaved = 0
        folder.mkdir(parents=True, exist_ok=True)
        self._position = PositionFile(folder)
        self._segment, self._offset = self._position.read()
        self._segments: dict[int, _Segment] = {}
        self._open_segments()
        self._next = max([self._segment, *(number + 1 for number in self._segments)])
        self._is_torn = False

    @property
    def is_empty(self) -> bool:
        return not any(
            segment.size > self._read_up_to(number) for number, segment in self._segments.items()
        )

    def state(self) -> SpoolState:
        segments = list(self._segments.values())
        return SpoolState(
            bytes_waiting=sum(segment.size for segment in segments) - self._read_of_first(),
            samples_waiting=sum(segment.samples for segment in segments),
            segments=len(segments),
            max_bytes=self._max_bytes,
            dropped_samples=self._dropped,
            damaged=self._damaged,
            refused_appends=self._refused,
            unsaved_positions=self._unsaved,
        )

    def append(self, samples: Sequence[Sample]) -> None:
        """Put one batch at the end; on disk when this returns.

        Raises OSError when the disk does not take it; then it is not in the spool.
        """
        record = framed(encoded(samples), len(samples))
        self._make_room(len(record))
        number = self._number_to_append()
        known = self._segments.get(number)
        path = known.path if known else self._folder / f"{number:012d}.records"
        segment = known or _Segment(path, next_frame, 0, 0)
        try:
            self._write(segment, record)
        except OSError:
            self._refused += 1
            raise
        segment.size += len(record)
        segment.samples += len(samples)
        self._segments[number] = segment
        self._next = number + 1

    def peek(self) -> SpoolBatch | None:
        """The oldest batch that is not acknowledged, None when nothing waits.

        Raises OSError when the disk cannot be read just now.
        """
        for number in sorted(self._segments):
            segment = self._segments[number]
            offset = self._read_up_to(number)
            for frame in frames_of(_contents(segment), segment.read, offset):
                self._damaged += frame.start > offset
                self._segment, self._offset = number, frame.start
                samples = _decoded(frame)
                if samples is not None:
                    return SpoolBatch(samples, number, frame.end)
                self._damaged += 1
                self._segment, self._offset = number, frame.end
                offset = frame.end
            self._damaged += segment.size > offset
            self._pass(number)
        return None

    def acknowledge(self, batch: SpoolBatch) -> None:
        """The batch is stored: never read it again, unless the disk refuses to note it."""
        segment = self._segments.get(batch.segment)
        if segment is None:  # dropped meanwhile
            return
        self._segment, self._offset = batch.segment, batch.offset
        segment.samples = max(0, segment.samples - len(batch.samples))
        if segment.size <= batch.offset:
            self._pass(batch.segment)
        self._save_position()

    def _make_room(self, size: int) -> None:
        """Drop the oldest segments until the record fits within the bound."""
        while self._segments:
            used = sum(segment.size for segment in self._segments.values())
            if used + size <= self._max_bytes:
                return
            oldest = min(self._segments)
            self._dropped += self._segments[oldest].samples
            self._pass(oldest)
            self._save_position()

    def _number_to_append(self) -> int:
        newest = max(self._segments, default=None)
        if newest is None:
            return self._next
        segment = self._segments[newest]
        is_full = segment.size >= self._segment_bytes
        is_old = segment.path.suffix != ".records"
        return self._next if is_full or is_old or self._is_torn else newest

    def _write(self, segment: _Segment, record: bytes) -> None:
        file = os.open(segment.path, os.O_WRONLY | os.O_CREAT, 0o644)
        try:
            written = 0
            while written < len(record):
                written += os.pwrite(file, record[written:], segment.size + written)
            os.fsync(file)
            if segment.size == 0:
                _sync_folder(self._folder)
            self._is_torn = False
        except OSError:
            self._take_back(file, segment)
            raise
        finally:
            os.close(file)

    def _take_back(self, file: int, segment: _Segment) -> None:
        """Leave no torn record; where even that fails the next batch goes elsewhere."""
        self._is_torn = True
        with suppress(OSError):
            os.ftruncate(file, segment.size)
            if segment.size == 0:
                segment.path.unlink()
            os.fsync(file)
            self._is_torn = False

    def _pass(self, number: int) -> None:
        """Everything in the segment was read, or is given up."""
        segment = self._segments.pop(number)
        self._segment, self._offset = number + 1, 0
        self._next = max(self._next, number + 1)
        with suppress(OSError):  # it is removed at the next start, as the position is behind it
            segment.path.unlink()

    def _save_position(self) -> None:
        try:
            self._position.write(self._segment, self._offset)
        except OSError:
            self._unsaved += 1

    def _read_up_to(self, number: int) -> int:
        return self._offset if number == self._segment else 0

    def _read_of_first(self) -> int:
        return self._offset if self._segment in self._segments else 0

    def _open_segments(self) -> None:
        """Find what is there; remove what was read, and what a crash left half written."""
        paths = [path for suffix in FORMATS for path in self._folder.glob(f"*{suffix}")]
        for path in sorted(paths, key=lambda path: int(path.stem)):
            number, read = int(path.stem), FORMATS[path.suffix]
            if number < self._segment:
                with suppress(OSError):
                    path.unlink()
                continue
            data = path.read_bytes()
            frames = list(frames_of(data, read, self._read_up_to(number)))
            size = frames[-1].end if frames else min(self._read_up_to(number), len(data))
            if size < len(data):
                with suppress(OSError):
                    os.truncate(path, size)
            samples = sum(frame.samples for frame in frames)
            self._segments[number] = _Segment(path, read, size, samples)
        self._settle_position()

    def _settle_position(self) -> None:
        """Nothing may be written before a position that is already passed."""
        segment = self._segments.get(self._segment)
        if segment is not None:
            self._offset = min(self._offset, segment.size)
        elif self._offset:
            self._segment, self._offset = self._segment + 1, 0


def _contents(segment: _Segment) -> bytes:
    """Up to the last intact record; nothing if somebody took the file away."""
    try:
        return segment.path.read_bytes()[: segment.size]
    except FileNotFoundError:
        return b""


def _decoded(frame: Frame) -> tuple[Sample, ...] | None:
    """None for an intact record that holds no samples we can read."""
    try:
        return decoded(frame.payload)
    except (ValueError, TypeError, OverflowError):
        return None


def _sync_folder(folder: Path) -> None:
    """A new file's name is on disk, too."""
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
