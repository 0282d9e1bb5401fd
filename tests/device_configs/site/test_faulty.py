"""Each folder of ``faulty/`` holds files that spoil the shipped declaration, and what is said.

``pytest tests/device_configs/site --update-golden`` rewrites the ``expected.txt`` files.
"""

import shutil
from pathlib import Path

import pytest

from device_configs.site import load_site
from device_configs.site.faults import SiteInvalid

SHIPPED = Path(__file__).parents[3] / "inventory"
FAULTY = sorted(folder for folder in (Path(__file__).parent / "faulty").iterdir())
EXPECTED = "expected.txt"


@pytest.mark.parametrize("case", FAULTY, ids=lambda folder: folder.name)
def test_a_faulty_declaration_is_told_exactly(
    case: Path, tmp_path: Path, update_golden: bool
) -> None:
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "inventory"))
    changed = [file for file in case.iterdir() if file.name != EXPECTED]
    shipped = {file.name: file.read_text() for file in SHIPPED.iterdir() if file.is_file()}
    assert all(shipped.get(file.name) != file.read_text() for file in changed)
    for file in changed:
        shutil.copy(file, folder)
    with pytest.raises(SiteInvalid) as invalid:
        load_site(folder)
    said = f"{invalid.value}\n"
    if update_golden:
        (case / EXPECTED).write_text(said, "utf-8")
    assert said == (case / EXPECTED).read_text("utf-8")
