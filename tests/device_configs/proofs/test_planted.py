"""Every planted fault is named by the one proof that must name it, word for word, and by no other.

``pytest tests/device_configs/proofs --update-golden`` writes the findings into the files.
"""

from pathlib import Path

import pytest
import yaml

from device_configs.proofs.parity import TWIN_PLATFORM
from device_configs.proofs.prove import prove
from device_configs.proofs.verdict import Proof, ProofVerdict
from tests.device_configs.proofs.planting import (
    PLANTED,
    Planted,
    read_planted,
    shipped_subject,
    subject_with,
)

FILES = sorted(PLANTED.glob("*.yml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_planted_fault_is_named_by_exactly_the_right_proof(
    file: Path, tmp_path: Path, update_golden: bool
) -> None:
    planted = read_planted(file)
    proofs = {proof.name: proof for proof in prove(subject_with(planted, tmp_path))}
    found, beside = told(proofs[planted.proof], planted), beside_parity(proofs["parity"], planted)
    if update_golden:
        document = yaml.safe_load(file.read_text("utf-8")) | {"findings": found}
        document |= {"parity": beside} if beside else {}
        file.write_text(
            yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=98), "utf-8"
        )
        planted = read_planted(file)
    assert proofs[planted.proof].verdict is planted.verdict
    assert found == list(planted.findings)
    assert beside == list(planted.parity)
    others = [p for p in proofs.values() if p.name not in (planted.proof, beside and "parity")]
    assert {p.name: list(map(str, p.findings)) for p in others if p.findings} == {}


def beside_parity(parity: Proof, planted: Planted) -> list[str]:
    """What is planted in production only is another configuration than the twin's, too."""
    if planted.proof == parity.name or planted.platform == TWIN_PLATFORM:
        return []
    return [str(finding) for finding in parity.findings]


def told(proof: Proof, planted: Planted) -> list[str]:
    """The findings; for an unknown verdict what is undecided beyond the clean site's own gaps."""
    if planted.verdict is ProofVerdict.VIOLATED:
        return [str(finding) for finding in proof.findings]
    site = shipped_subject(planted.platform)
    clean = {p.name: set(p.undecided) for p in prove(site, [proof.name])}
    return [str(gap) for gap in proof.undecided if gap not in clean[proof.name]]


def test_at_least_forty_faults_are_planted_and_every_proof_has_some() -> None:
    planted: list[Planted] = [read_planted(file) for file in FILES]
    assert len(planted) >= 40
    names = {proof.name for proof in prove(shipped_subject())}
    assert {fault.proof for fault in planted} == names
    assert all(fault.findings for fault in planted)


def test_at_least_six_faults_are_planted_in_the_texts_of_other_platforms() -> None:
    planted = [read_planted(file) for file in FILES]
    for platform in ("huawei_vrp", "h3c_comware"):
        of_platform = [fault for fault in planted if fault.platform == platform]
        assert len(of_platform) >= 6
        assert all(fault.rendered for fault in of_platform)


@pytest.mark.parametrize("platform", ["frr", "huawei_vrp", "h3c_comware"])
def test_the_clean_site_has_no_finding_and_only_coverage_is_unknown(platform: str) -> None:
    proofs = prove(shipped_subject(platform))
    assert {proof.name: proof.findings for proof in proofs if proof.findings} == {}
    assert [proof.name for proof in proofs if proof.verdict is ProofVerdict.UNKNOWN] == ["coverage"]
