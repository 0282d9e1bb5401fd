"""Samples on disk while the store is away: order, bound, torn and damaged records, a full disk."""

import errno
import json
import os
import struct
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitors.samples import Sample, tags_of
from monitors.store import position as position_module
from monitors.store import spool as spool_module
from monitors.store.frames import HEADER, MARK, framed, frames_of, next_frame
from monitors.store.records import encoded
from monitors.store.spool import Spool

START = datetime(2026, 3, 1, tzinfo=UTC)
OLD_HEADER = struct.Struct(">II")


def batch(number: int, size: int = 3) -> tuple[Sample, ...]:
    at = START + timedelta(seconds=number)
    return tuple(
        Sample("host", tags_of(agent_host=f"seat-{i}"), {"n": number, "ok": True, "x": 0.5}, at)
        for i in range(size)
    )


def drained(spool: Spool) -> list[int]:
    numbers = []
    while (waiting := spool.peek()) is not None:
        numbers.append(int(waiting.samples[0].fields["n"]))
        spool.acknowledge(waiting)
    return numbers


def open_spool(folder: Path, max_bytes: int = 2**20, segment_bytes: int = 2_000) -> Spool:
    return Spool(folder, max_bytes, segment_bytes)


def segments(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.records"))


def test_batches_come_back_whole_and_in_order_across_segments(tmp_path: Path) -> None:
    spool = open_spool(tmp_path)
    for number in range(50):
        spool.append(batch(number))
    assert spool.state().segments > 3
    assert spool.state().samples_waiting == 150
    waiting = spool.peek()
    assert waiting is not None
    assert waiting.samples == batch(0)
    assert drained(spool) == list(range(50))
    assert spool.is_empty
    assert (spool.state().bytes_waiting, spool.state().samples_waiting) == (0, 0)
    assert segments(tmp_path) == [], "what is delivered takes no room"


def test_what_is_not_acknowledged_is_read_again_after_a_crash(tmp_path: Path) -> None:
    spool = open_spool(tmp_path)
    for number in range(4):
        spool.append(batch(number))
    waiting = spool.peek()
    assert waiting is not None
    spool.acknowledge(waiting)
    spool.peek()
    reopened = open_spool(tmp_path)
    assert reopened.state().samples_waiting == 9
    assert drained(reopened) == [1, 2, 3]


def test_a_torn_tail_is_cut_and_writing_goes_on_behind_it(tmp_path: Path) -> None:
    spool = open_spool(tmp_path)
    spool.append(batch(0))
    spool.append(batch(1))
    (segment,) = segments(tmp_path)
    os.truncate(segment, segment.stat().st_size - 5)
    reopened = open_spool(tmp_path)
    reopened.append(batch(2))
    assert drained(reopened) == [0, 2]


@pytest.mark.parametrize("torn", [1, 4, 9, HEADER.size, HEADER.size + 20], ids=str)
def test_a_torn_record_in_the_middle_hides_nothing_behind_it(tmp_path: Path, torn: int) -> None:
    """As a full disk left it, with whole records written behind: 20 of 46 were lost so."""
    whole = [framed(encoded(batch(number)), 3) for number in range(4)]
    (tmp_path / "000000000001.records").write_bytes(
        whole[0] + whole[1][:torn] + whole[2] + whole[3][:-1] + whole[3]
    )
    spool = open_spool(tmp_path)
    assert drained(spool) == [0, 2, 3]
    assert spool.state().damaged == 2


def test_a_damaged_record_costs_itself_and_is_counted(tmp_path: Path) -> None:
    spool = open_spool(tmp_path)
    for number in range(20):
        spool.append(batch(number))
    first = segments(tmp_path)[0]
    content = bytearray(first.read_bytes())
    content[30] ^= 0xFF
    first.write_bytes(content)
    assert drained(spool) == list(range(1, 20))
    assert spool.state().damaged == 1


@pytest.mark.parametrize("missing", [0, 4], ids=["as it was left", "with a torn tail"])
def test_what_an_earlier_version_left_is_read(tmp_path: Path, missing: int) -> None:
    payloads = [encoded(batch(number)) for number in range(4)]
    records = [OLD_HEADER.pack(len(p), zlib.crc32(p)) + p for p in payloads]
    broken = records[1][:40]
    (tmp_path / "000000000007.segment").write_bytes(records[0] + broken + records[2])
    content = records[3] + b"x" * missing
    (tmp_path / "000000000008.segment").write_bytes(content)
    body = struct.pack(">QQ", 7, len(records[0]))
    (tmp_path / "acknowledged").write_bytes(body + struct.pack(">I", zlib.crc32(body)))
    spool = open_spool(tmp_path)
    spool.append(batch(4))
    assert spool.state().samples_waiting == 9
    assert drained(spool) == [2, 3, 4]
    assert drained(open_spool(tmp_path)) == []
    assert list(tmp_path.glob("*.segment")) == []


def test_an_intact_record_without_samples_is_passed_over(tmp_path: Path) -> None:
    payload = json.dumps({"not": "samples"}).encode()
    content = framed(payload, 1) + framed(encoded(batch(1)), 3)
    (tmp_path / "000000000001.records").write_bytes(content)
    spool = open_spool(tmp_path)
    assert drained(spool) == [1]
    assert spool.state().damaged == 1


def test_a_full_spool_drops_the_oldest_and_counts_the_samples(tmp_path: Path) -> None:
    spool = open_spool(tmp_path, max_bytes=8_000)
    for number in range(100):
        spool.append(batch(number))
        assert sum(path.stat().st_size for path in segments(tmp_path)) <= 8_000
    state = spool.state()
    assert state.bytes_waiting <= 8_000
    kept = drained(spool)
    assert kept == list(range(kept[0], 100))
    assert state.dropped_samples == 3 * kept[0] > 0


def test_a_batch_that_is_dropped_while_it_is_delivered_is_acknowledged_in_vain(
    tmp_path: Path,
) -> None:
    spool = open_spool(tmp_path, max_bytes=8_000)
    spool.append(batch(0))
    waiting = spool.peek()
    assert waiting is not None
    for number in range(1, 100):
        spool.append(batch(number))
    spool.acknowledge(waiting)
    kept = drained(spool)
    assert kept == list(range(kept[0], 100))


def test_a_spool_too_small_for_two_segments_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="two segments"):
        Spool(tmp_path, max_bytes=3_000, segment_bytes=2_000)


