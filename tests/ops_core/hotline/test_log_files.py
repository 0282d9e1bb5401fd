"""Logs of several Asterisk versions against hand counts, and what is refused line by line."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ops_core.hotline.calls.growing_log import GrowingLog
from ops_core.hotline.calls.log_files import SecondPlaces, read_file, read_grown, read_own_lines
from ops_core.hotline.calls.model import Call, CallEvent, CallEventKind, call_of
from ops_core.hotline.calls.queue_log import (
    IncomingEvent,
    LogInvalid,
    LogReading,
    LogSource,
    extension_of,
    instant_of,
)

LOGS = Path(__file__).parent / "logs"
SHANGHAI = ZoneInfo("Asia/Shanghai")
SOURCE = LogSource("pbx", {"8001": 1, "8005": 5}, SHANGHAI, frozenset({"STARTCALL"}))
HEADER = "id,time,callid,queuename,agent,event,data1,data2\n"
GOOD = "1,2026-11-24 08:30:00,c-1,citizen,NONE,ENTERQUEUE,,13900000001\n"


@dataclass(frozen=True)
class HandCount:
    files: tuple[str, ...]
    outcomes: dict[str, int]
    going_on: int
    numbers: int
    passed_over: dict[str, int]


COUNTS = {
    name: HandCount(tuple(count.pop("files")), **count)
    for name, count in yaml.safe_load((LOGS / "counts.yml").read_text("utf-8")).items()
}


def read(texts: Sequence[str], source: LogSource = SOURCE) -> LogReading:
    reading, places = LogReading(source), SecondPlaces()
    for number, text in enumerate(texts):
        read_file(text.splitlines(keepends=True), f"log.{number}", reading, places)
    return reading


def calls_of(events: Sequence[IncomingEvent]) -> list[Call]:
    by_call: dict[str, list[CallEvent]] = defaultdict(list)
    for item in events:
        by_call[item.event.call].append(item.event)
    starts = by_call.pop("", [])
    found = (call_of(of_call, starts) for of_call in by_call.values())
    return [call for call in found if call is not None]


@pytest.mark.parametrize("name", COUNTS)
def test_a_log_of_any_version_comes_to_what_was_counted_by_hand(name: str) -> None:
    expected = COUNTS[name]
    reading = read([(LOGS / file).read_text("utf-8") for file in expected.files])
    reading.require_faultless()
    calls = calls_of(reading.events)
    assert Counter(call.outcome.value for call in calls) == expected.outcomes
    assert sum(call.left_at is None for call in calls) == expected.going_on
    assert sum(bool(item.caller) for item in reading.events if item.caller) >= expected.numbers
    assert len({i.event.call for i in reading.events if i.caller}) == expected.numbers
    assert dict(reading.passed_over) == expected.passed_over


def test_a_line_is_the_same_line_from_whichever_file_it_is_read() -> None:
    """Read whole, read as two rotated files, read again with more at its end."""
    older, newer = ((LOGS / name).read_text("utf-8") for name in COUNTS["asterisk-18"].files)
    whole = read([older + newer]).events
    assert read([older, newer]).events == whole
    assert read([older]).events == whole[:3]
    assert len({item.event.sequence for item in whole}) == len(whole)


@given(st.data())
def test_own_numbers_follow_the_order_within_a_second(data: st.DataObject) -> None:
    lines = data.draw(st.lists(st.tuples(st.integers(10**9, 10**9 + 2), st.text()), max_size=30))
    places = SecondPlaces()
    numbers = [(second, places.number(second, text)) for second, text in lines]
    assert all(0 <= number < 2**63 for _, number in numbers)
    for second in {second for second, _ in numbers}:
        of_second = [number for one, number in numbers if one == second]
        assert of_second == sorted(set(of_second))
    assert sorted(numbers) == sorted(numbers, key=lambda pair: pair[1])


def faults(text: str) -> list[tuple[int, str]]:
    reading = read([text])
    with pytest.raises(LogInvalid) as refused:
        reading.require_faultless()
    assert all(fault.remedy for _, fault in refused.value.faults)
    return [(fault.line, fault.field) for _, fault in refused.value.faults]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (HEADER + GOOD.replace("c-1", '"c-1') + GOOD * 3, [(2, "line")]),
        (HEADER + GOOD.replace("citizen", 'cit"izen') + GOOD, [(2, "line")]),
        (HEADER + GOOD.replace("c-1", '"c-1"x') + GOOD, [(2, "line")]),
        (HEADER + GOOD + GOOD.replace("\n", ",more\n"), [(3, "line")]),
        (HEADER + GOOD + "2,2026-11-24 08:31:00,c-2\n", [(3, "line")]),
        (HEADER + GOOD.replace("citizen", "cit\0izen"), [(2, "line")]),
        (HEADER + GOOD + GOOD.rstrip("\n"), [(3, "line")]),
        (HEADER + GOOD.replace("2026-11-24 08:30:00", "20260302"), [(2, "time")]),
        (HEADER + GOOD.replace("2026-11-24 08:30:00", "2026-11-24"), [(2, "time")]),
        (HEADER + GOOD.replace("2026-11-24 08:30:00", "1e9"), [(2, "time")]),
        (HEADER + GOOD.replace("2026-11-24 08:30:00", "12"), [(2, "time")]),
        (HEADER + GOOD.replace("ENTERQUEUE", "TAKEN"), [(2, "event")]),
        ("1298900010|c-1|citizen\n", [(1, "line")]),
        ("1298900010|c-1|citizen|NONE|ENTERQUEUE||139", [(1, "line")]),
        ("1298900010|c-1|citizen|NONE|ENTERQUEUE||\n20260302|c-1|q|NONE|ABANDON|\n", [(2, "time")]),
        ("1298900010|NONE|citizen|NONE|ENTERQUEUE||\n", [(1, "callid")]),
        ("1298900010|c-1|citizen|NONE|ENTERQUEUE||139|11298900014|c-1|citizen|SIP/8001|CONNECT|4\n",
         [(1, "line")]),
        (HEADER.replace("data1", "event") + GOOD, [(1, "event")]),
        (HEADER.replace("data1", "data2") + GOOD, [(1, "data2")]),
        (HEADER + GOOD.replace("2026-11-24 08:30:00", "0001-01-01 00:00:00"), [(2, "time")]),
        (HEADER + GOOD.replace("2026-11-24 08:30:00", "9999-12-31 23:59:59-05:00"), [(2, "time")]),
        (HEADER + GOOD.replace("2026-11-24 08:30:00", "20261124T083000"), [(2, "time")]),
        (HEADER + GOOD.replace("2026-11-24 08:30:00", "-1795480200"), [(2, "time")]),
        (HEADER + GOOD.replace("2026-11-24 08:30:00", "46350.354"), [(2, "time")]),
        (HEADER + GOOD.replace("c-1", "c" * 201) + GOOD, [(2, "callid")]),
        (HEADER + GOOD.replace("citizen", "q" * 101), [(2, "queuename")]),
        (HEADER + GOOD + HEADER, [(3, "event"), (3, "id"), (3, "time")]),
        (HEADER + GOOD + "\ufeff" + GOOD, [(3, "id")]),
    ],
    ids=[
        "a quotation mark that is not closed", "one within a cell", "text behind one",
        "a cell too many", "cells too few", "a NUL", "cut in its last line", "a day as a number",
        "a day without a time", "a power of ten", "a small number", "an unknown name",
        "own line without event", "own line that was cut", "own line with a day",
        "an event of no call", "two own lines in one", "a column twice", "another one twice",
        "the first of all years", "the last of them", "a moment as a number", "seconds before 1970",
        "a day as Excel counts", "a long identifier", "a long name", "a second header",
        "two files in one",
    ],
)  # fmt: skip
def test_a_damaged_line_is_named_and_swallows_no_other(
    text: str, expected: list[tuple[int, str]]
) -> None:
    assert faults(text) == expected


@pytest.mark.parametrize(
    ("sent", "number"),
    [
        ("13900000001", "13900000001"),
        ("+86 139-0000-0001", "13900000001"),
        ('"Li" <13900000001>', "13900000001"),
        ("sip:13900000001@10.1.2.3;user=phone", "13900000001"),
        ("tel:+8613900000001", "13900000001"),
        ('"Li" <sip:13900000001@10.1.2.3;user=phone>;tag=1c2', "13900000001"),
        ("sips:13900000001@pbx:5061", "13900000001"),
        ("unavailable", ""),
        ("13900000001,13900000002", ""),
        ("9" * 60, ""),
        ("-", ""),
        ("asterisk", ""),
        ("<unknown>", ""),
        ("private", ""),
        ("Anonymous", ""),
        ("sip:scanner@203.0.113.9", ""),
        ("1' OR '1'='1", ""),
        ("", ""),
    ],
)
def test_a_strange_caller_is_taken_and_his_number_withheld(sent: str, number: str) -> None:
    reading = read([f"1298900010|c-1|citizen|NONE|ENTERQUEUE||{sent}|1\n"])
    reading.require_faultless()
    assert [item.caller for item in reading.events] == [number]


def test_an_instant_with_another_offset_is_the_same_instant() -> None:
    texts = ("2026-11-24 08:30:00", "2026-11-24T08:30:00+08:00", "2026-11-24T00:30:00Z",
             "2026-11-23T19:30:00-05:00", "1795480200")  # fmt: skip
    assert len({instant_of(text, SHANGHAI) for text in texts}) == 1


@pytest.mark.parametrize(
    "content",
    [
        HEADER + GOOD,
        (HEADER + GOOD).replace("\n", "\r\n"),
        HEADER + GOOD.replace("citizen", '"citizen"').replace("c-1", '"c-1"'),
        HEADER + "\n" + GOOD + "\r\n",
        "event,agent,queuename,callid,time,id,data2\n"
        "ENTERQUEUE,NONE,citizen,c-1,2026-11-24T00:30:00Z,1,sip:13900000001@pbx\n",
    ],
    ids=["plain", "CRLF", "quoted", "empty lines", "columns in another order"],
)  # fmt: skip
def test_a_sound_table_is_the_same_however_it_was_saved(content: str) -> None:
    reading = read([content])
    reading.require_faultless()
    assert reading.events == read([HEADER + GOOD]).events
    assert len(reading.events) == 1


def test_a_log_that_was_rotated_a_moment_ago_is_empty() -> None:
    older = (LOGS / "asterisk-11.log").read_text("utf-8")
    reading = read([older, ""])
    reading.require_faultless()
    assert reading.events == read([older]).events


def test_a_log_whose_first_line_is_damaged_is_a_log_all_the_same() -> None:
    whole = (LOGS / "asterisk-11.log").read_text("utf-8")
    reading = read(["zen|NONE|ENTERQUEUE||13900000001|1\n" + whole])
    assert [(fault.line, fault.field) for _, fault in reading.faults] == [(1, "line")]
    assert reading.events == read([whole]).events


@pytest.mark.parametrize("blank", ["\n", "\r\n", " \t\n\n"])
@pytest.mark.parametrize(
    "content",
    [
        (LOGS / "asterisk-11.log").read_text("utf-8"),
        (LOGS / "freeswitch-callcenter.csv").read_text("utf-8"),
        HEADER + GOOD,
    ],
    ids=["Asterisk", "FreeSWITCH", "table"],
)
def test_blank_lines_at_the_beginning_are_nothing(blank: str, content: str) -> None:
    reading = read([blank + content])
    reading.require_faultless()
    assert reading.events == read([content]).events


@pytest.mark.parametrize("content", ["\n", " \r\n\n", "\t"])
def test_a_log_of_blank_lines_holds_nothing(content: str) -> None:
    reading = read([content])
    reading.require_faultless()
    assert reading.events == []


def test_a_line_after_blank_ones_is_named_by_its_place_in_the_file() -> None:
    reading = read(["\n\n1772411400|call-1|ENTERQUEUE\n1|2|3|4|5\n"])
    assert [fault.line for _, fault in reading.faults][:1] == [3]


@pytest.mark.parametrize("name", ["asterisk-11.log", "freeswitch-callcenter.csv"])
def test_a_followed_log_that_grows_by_a_blank_line_first_is_read_by_its_kind(name: str) -> None:
    lines = (LOGS / name).read_text("utf-8").splitlines(keepends=True)
    grown = LogReading(SOURCE)
    read_grown(["\n", *lines], "queue_log", grown, SecondPlaces(), 1)
    grown.require_faultless()
    assert grown.events == read(["".join(lines)]).events


def test_a_followed_log_with_a_mark_at_its_beginning_loses_no_line(tmp_path: Path) -> None:
    path = tmp_path / "queue_log"
    log = GrowingLog(path)
    path.write_text("a|1\n", "utf-8-sig")
    assert log.lines() == ["a|1\n"]
    path.rename(tmp_path / "queue_log.1")
    path.write_text("b|2\n", "utf-8-sig")
    assert log.lines() == ["b|2\n"]
    log.close()


@pytest.mark.parametrize(
    ("member", "extension"),
    [
        ("PJSIP/8001", "8001"),
        ("SIP/8001-0000001a", "8001"),
        ("Local/8001@from-queue/n", "8001"),
        ("PJSIP/8001-00000012;2", "8001"),
        ("IAX2/8001", "8001"),
        ("sip:8001@10.1.2.3", "8001"),
        ("sofia/internal/8001@hotline.example", "8001"),
        ("user/8001@hotline.example", "8001"),
        ("8001", "8001"),
        ("DAHDI/1-1", ""),
        ("agent.lin", ""),
        ("NONE", ""),
    ],
)
def test_a_members_name_gives_its_extension(member: str, extension: str) -> None:
    assert extension_of(member) == extension


def test_a_log_is_followed_through_rotation_truncation_and_half_lines(tmp_path: Path) -> None:
    path = tmp_path / "queue_log"
    log = GrowingLog(path)
    assert log.lines() == []
    path.write_text("a|1\nb|")
    assert log.lines() == ["a|1\n"]
    with path.open("a") as file:
        file.write("2\nc|3\n")
    assert log.lines() == ["b|2\n", "c|3\n"]
    assert log.lines() == []
    with path.open("a") as file:
        file.write("d|4\n")
    former = tmp_path / "queue_log.1"
    path.rename(former)
    path.touch()  # logrotate's `create`: the writer has not heard of it yet
    assert log.lines() == ["d|4\n"]
    with former.open("a") as file:
        file.write("d|4a\nd|4")
    path.write_text("e|5\n")
    assert log.lines() == ["d|4a\n", "d|4", "e|5\n"], "the rest of the former file first"
    path.write_text("")
    assert log.lines() == []
    path.write_text("f|6\n")
    assert log.lines() == ["f|6\n"]
    path.unlink()
    assert log.lines() == []
    path.write_text("g|7\n")
    assert log.lines() == ["g|7\n"]
    log.close()


def test_a_line_read_while_the_log_grows_is_the_line_of_the_whole_file() -> None:
    text = (LOGS / "asterisk-11.log").read_text("utf-8").splitlines(keepends=True)
    places, grown = SecondPlaces(), LogReading(SOURCE)
    for line in text:
        read_own_lines([line], "queue_log", grown, places)
    assert grown.events == read(["".join(text)]).events
    assert {i.event.kind for i in grown.events} <= set(CallEventKind)
