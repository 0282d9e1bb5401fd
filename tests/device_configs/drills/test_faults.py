"""What can be drilled."""

import re
from pathlib import Path

import pytest

from device_configs.drills.faults import DrillKind, drill_faults, select_faults
from device_configs.drills.preparing import firewall_of
from device_configs.site import load_site
from device_configs.site.model import LinkKind

SITE = load_site(Path("inventory"))
FAULTS = list(drill_faults(SITE))


def test_each_redundant_cable_is_cut_and_cut_silently() -> None:
    seats = (LinkKind.SEAT, LinkKind.MANAGEMENT)
    cables = {
        link.name for link in SITE.links.values() if link.redundant and link.kind not in seats
    }
    for kind in (DrillKind.CUT, DrillKind.SILENT):
        assert {fault.target for fault in FAULTS if fault.kind is kind} == cables


def test_each_device_of_a_pair_on_the_way_is_killed_and_hung() -> None:
    for kind in (DrillKind.KILL, DrillKind.HANG):
        names = {fault.target for fault in FAULTS if fault.kind is kind}
        assert names == {f"{d}-{h}" for d in ("rt", "fwi", "ips", "core") for h in "ab"}


def test_names_are_unique() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)


def test_an_access_cable_is_seen_from_a_seat_behind_it() -> None:
    (fault,) = select_faults(SITE, "^cut core-a--sw-4$")
    assert SITE.seats[fault.seat].network == "seats-4"


@pytest.mark.parametrize(
    ("only", "leads"),
    [
        ("^kill fwi-b$", "fwi-b"),
        ("^cut rt-a--fwi-b$", "fwi-b"),
        ("^cut rt-a--egov$", None),
        ("^cut fwi-a--fwi-b$", None),
        ("^kill core-a$", None),
    ],
)
def test_the_firewall_that_must_lead(only: str, leads: str | None) -> None:
    (fault,) = select_faults(SITE, only)
    found = firewall_of(SITE, fault)
    assert (found.name if found else None) == leads


def test_a_selection_that_is_no_expression() -> None:
    with pytest.raises(re.error):
        select_faults(SITE, "(")
