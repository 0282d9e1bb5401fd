"""``zhishou check``: the declaration and its calendar, every fault at once."""

import json
import shutil
from pathlib import Path

import pytest

from ops_core.app.declaration import check

INVENTORY = Path(__file__).parents[3] / "inventory"


@pytest.fixture
def inventory(tmp_path: Path) -> Path:
    return Path(shutil.copytree(INVENTORY, tmp_path / "inventory"))


def test_the_example_centre_has_no_fault(
    inventory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(inventory, as_json=True) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["valid"] is True
    assert (answer["seats"], answer["calendar_years"]) == (72, 2)


def test_a_fault_of_the_site_is_named(inventory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    circuits = inventory / "circuits.yml"
    circuits.write_text(circuits.read_text().replace("rt-a", "rt-x", 1))
    assert check(inventory, as_json=False) == 1
    assert "circuits.yml" in capsys.readouterr().err


def test_faults_of_the_calendar_are_named(
    inventory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calendar = inventory / "calendar.yml"
    calendar.write_text(calendar.read_text().replace("2026-05-09", "2026-05-08"))
    assert check(inventory, as_json=True) == 1
    (fault,) = json.loads(capsys.readouterr().out)["faults"]
    assert fault == {
        "file": "calendar.yml",
        "path": "years[2026].make_up_days",
        "line": 26,
        "found": "2026-05-08 is no weekend day",
        "remedy": "compare with the notice",
        "allowed": [],
    }
