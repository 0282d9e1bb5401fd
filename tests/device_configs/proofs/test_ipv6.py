"""With IPv6 declared no claim about IPv4 reads as if it were about both."""

from pathlib import Path

from device_configs.proofs.other_family import of_one_family, undecided_ipv6, zones_with_ipv6
from device_configs.proofs.prove import prove, subject_of
from device_configs.proofs.verdict import Proof, ProofVerdict
from device_configs.site import load_site
from tests.device_configs.render.changes import INVENTORY, declared
from tests.device_configs.render.dual_stack import DUAL


def test_a_claim_of_one_family_is_unknown_where_there_are_two(tmp_path: Path) -> None:
    site = declared(tmp_path / "declared", DUAL)
    (proof,) = prove(subject_of(site), only={"addresses"})
    assert proof.verdict is ProofVerdict.UNKNOWN
    assert [f.elements for f in proof.undecided] == [("seats-1",), ("seats-2",),
                                                     ("core-a--core-b",)]  # fmt: skip


def test_what_is_read_of_ipv4_is_read_beside_ipv6(tmp_path: Path) -> None:
    """Files of both families are understood: only what is said of IPv6 is left open."""
    site = declared(tmp_path / "declared", DUAL)
    (proof,) = prove(subject_of(site), only={"redundancy"})
    assert proof.findings == ()
    assert set(proof.undecided) == set(undecided_ipv6(site))


def test_capacity_is_that_of_the_cables(tmp_path: Path) -> None:
    site = declared(tmp_path / "declared", DUAL)
    proofs = {name: Proof(name, name) for name in ("capacity", "isolation")}
    found = of_one_family(site, proofs, about_both={"capacity"})
    assert found["capacity"].verdict is ProofVerdict.HOLDS
    assert found["isolation"].verdict is ProofVerdict.UNKNOWN
    assert of_one_family(load_site(INVENTORY), proofs, about_both={"capacity"}) == proofs


def test_zones_between_which_ipv6_may_pass_are_named(tmp_path: Path) -> None:
    site = declared(tmp_path / "declared", DUAL)
    assert ("seats", "seats") in set(zones_with_ipv6(site))
    assert set(zones_with_ipv6(load_site(INVENTORY))) == set()
