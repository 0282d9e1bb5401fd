"""The polling plan follows from the declaration."""

import pytest

from device_configs.site import Site
from monitors.collect.plan import CollectionPlan, TargetKind, plan_collection
from monitors.collect.profiles import Meaning, profile_names, profile_of
from monitors.evidence import Element
from tests.monitors.collect.conftest import SECRETS


def test_every_watched_device_and_every_seat_is_polled(site: Site, plan: CollectionPlan) -> None:
    watched = {d.name for d in site.watched}
    seats = {seat.name for seat in site.seats.values()}
    assert plan.targets.keys() == watched | seats
    assert {str(t.element) for t in plan.liveness} >= {"device/rt-a", "seat_host/1"}


def test_a_providers_device_is_neither_polled_nor_pinged(plan: CollectionPlan) -> None:
    assert "egov" not in plan.targets
    assert Element.device("egov") not in {target.element for target in plan.liveness}


@pytest.mark.parametrize(
    ("name", "address", "version", "kind"),
    [
        ("rt-a", "10.255.0.1", "v3", TargetKind.DEVICE),
        ("sw-1", "10.255.0.11", "v2c", TargetKind.DEVICE),
        ("seat-001", "10.20.1.11", "v3", TargetKind.SEAT),
    ],
    ids=["a device at its management address", "an old agent by v2c", "a seat at its own address"],
)
def test_where_and_how_a_target_is_asked(
    plan: CollectionPlan, name: str, address: str, version: str, kind: TargetKind
) -> None:
    target = plan.targets[name]
    assert (target.address, target.version, target.kind) == (address, version, kind)


def test_every_address_of_a_device_leads_to_it(plan: CollectionPlan) -> None:
    for address in ("10.255.0.1", "10.254.0.1", "10.253.1.0", "10.253.2.2"):
        assert plan.devices_by_address[address] == "rt-a"


def test_the_other_end_of_a_port_is_known(plan: CollectionPlan) -> None:
    assert plan.peers["rt-a:egov"] == "egov"
    assert plan.peers["sw-1:seat-001"] == "seat-001"


def test_vrrp_groups_are_known_by_router_id_on_their_members(plan: CollectionPlan) -> None:
    assert plan.targets["core-a"].router_ids[11] == "seats-1"
    assert plan.targets["gap-a"].router_ids == {21: "svc", 31: "dmz"}
    assert plan.targets["rt-a"].router_ids == {}


def test_every_check_of_a_service_has_its_own_position(plan: CollectionPlan) -> None:
    platform = [c.position for c in plan.checks if c.service == "platform"]
    assert platform == [0, 1]


def test_simulated_agents_are_asked_on_the_loopback_and_nothing_is_pinged(site: Site) -> None:
    plan = plan_collection(site, SECRETS, simulated_ports={"rt-a": 5001, "seat-001": 5002})
    assert {(t.name, t.address, t.port, t.version) for t in plan.targets.values()} == {
        ("rt-a", "127.0.0.1", 5001, "v2c"),
        ("seat-001", "127.0.0.1", 5002, "v2c"),
    }
    assert plan.liveness == ()
    assert plan.checks == ()


def test_secrets_do_not_show_in_a_representation() -> None:
    shown = repr(SECRETS)
    assert not any(
        secret in shown
        for secret in (SECRETS.community, SECRETS.authentication_key, SECRETS.privacy_key)
    )


def test_every_role_that_is_watched_has_profiles_that_there_are(site: Site) -> None:
    for device in site.watched:
        assert device.role.profiles
        assert set(device.role.profiles) <= set(profile_names())


@pytest.mark.parametrize("name", profile_names())
def test_every_profile_can_be_read(name: str) -> None:
    profile = profile_of([name])
    for table in profile.tables:
        names = {column.name for column in table.columns}
        assert table.tag is None or table.tag in names
        first = table.columns[0].every
        assert all(column.every % first == 0 for column in table.columns), "rows are told first"
        for column in table.columns:
            assert column.fallback is None or table.fallback_of(column) is not None


def test_states_are_read_at_every_poll() -> None:
    for table in profile_of(["interfaces", "ospf"]).tables:
        if table.meaning is Meaning.PORT:
            quick = {column.name for column in table.columns if column.every == 1}
            assert quick == {"ifName", "ifAdminStatus", "ifOperStatus"}
