"""FreeSWITCH's records of calls: what they say beside the hand count, and what is refused."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_core.hotline.calls.freeswitch import COLUMNS, TEMPLATE, read_callcenter
from ops_core.hotline.calls.log_files import SecondPlaces, read_grown
from ops_core.hotline.calls.model import CallEventKind, call_of
from ops_core.hotline.calls.queue_log import LogReading, LogSource

LOG = (Path(__file__).parent / "logs" / "freeswitch-callcenter.csv").read_text("utf-8")
LINES = LOG.splitlines(keepends=True)
SOURCE = LogSource("fs", {"8001": 1, "8005": 5}, ZoneInfo("Asia/Shanghai"))
FIRST = "8f1b0c2e-6a0d-4c7e-9a51-000000000001"


def read(lines: list[str]) -> LogReading:
    reading = LogReading(SOURCE)
    read_callcenter(lines, "cdr.csv", reading)
    return reading


def changed(**cells: str) -> str:
    """The first line with other cells."""
    row = dict(zip(COLUMNS, LINES[0].strip().split(","), strict=True))
    row |= {name: f'"{cell}"' for name, cell in cells.items()}
    return ",".join(row.values()) + "\n"


def test_a_call_is_its_whole_stay_with_seat_agent_and_who_hung_up() -> None:
    events = [i.event for i in read(LINES[:3]).events if i.event.call == FIRST]
    call = call_of(events, ())
    assert call is not None
    assert (call.queue, call.agent, call.seat) == ("citizen", "8001@hotline.example", 1)
    assert (call.left_at or call.entered_at) - call.entered_at == events[2].at - events[0].at
    assert [e.kind for e in events][2] is CallEventKind.COMPLETECALLER
    others = read(LINES[2:3]).events
    assert others[2].event.kind is CallEventKind.COMPLETEAGENT


@given(st.permutations(LINES), st.integers(1, len(LINES)))
def test_lines_are_the_same_events_in_any_order_and_however_often(
    lines: list[str], again: int
) -> None:
    once = {(i.event.sequence, i.event) for i in read(LINES).events}
    found = read([*lines, *lines[:again]]).events
    assert {(i.event.sequence, i.event) for i in found} == once
    assert len({i.event.sequence for i in found}) == len(once), "no number is given twice"


def test_a_followed_file_is_read_by_its_lines() -> None:
    reading = LogReading(SOURCE)
    read_grown(LINES[:4], "cdr.csv", reading, SecondPlaces(), 1)
    read_grown(LINES[4:], "cdr.csv", reading, SecondPlaces(), 5)
    assert reading.events == read(LINES).events


@pytest.mark.parametrize(
    ("line", "field"),
    [
        (changed(cc_queue_joined_epoch="20260601"), "cc_queue_joined_epoch"),
        (changed(cc_queue_joined_epoch=""), "cc_queue_joined_epoch"),
        (changed(end_epoch="soon"), "end_epoch"),
        (changed(cc_queue_answered_epoch="", cc_cancel_reason="EATEN"), "cc_cancel_reason"),
        (changed(uuid=""), "uuid"),
        (changed(uuid="u" * 201), "uuid"),
        (changed(cc_queue="q" * 101), "cc_queue"),
        (changed(cc_queue_answered_epoch="-1"), "cc_queue_answered_epoch"),
        (changed(cc_queue_joined_epoch="2026-06-01"), "cc_queue_joined_epoch"),
        (LINES[0].replace("\n", ",more\n"), "line"),
        ("\ufeff" + LINES[0], "line"),
        (LINES[0].replace("callcenter,", "callcentre,"), "line"),
        (LINES[0].replace('"member"', '"member'), "line"),
        (LINES[0].replace("recv_bye", "recv\0bye"), "line"),
        (LINES[0].rstrip("\n"), "line"),
        (LINES[0].replace('"member",', ""), "line"),
    ],
    ids=["a day for a second", "no entry", "no second", "unknown reason", "no identifier",
         "a long identifier", "a long name", "a negative second", "a day without a time",
         "a cell too many", "two files in one",
         "another mark", "a quote", "a NUL", "cut off", "a cell too few"],
)  # fmt: skip
def test_a_line_that_cannot_be_read_is_named(line: str, field: str) -> None:
    reading = read([LINES[2], line])
    assert [(fault.line, fault.field) for _, fault in reading.faults] == [(2, field)]
    assert reading.faults[0][1].remedy


def test_the_template_gives_the_columns() -> None:
    assert TEMPLATE.count("${") == len(COLUMNS) - 1
    assert TEMPLATE.startswith('callcenter,"${uuid}"')
