"""Samples on disk while the store is away: order, bound, torn tails, damage."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitors.samples import Sample, tags_of
from monitors.store.spool import Spool

START = datetime(2026, 3, 1, tzinfo=UTC)


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


def test_batches_come_back_whole_and_in_order_across_segments(tmp_path: Path) -> None:
    spool = open_spool(tmp_path)
    for number in range(50):
        spool.append(batch(number))
    assert spool.state().segments > 3
    assert spool.peek().samples == batch(0)
    assert drained(spool) == list(range(50))
    assert spool.is_empty
    assert spool.state().bytes_waiting == 0


def test_what_is_not_acknowledged_is_read_again_after_a_crash(tmp_path: Path) -> None:
    spool = open_spool(tmp_path)
    for number in range(4):
        spool.append(batch(number))
    spool.acknowledge(spool.peek())
    spool.peek()
    assert drained(open_spool(tmp_path)) == [1, 2, 3]


def test_a_torn_tail_is_cut_and_writing_goes_on_behind_it(tmp_path: Path) -> None:
    spool = open_spool(tmp_path)
    spool.append(batch(0))
    spool.append(batch(1))
    segment = next(tmp_path.glob("*.segment"))
    os.truncate(segment, segment.stat().st_size - 5)
    reopened = open_spool(tmp_path)
    reopened.append(batch(2))
    assert drained(reopened) == [0, 2]


def test_a_damaged_record_costs_its_segment_and_is_counted(tmp_path: Path) -> None:
    spool = open_spool(tmp_path)
    for number in range(20):
        spool.append(batch(number))
    first = min(tmp_path.glob("*.segment"))
    content = bytearray(first.read_bytes())
    content[30] ^= 0xFF
    first.write_bytes(content)
    survivors = drained(spool)
    assert survivors == list(range(survivors[0], 20))
    assert 0 not in survivors
    assert spool.state().damaged_segments == 1


def test_a_full_spool_drops_the_oldest_segment_and_counts_it(tmp_path: Path) -> None:
    spool = open_spool(tmp_path, max_bytes=8_000)
    for number in range(100):
        spool.append(batch(number))
    state = spool.state()
    assert state.bytes_waiting <= 8_000
    assert state.dropped_segments > 0
    kept = drained(spool)
    assert kept == list(range(kept[0], 100))


def test_a_spool_too_small_for_two_segments_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="two segments"):
        Spool(tmp_path, max_bytes=3_000, segment_bytes=2_000)


@settings(max_examples=40, deadline=None)
@given(steps=st.lists(st.sampled_from(["append", "acknowledge", "reopen", "tear"]), max_size=40))
def test_no_history_loses_or_reorders_a_batch(
    steps: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("spool")
    spool = open_spool(folder)
    written = 0
    waiting: list[int] = []
    for step in steps:
        if step == "append":
            spool.append(batch(written))
            waiting.append(written)
            written += 1
        elif step == "acknowledge" and (oldest := spool.peek()) is not None:
            assert oldest.samples == batch(waiting.pop(0))
            spool.acknowledge(oldest)
        elif step == "reopen":
            spool = open_spool(folder)
        elif step == "tear":
            # A crash in the middle of an append leaves the beginning of a record.
            segments = sorted(folder.glob("*.segment"))
            if segments:
                with segments[-1].open("ab") as file:
                    file.write(b"\0\0\1")
            spool = open_spool(folder)
    assert drained(spool) == waiting
