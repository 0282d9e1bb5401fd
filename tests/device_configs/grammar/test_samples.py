"""Configurations from public sources, which nobody here wrote, are accepted to the last line."""

from pathlib import Path

import pytest

from device_configs.grammar import FAMILIES, check_text
from device_configs.grammar.faults import FaultKind
from tests.device_configs.grammar.conftest import FRAGMENT, SAMPLES, family_of


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_line_of_a_public_sample_is_accepted(sample: Path) -> None:
    text = sample.read_text("utf-8")
    assert text.startswith("! source: "), "a sample names where its lines are from"
    faults = check_text(family_of(sample), text, sample.name)
    if FRAGMENT in text:
        # The definitions were not part of what was published; each line still stands by itself.
        faults = tuple(fault for fault in faults if fault.kind is not FaultKind.REFERENCE)
    assert [str(fault) for fault in faults] == []


@pytest.mark.parametrize("family", FAMILIES)
def test_each_family_has_a_whole_configuration_whose_references_are_checked(family: str) -> None:
    whole = [s for s in SAMPLES if family_of(s) == family and FRAGMENT not in s.read_text("utf-8")]
    assert len(whole) >= 1


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_other_family_refuses_the_sample(sample: Path) -> None:
    (other,) = set(FAMILIES) - {family_of(sample)}
    faults = check_text(other, sample.read_text("utf-8"), sample.name)
    assert len([fault for fault in faults if fault.kind is FaultKind.LINE]) >= 5
