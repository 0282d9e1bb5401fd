"""What audits show of A9: each place by the newest that asked it, and old ones nothing."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from device_configs.accounts.evidence import VALID_FOR, evidence_of
from device_configs.accounts.model import AccountDoubt, AccountJudgement, DoubtReason
from device_configs.accounts.record import AccountAudit
from device_configs.proofs.coverage import AuditEvidence, prove_coverage
from device_configs.site import Site, load_site

NOW = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
SHIPPED = Path(__file__).parents[3] / "inventory"
LOOKED_FOR = 4
"""Pieces of A9 that audits show: two kinds of fault, on devices and on terminals."""


def audited(number: str, ago: timedelta, *places: str, **doubts: DoubtReason) -> AccountAudit:
    found = tuple(AccountDoubt(place, "", reason) for place, reason in doubts.items())
    return AccountAudit(number, NOW - ago, "system", places, AccountJudgement((), found, ()))


def test_each_place_is_decided_by_the_newest_audit_that_asked_it() -> None:
    whole = audited("A-1", timedelta(hours=9), "r", "s", "t", r=DoubtReason.DEVICE_NOT_READ)
    again = audited("A-2", timedelta(hours=1), "r", t=DoubtReason.DEVICE_NOT_READ)
    found = evidence_of([again, whole], NOW)
    assert found == AuditEvidence("A-1, A-2", frozenset("rst"), frozenset("rst"))
    assert evidence_of([whole], NOW) == AuditEvidence("A-1", frozenset("st"), frozenset("st"))


def test_an_old_audit_shows_nothing() -> None:
    old = audited("A-1", VALID_FOR + timedelta(seconds=1), "r")
    assert evidence_of([old], NOW) is None
    assert evidence_of([], NOW) is None


@pytest.mark.parametrize(
    ("reason", "doors", "use"),
    [
        (DoubtReason.DEVICE_NOT_READ, False, False),
        (DoubtReason.NO_ACCESS_DECLARED, False, False),
        (DoubtReason.KEYS_UNKNOWN, False, True),
        (DoubtReason.RECORD_TOO_SHORT, True, False),
    ],
)
def test_a_doubt_leaves_undecided_what_it_hides(
    reason: DoubtReason, doors: bool, use: bool
) -> None:
    found = evidence_of([audited("A-1", timedelta(0), "r", r=reason)], NOW)
    assert found is not None
    assert ("r" in found.doors_decided, "r" in found.use_decided) == (doors, use)


@pytest.fixture(scope="module")
def site() -> Site:
    return load_site(SHIPPED)


def shown_and_missing(site: Site, audit: AuditEvidence | None) -> tuple[list[str], list[str]]:
    proof = prove_coverage(site, {}, audit)
    looked = [f.what for f in proof.notes if f.elements == ("A9",) and "looked for" in f.what]
    gaps = [f.what for f in proof.undecided if f.elements == ("A9",) and "looked for" in f.what]
    return looked, gaps


def test_a9_is_unknown_without_an_audit_and_shown_by_one_of_every_place(site: Site) -> None:
    assert shown_and_missing(site, None)[0] == []
    every = frozenset({*(device.name for device in site.deployed), *site_seats(site)})
    looked, gaps = shown_and_missing(site, AuditEvidence("A-1", every, every))
    assert (len(looked), gaps) == (LOOKED_FOR, [])


def test_places_that_are_not_decided_are_named(site: Site) -> None:
    devices = frozenset(device.name for device in site.deployed)
    some = devices - {"rt-a"}
    looked, gaps = shown_and_missing(site, AuditEvidence("A-1", devices, some))
    assert len(looked) == 1
    assert any(gap.endswith("deployed device (not rt-a)") for gap in gaps)
    assert any("seat-001" in gap and "and 64 more" in gap for gap in gaps)


def site_seats(site: Site) -> list[str]:
    return [seat.name for seat in site.seats.values()]
