"""Faults of calendar.yml are told with those of the other files."""

import shutil
from pathlib import Path

import pytest

from device_configs.site import load_site
from device_configs.site.faults import SiteInvalid

INVENTORY = Path(__file__).parents[3] / "inventory"


@pytest.mark.parametrize(
    ("text", "path", "found"),
    [
        ("years: 1", "years", "is no list"),
        ("years: [", "line 2", "expected node content"),
        (
            "years: [{year: 2026, notice: n, holidays: [2025-01-01]}]",
            "years[2026].holidays[0]",
            "is not in 2026",
        ),
        (
            "years: [{year: 2026, notice: n, holidays: [[2026-01-03, 2026-01-01]]}]",
            "years[2026].holidays[0]",
            "2026-01-01 is before 2026-01-03",
        ),
        (
            "years: [{year: 2026, notice: n, holidays: [2026-01-01], make_up_days: [2026-01-05]}]",
            "years[2026].make_up_days",
            "2026-01-05 is no weekend day",
        ),
        (
            "years: [{year: 2026, notice: n, holidays: [2026-01-03], make_up_days: [2026-01-03]}]",
            "years[2026].make_up_days",
            "2026-01-03 is a holiday as well",
        ),
        (
            "years: [&y {year: 2026, notice: n, holidays: [2026-01-01]}, *y]",
            "years[2026]",
            "is declared twice",
        ),
        (
            "years: [{year: 2026, notice: n, holidays: [2026-01-01], extra: 1}]",
            "years[0].extra",
            "is no known field",
        ),
    ],
)
def test_a_fault_is_named_with_its_place(tmp_path: Path, text: str, path: str, found: str) -> None:
    folder = Path(shutil.copytree(INVENTORY, tmp_path / "inventory"))
    (folder / "calendar.yml").write_text(text)
    with pytest.raises(SiteInvalid) as invalid:
        load_site(folder)
    faults = [fault for fault in invalid.value.faults if fault.file == "calendar.yml"]
    assert [(f.path, f.found) for f in faults if found in f.found and f.path == path] != []
