"""Each planted wrong line is refused: once, at its line, and with exactly its message."""

from dataclasses import dataclass

import pytest
import yaml

from device_configs.grammar import FAMILIES, check_text
from tests.device_configs.grammar.conftest import HERE


@dataclass(frozen=True)
class Case:
    family: str
    context: str
    line: str
    fault: str

    def __str__(self) -> str:
        return f"{self.family}: {self.line.strip()}"


def _cases() -> list[Case]:
    return [
        Case(family, entry["context"], wrong["line"], wrong["fault"])
        for family in FAMILIES
        for entry in yaml.safe_load((HERE / "wrong" / f"{family}.yml").read_text("utf-8"))
        for wrong in entry["wrong"]
    ]


CASES = _cases()


def test_the_list_is_as_long_as_it_says() -> None:
    for family in FAMILIES:
        assert len([case for case in CASES if case.family == family]) >= 90


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_wrong_line_is_refused_with_its_message(case: Case) -> None:
    assert check_text(case.family, case.context, "before") == ()
    text = f"{case.context}{case.line}\n"
    (fault,) = check_text(case.family, text, "text")
    assert f"{fault.view}: {fault.message}" == case.fault
    assert fault.line == len(text.splitlines())


@pytest.mark.parametrize("family", FAMILIES)
def test_all_wrong_lines_of_a_text_are_named_at_once(family: str) -> None:
    cases = [case for case in CASES if case.family == family and "\n" not in case.line]
    text = "".join(f"{case.context}{case.line}\n#\n" for case in cases)
    faults = check_text(family, text, "text")
    # Together, one case's context may define what another's line misses.
    lines = {fault.line for fault in faults}
    assert len(lines) >= 0.9 * len(cases)
