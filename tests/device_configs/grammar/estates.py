"""The share of lines that the grammar refuses in whole configurations of a folder.

    python -m tests.device_configs.grammar.estates FOLDER

FOLDER holds `huawei_vrp/*.cfg` and `h3c_comware/*.cfg`: configurations of other people, which are
not part of this repository. Prints a line a file and the sums: lines (blank ones and `#` apart),
lines refused as wrong, lines outside what the grammar knows.
"""

import sys
from pathlib import Path

from device_configs.grammar import FAMILIES, check_text
from device_configs.grammar.faults import FaultKind


def counted(family: str, file: Path) -> tuple[int, int, int]:
    """Lines, lines refused as wrong, and lines outside, of one file."""
    text = file.read_text("utf-8", errors="replace")
    lines = sum(line.strip() not in ("", "#") for line in text.splitlines())
    faults = check_text(family, text, file.name)
    outside = sum(fault.kind is FaultKind.OUTSIDE for fault in faults)
    return lines, len(faults) - outside, outside


def main(folder: Path) -> None:
    for family in FAMILIES:
        counts = {file: counted(family, file) for file in sorted((folder / family).glob("*.cfg"))}
        for file, (lines, wrong, outside) in counts.items():
            print(f"{family}/{file.name}: {lines} lines, {wrong} wrong, {outside} outside")
        lines, wrong, outside = (sum(column) for column in zip(*counts.values(), strict=True))
        print(
            f"{family}: {len(counts)} files, {lines:,} lines, "
            f"wrong {wrong / lines:.2%}, outside {outside / lines:.2%}"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
