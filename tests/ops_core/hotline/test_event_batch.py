"""A batch as a program posts it: values, or every fault with what to do about it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from ops_core.hotline.calls.event_batch import MOST_EVENTS, read_batch
from ops_core.hotline.calls.model import CallEventKind
from ops_core.kernel.errors import Invalid, InvalidItems
from tests.ops_core.hotline.conftest import CANARY

SEATS = frozenset({12, 37})
EXTENSIONS = {"8012": 12, "8037": 37}
GOOD: dict[str, JsonValue] = {
    "sequence": 1,
    "call": "1795415.1",
    "kind": "CONNECT",
    "at": "2026-11-24T08:30:00+08:00",
    "queue": "citizen",
    "agent": "PJSIP/8037",
}


def faults(**changes: JsonValue) -> list[tuple[int, str, str]]:
    with pytest.raises(InvalidItems) as refused:
        read_batch("pbx", [GOOD, GOOD | changes], SEATS, EXTENSIONS)
    assert all(fault.remedy for fault in refused.value.faults)
    return [(fault.index, fault.field, fault.found) for fault in refused.value.faults]


def test_the_seat_is_the_one_named_or_the_one_at_the_agents_extension() -> None:
    named: dict[str, JsonValue] = {"sequence": 2, "seat": 12}
    elsewhere: dict[str, JsonValue] = {"sequence": 3, "agent": "lin"}
    lot = read_batch(" pbx ", [GOOD, GOOD | named, GOOD | elsewhere], SEATS, EXTENSIONS)
    assert [item.event.seat for item in lot] == [37, 12, None]
    assert {item.event.source for item in lot} == {"pbx"}


def test_a_caller_is_told_as_the_call_enters_and_withheld_numbers_are_none() -> None:
    entering: dict[str, JsonValue] = {"kind": "ENTERQUEUE", "caller": "+86 139-1234-5678"}
    withheld: dict[str, JsonValue] = {"kind": "ENTERQUEUE", "caller": "Anonymous"}
    strange: dict[str, JsonValue] = {"kind": "ENTERQUEUE", "caller": "<unknown>"}
    lot = read_batch("pbx", [GOOD | entering, GOOD | withheld, GOOD | strange], SEATS, EXTENSIONS)
    assert [item.caller for item in lot] == [CANARY, "", ""]


def test_a_start_of_the_source_is_of_no_call_and_everything_else_is_of_one() -> None:
    start: JsonValue = {"sequence": 9, "kind": "QUEUESTART", "at": "2026-11-24T08:30:00+08:00"}
    (item,) = read_batch("pbx", [start], SEATS, EXTENSIONS)
    assert (item.event.kind, item.event.call) == (CallEventKind.QUEUESTART, "")
    assert faults(kind="QUEUESTART") == [(1, "call", "1795415.1")]


@pytest.mark.parametrize(
    ("field", "value", "found"),
    [
        ("sequence", "1", "1"),
        ("sequence", -1, "-1"),
        ("sequence", True, "True"),
        ("call", "", ""),
        ("call", "a\x00b", "a\x00b"),
        ("kind", "PAUSE", "PAUSE"),
        ("at", "2026-11-24T08:30:00", "2026-11-24T08:30:00"),
        ("at", None, "None"),
        ("at", 20260302, "20260302"),
        ("at", "20260302", "20260302"),
        ("at", "1795480200", "1795480200"),
        ("at", "2026-11-24", "2026-11-24"),
        ("at", "-1795480200", "-1795480200"),
        ("at", "-1", "-1"),
        ("at", "1e9", "1e9"),
        ("at", "0001-01-01T00:00:00+08:00", "0001-01-01T00:00:00+08:00"),
        ("at", "9999-12-31T23:59:59-05:00", "9999-12-31T23:59:59-05:00"),
        ("at", "2026-02-30T08:30:00Z", "2026-02-30T08:30:00Z"),
        ("call", " ", " "),
        ("call", "1795415.1 ", "1795415.1 "),
        ("call", "\ud800", "\ud800"),
        ("call", "c" * 201, "c" * 60),
        ("seat", 99, "99"),
        ("seat", "12", "12"),
        ("colour", "red", "red"),
    ],
)
def test_a_fault_names_item_field_and_what_was_found(
    field: str, value: JsonValue, found: str
) -> None:
    assert faults(**{field: value}) == [(1, field, found)]


def test_all_faults_are_named_at_once() -> None:
    assert {field for _, field, _ in faults(kind="?", at="?", sequence="?")} == {
        "kind", "at", "sequence",
    }  # fmt: skip
    missing: list[JsonValue] = [{}, "text"]
    with pytest.raises(InvalidItems) as refused:
        read_batch("pbx", missing, SEATS, EXTENSIONS)
    assert {(f.index, f.field) for f in refused.value.faults} == {
        (0, "sequence"), (0, "call"), (0, "kind"), (0, "at"), (1, ""),
    }  # fmt: skip


def test_a_refusal_tells_no_callers_number() -> None:
    for changes in (
        {"kind": "ENTERQUEUE", "caller": int(CANARY)},
        {"call": CANARY, "kind": "?"},
        {"note": f"call {CANARY}"},
        {"kind": f"{CANARY}"},
    ):
        with pytest.raises(InvalidItems) as refused:
            read_batch("pbx", [GOOD | changes], SEATS, EXTENSIONS)  # type: ignore[operator]
        assert CANARY not in f"{refused.value} {refused.value.faults}"
    with pytest.raises(InvalidItems) as refused:
        read_batch("pbx", [{"caller": CANARY}, [CANARY]], SEATS, EXTENSIONS)
    assert CANARY not in f"{refused.value} {refused.value.faults}"


def test_a_batch_has_a_source_and_an_end() -> None:
    with pytest.raises(Invalid, match="source"):
        read_batch(" ", [GOOD], SEATS, EXTENSIONS)
    with pytest.raises(Invalid, match="5001"):
        read_batch("pbx", [GOOD] * (MOST_EVENTS + 1), SEATS, EXTENSIONS)


JSON: st.SearchStrategy[JsonValue] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2)
    ),
    max_leaves=4,
)


@given(
    st.lists(st.fixed_dictionaries({name: JSON | st.just(value) for name, value in GOOD.items()}))
)
def test_whatever_is_posted_is_read_or_refused_by_index(items: list[JsonValue]) -> None:
    lot, faulty = [], set()
    try:
        lot = read_batch("pbx", items, SEATS, EXTENSIONS)
    except InvalidItems as refused:
        faulty = {fault.index for fault in refused.faults}
    assert faulty <= set(range(len(items)))
    assert len(lot) == (0 if faulty else len(items))
    assert all(isinstance(item.event.kind, CallEventKind) for item in lot)