def test_a_position_that_cannot_be_written_costs_a_repetition_and_no_batch(tmp_path: Path) -> None:
    (tmp_path / "position").mkdir()  # root writes into any file, but not into a folder
    spool = open_spool(tmp_path)
    for number in range(30):
        spool.append(batch(number))
    assert [*drained(spool)] == list(range(30))
    assert spool.state().unsaved_positions > 0
    spool.append(batch(30))
    again = open_spool(tmp_path)
    assert drained(again) == [30]


def test_nothing_is_written_before_a_position_that_was_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second acknowledgement is not noted, its segment is gone, and the process ends."""
    spool = open_spool(tmp_path)
    spool.append(batch(0))
    spool.append(batch(1))
    disk = Disk()
    monkeypatch.setattr(position_module, "os", disk)
    for disk.writes in (True, False):
        waiting = spool.peek()
        assert waiting is not None
        spool.acknowledge(waiting)
    assert (spool.state().unsaved_positions, segments(tmp_path)) == (1, [])
    again = open_spool(tmp_path)
    again.append(batch(2))
    assert drained(open_spool(tmp_path)) == [2]


def test_a_damaged_position_costs_a_repetition(tmp_path: Path) -> None:
    spool = open_spool(tmp_path)
    for number in range(3):
        spool.append(batch(number))
    for _ in range(2):
        waiting = spool.peek()
        assert waiting is not None
        spool.acknowledge(waiting)
    (tmp_path / "position").write_bytes(b"\xff" * 20)
    assert drained(open_spool(tmp_path)) == [0, 1, 2]


@given(st.lists(st.binary(max_size=40), max_size=6), st.integers(0, 400), st.integers(0, 255))
def test_no_single_damaged_byte_hides_more_than_one_record(
    texts: list[bytes], at: int, value: int
) -> None:
    payloads = [text.hex().encode() for text in texts]
    data = bytearray(b"".join(framed(payload, 1) for payload in payloads))
    if at < len(data):
        data[at] = value
    found = [frame.payload for frame in frames_of(bytes(data), next_frame)]
    left = list(payloads)
    for payload in found:
        left.remove(payload)
    assert len(left) <= 1
    assert MARK not in b"".join(payloads)


class Disk:
    """The system calls that write, on a disk that may be full or fail; reads are real."""

    def __init__(self) -> None:
        self.free: int | None = None
        """Bytes that fit still; None for enough."""
        self.writes = self.syncs = self.cuts = True
        """Whether writing at all, fsync and truncating succeed."""

    def __getattr__(self, name: str) -> object:
        return getattr(os, name)

    def pwrite(self, file: int, data: bytes, offset: int) -> int:
        if not self.writes:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        grows = max(0, offset + len(data) - os.fstat(file).st_size)
        if self.free is None or grows <= self.free:
            self.free = None if self.free is None else self.free - grows
            return os.pwrite(file, data, offset)
        fits = max(0, len(data) - (grows - self.free))
        self.free = 0
        if not fits:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return os.pwrite(file, data[:fits], offset)

    def fsync(self, _: int) -> None:
        if not self.syncs:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    def ftruncate(self, file: int, size: int) -> None:
        if not self.cuts:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        os.ftruncate(file, size)


STEPS = st.one_of(
    st.just("append"),
    st.just("acknowledge"),
    st.just("crash"),
    st.just("tear"),
    st.tuples(st.just("full"), st.integers(0, 400)),
    st.just("no sync"),
    st.just("no cut"),
    st.just("no position"),
    st.just("mended"),
)


@settings(max_examples=150, deadline=None)
@given(steps=st.lists(STEPS, max_size=50))
def test_no_history_of_faults_loses_or_reorders_what_was_acknowledged(
    steps: list[str | tuple[str, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """What ``append`` took is delivered, in order; more than once only from the last position."""
    folder, disk, position_disk = tmp_path_factory.mktemp("spool"), Disk(), Disk()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spool_module, "os", disk)
        patch.setattr(position_module, "os", position_disk)
        spool = open_spool(folder)
        taken: list[int] = []
        maybe: set[int] = set()
        number, next_up = 0, 0
        for step in steps:
            match step:
                case "append":
                    try:
                        spool.append(batch(number))
                        taken.append(number)
                    except OSError:
                        maybe.add(number)
                    number += 1
                case "acknowledge" if (oldest := spool.peek()) is not None:
                    found = int(oldest.samples[0].fields["n"])
                    assert oldest.samples == batch(found)
                    expected = [n for n in taken if n >= next_up]
                    assert found in maybe or found < next_up or found == expected[0]
                    next_up = max(next_up, found + 1)
                    spool.acknowledge(oldest)
                case "crash":
                    spool = open_spool(folder)
                case "tear":
                    newest = max(folder.glob("*.records"), default=None)
                    if newest is not None:
                        with newest.open("ab") as file:
                            file.write(framed(encoded(batch(999)), 3)[:-7])
                    spool = open_spool(folder)
                case ("full", free):
                    disk.free = free
                case "no sync":
                    disk.syncs = False
                case "no cut":
                    disk.cuts = False
                case "no position":
                    position_disk.writes = False
                case "mended":
                    disk.free, disk.syncs, disk.cuts = None, True, True
                    position_disk.writes = True
        left = drained(spool)
        assert left == sorted(left)
        missing = {n for n in taken if n >= next_up} - set(left)
        assert not missing, "taken, and never delivered"
        assert set(left) <= set(taken) | maybe
