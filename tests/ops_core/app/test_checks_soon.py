"""What devices say of changes has them checked soon, once, and never without an end."""

from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from device_configs.site import Site, load_site
from monitors.collect.configuration_notices import ConfigurationNotice, NoticeKind
from ops_core.app.checks_soon import APART, AT_LATEST, AT_ONCE, QUIET_FOR, ChecksSoon
from ops_core.app.device_checks import authors_named
from ops_core.kernel.settings import PROJECT_DIRECTORY

START = datetime(2026, 11, 29, 12, tzinfo=UTC)


@cache
def site() -> Site:
    return load_site(PROJECT_DIRECTORY / "inventory")


def notice(
    after_s: float, device: str = "rt-a", who: str = "", source: str = ""
) -> ConfigurationNotice:
    at = START + timedelta(seconds=after_s)
    return ConfigurationNotice(device, NoticeKind.SIGNED_IN, at, who, source)


def later(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def test_a_device_is_checked_when_it_has_been_quiet_for_a_moment() -> None:
    soon = ChecksSoon(site())
    soon.heard(notice(0, who="li.ming", source="10.255.0.77"))
    soon.heard(notice(3))
    assert soon.due(later(7)) == {}
    due = soon.due(later(8))
    assert authors_named(due) == {"rt-a": "li.ming@10.255.0.77 2026-11-29T12:00:00Z"}
    assert soon.due(later(9)).keys() == {"rt-a"}, "it stays due until somebody has checked it"
    soon.checked(["rt-a"], later(9))
    assert soon.due(later(500)) == {}


def test_what_is_said_during_a_check_asks_for_another_one() -> None:
    soon = ChecksSoon(site())
    soon.heard(notice(0))
    soon.heard(notice(20))
    soon.checked(["rt-a"], later(10))
    assert soon.due(later(60)) == {}, "not twice a minute"
    assert soon.due(later(70)).keys() == {"rt-a"}


def test_our_own_programs_and_what_nothing_is_brought_to_are_no_reason() -> None:
    soon = ChecksSoon(site())
    own = str(site().monitoring_host.management_address)
    soon.heard(notice(0, source=own))
    soon.heard(notice(0, device="nobody"))
    assert soon.due(later(3600)) == {}


def test_a_round_checks_a_bounded_number_longest_waiting_first() -> None:
    soon = ChecksSoon(site())
    names = [device.name for device in site().deployed]
    assert len(names) > AT_ONCE
    for number, name in enumerate(names):
        soon.heard(notice(number, device=name))
    first = soon.due(later(300))
    assert list(first) == names[:AT_ONCE]
    soon.checked(list(first), later(300))
    assert list(soon.due(later(300))) == names[AT_ONCE:]


@given(st.lists(st.floats(0, 600), min_size=1, max_size=60))
def test_no_storm_delays_a_check_or_has_it_done_more_than_once_a_minute(times: list[float]) -> None:
    soon, checks, unseen = ChecksSoon(site()), list[datetime](), list[datetime]()
    spoken = sorted(times)
    for second in range(0, 800, 5):
        now = later(second)
        while spoken and spoken[0] <= second:
            said = notice(spoken.pop(0))
            soon.heard(said)
            unseen.append(said.at)
        if soon.due(now):
            soon.checked(["rt-a"], now)
            checks.append(now)
            unseen.clear()
        oldest = min(unseen, default=now)
        bound = AT_LATEST + APART + timedelta(seconds=5)
        assert now - oldest <= bound, "what was said is looked at within two minutes"
    assert not unseen
    gaps = [after - before for before, after in pairwise(checks)]
    assert all(gap >= APART for gap in gaps)
    assert QUIET_FOR < AT_LATEST
