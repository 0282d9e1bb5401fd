"""Groups of seats say the same as the long list; faults name the row or the default at fault."""

import csv
import io
import shutil
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_configs.site import load_site
from device_configs.site.documents import SeatDocument, SeatGroup
from device_configs.site.faults import Faults, SiteInvalid
from device_configs.site.model import Site
from device_configs.site.seat_groups import check_nesting, expanded_seats
from device_configs.site.seat_table import COLUMNS

SHIPPED = Path(__file__).parents[3] / "inventory"
LONG = Path(__file__).parent / "seats_long.csv"


def test_a_telephone_number_in_the_international_form_counts_on(folder: Path) -> None:
    text = (folder / "seats.yml").read_text("utf-8")
    assert '"8001"' in text
    written = text.replace('"8001"', '"+86 10 5550 8001"', 1)
    (folder / "seats.yml").write_text(written, "utf-8")
    seats = load_site(folder).seats
    assert [seats[f"seat-00{n}"].phone for n in (1, 2, 9)] == [
        "+86 10 5550 8001", "+86 10 5550 8002", "+86 10 5550 8009",
    ]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "inventory"))


def loaded(folder: Path, rows: str) -> Site:
    (folder / "seats.csv").write_text(rows, "utf-8")
    return load_site(folder)


def faults_of(folder: Path, edit: tuple[str, str] = ("", ""), rows: str | None = None) -> list[str]:
    text = (folder / "seats.yml").read_text("utf-8")
    assert edit[0] in text
    (folder / "seats.yml").write_text(text.replace(*edit, 1), "utf-8")
    with pytest.raises(SiteInvalid) as caught:
        loaded(folder, rows) if rows else load_site(folder)
    return [str(fault) for fault in caught.value.faults]


def test_the_groups_of_the_example_say_what_its_long_list_said(folder: Path) -> None:
    (folder / "seats.yml").unlink()
    shutil.copy(LONG, folder / "seats.csv")
    assert load_site(folder) == load_site(SHIPPED)


def test_a_row_says_only_what_differs(folder: Path) -> None:
    site = loaded(folder, "number,display_asset,phone\n5,DP-005 + DP-105,\n6,-,8999\n")
    before = load_site(SHIPPED)
    assert site.seats["seat-005"].displays == ("DP-005", "DP-105")
    assert (site.seats["seat-006"].display_asset, site.seats["seat-006"].phone) == ("", "8999")
    changed = {name for name, seat in site.seats.items() if seat != before.seats[name]}
    assert changed == {"seat-005", "seat-006"}


def test_a_seat_of_no_group_is_a_row_with_all_it_has(folder: Path) -> None:
    row = "90,sw-6,seats-6,10.20.6.90,6,13,8090,PC-090,DP-090"
    assert loaded(folder, f"{','.join(COLUMNS)}\n{row}\n").seats["seat-090"].column == 13


@pytest.mark.parametrize(
    ("edit", "fault"),
    [
        (("sw-3, network", "sw-9, network"),
         "seats.yml:9: seat_groups[row-3].switch: no device is named 'sw-9'"),
        (("[13, 24]", "[12, 24]"), "seats.yml:7: seat_groups[row-1].numbers: has 1 seats of"),
        (("network: seats-3, ", ""), "seats.yml:9: seat_groups[row-3].network: is missing"),
        (("column: 1", "column: 1, x: 2"), "seats.yml:7: seat_groups[row-1].first.x: is no known"),
        (('"8001"', "abc"), "seats.yml:6: seat_groups[hall].first.phone: found 'abc'; ends in no"),
        (("[25, 36]", "[36, 25]"), "seats.yml:9: seat_groups[row-3]: does not fit together"),
        (("10.20.3.11", "10.20.9.11"),
         "seats.yml:9: seat_groups[row-3].first.address: 10.20.9.11 is outside 10.20.3.0/24"),
        (("10.20.3.11", "255.255.255.250"), "seats.yml:9: seat_groups[row-3]: does not fit"),
        (("name: row-2", "name: row-1"), "seats.yml:7: seat_groups[row-1]: is declared 2 times"),
    ],
    ids=["switch", "overlap", "missing", "field", "uncountable", "order", "outside", "end",
         "twice"],
)  # fmt: skip
def test_what_is_wrong_with_a_default_is_one_fault_that_names_it(
    folder: Path, edit: tuple[str, str], fault: str
) -> None:
    found = faults_of(folder, edit)
    assert len(found) == 1, found
    assert found[0].startswith(fault)


@pytest.mark.parametrize(
    ("rows", "faults"),
    [
        ("number,address\n5,10.20.9.1\n",
         ["seats.csv:2: seat 5.address: 10.20.9.1 is outside 10.20.1.0/24"]),
        ("number,address\n5,nowhere\n", ["seats.csv:2: line 2.address: found 'nowhere'"]),
        ("number,phone\n5,8006\n",
         ["seats.yml:6: seat_groups[hall].first.phone: seat 6: 8006 is the phone of seat 5"]),
        ("number,phone\n5,9005\n5,9006\n", ["seats.csv: number[5]: is declared 2 times"]),
        ("number,fone\n5,9005\n", ["seats.csv: line 1: has the columns number, fone"]),
        ("phone\n9005\n", ["seats.csv: line 1: has the columns phone"]),
    ],
    ids=["outside", "form", "taken", "twice", "column", "no number"],
)  # fmt: skip
def test_what_is_wrong_with_a_row_names_the_row(folder: Path, rows: str, faults: list[str]) -> None:
    found = faults_of(folder, rows=rows)
    assert len([fault for fault in found if "is held by" not in fault]) == len(faults), found
    for begins in faults:
        assert any(fault.startswith(begins) for fault in found), found


@st.composite
def long_lists(draw: st.DrawFn) -> list[SeatDocument]:
    """Seats whose numbers and counted values run on, of one row, with some that differ."""
    size, first = draw(st.integers(1, 12)), draw(st.integers(1, 990))
    address = IPv4Address(f"10.0.0.{draw(st.integers(1, 200))}")
    host = f"PC-{draw(st.integers(0, 990)):03d}"
    seats = [
        SeatDocument(
            number=first + n, switch="sw-1", network="seats", row=3, column=1 + n,
            address=address + n, phone=str(8000 + n), display_asset=f"DP-{n + 1:02d}",
            host_asset=f"PC-{int(host[3:]) + n:03d}",
        )
        for n in range(size)
    ]  # fmt: skip
    other = st.fixed_dictionaries({}, optional={
        "phone": st.sampled_from(["", "9999"]), "row": st.integers(4, 6),
        "host_asset": st.just("PC-X"), "switch": st.just("sw-2"),
        "address": st.just(IPv4Address("10.9.9.9")),
    })  # fmt: skip
    return [seat.model_copy(update=draw(other)) for seat in seats]


@given(long_lists())
def test_the_short_form_of_a_list_expands_to_its_long_form(seats: list[SeatDocument]) -> None:
    """Whatever the first one has is the group's; the rows say where the others differ from it."""
    first = seats[0]
    shared = {key: getattr(first, key) for key in ("switch", "network", "row")}
    counted = {key: getattr(first, key) for key in
               ("address", "column", "phone", "host_asset", "display_asset")}  # fmt: skip
    if first.phone == "" or first.host_asset == "PC-X":
        counted |= {"phone": None, "host_asset": None}
    written = {key: str(v) if key == "address" else v for key, v in counted.items()}
    numbers = (first.number, seats[-1].number)
    group = SeatGroup(name="all", numbers=numbers, **shared, first=written)
    plain = {w.values["number"]: w.values for w in expanded_seats([group], ())}
    rows = [("seats.csv", 1, _differing(seat, plain[seat.number])) for seat in seats]
    needed = [row for row in rows if len(row[2]) > 1]
    found = [SeatDocument.model_validate(w.values) for w in expanded_seats([group], needed)]
    assert sorted(found, key=lambda seat: seat.number) == seats


def _differing(seat: SeatDocument, plain: dict[str, object]) -> dict[str, str]:
    written = {key: getattr(seat, key) for key in COLUMNS[1:]}
    return {"number": str(seat.number)} | {
        key: str(value) or "-" for key, value in written.items() if plain.get(key) != value
    }


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(0, 12)), min_size=2, max_size=4))
def test_groups_without_a_fault_have_one_nearest_for_every_seat(
    spans: list[tuple[int, int]],
) -> None:
    groups = [SeatGroup(name=f"g{n}", numbers=(at, at + more))
              for n, (at, more) in enumerate(spans)]  # fmt: skip
    faults = Faults()
    check_nesting(groups, faults)
    sets = [set(range(at, at + more + 1)) for at, more in spans]
    nested = all(
        not one & other or one < other or other < one
        for n, one in enumerate(sets) for other in sets[n + 1 :]
    )  # fmt: skip
    assert nested is not bool(faults)


def test_long_list_is_the_one_of_the_example() -> None:
    rows = list(csv.DictReader(io.StringIO(LONG.read_text("utf-8"))))
    assert len(rows) == len(load_site(SHIPPED).seats) == 72
