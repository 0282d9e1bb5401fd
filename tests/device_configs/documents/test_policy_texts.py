"""How objects of policies are written out."""

from datetime import datetime
from ipaddress import IPv4Network

import pytest

from device_configs.documents.policy_objects import (
    application_text,
    prefixes_text,
    rate_text,
    time_text,
)
from device_configs.documents.speech import Speech
from device_configs.site.model import Application, PolicyPeriod, Rate, TimeRange, Title, Weekday
from ops_core.kernel.i18n import Language

TITLE = Title(zh="名", en="name")
CHINESE, ENGLISH = Speech(Language.CHINESE), Speech(Language.ENGLISH)


def times(*days: str) -> TimeRange:
    period = PolicyPeriod(days=tuple(Weekday(day) for day in days), start="08:00", end="24:00")
    return TimeRange(name="t", title=TITLE, periods=(period,))


@pytest.mark.parametrize(
    ("days", "chinese", "english"),
    [
        (("mon",), "周一 08:00-24:00", "Mon 08:00-24:00"),
        (("sat", "sun"), "周六、周日 08:00-24:00", "Sat, Sun 08:00-24:00"),
        (("wed", "mon", "tue"), "周一至周三 08:00-24:00", "Mon-Wed 08:00-24:00"),
        (
            ("mon", "tue", "wed", "fri", "sun"),
            "周一至周三、周五、周日 08:00-24:00",
            "Mon-Wed, Fri, Sun 08:00-24:00",
        ),
    ],
    ids=["one day", "two days", "a run in any order", "a run and single days"],
)
def test_days_that_follow_each_other_are_a_run(
    days: tuple[str, ...], chinese: str, english: str
) -> None:
    assert time_text(times(*days), CHINESE) == chinese
    assert time_text(times(*days), ENGLISH) == english


def test_absolute_bounds_stand_on_lines_of_their_own() -> None:
    bounded = TimeRange(
        name="t",
        title=TITLE,
        starts_at=datetime(2026, 12, 1, 8, 0),  # noqa: DTZ001 - local time of the site
        ends_at=datetime(2026, 12, 31, 0, 0),  # noqa: DTZ001
    )
    assert time_text(bounded, CHINESE) == "≥ 2026-12-01 08:00\n< 2026-12-31 00:00"


def test_a_single_address_goes_without_its_length() -> None:
    prefixes = (IPv4Network("10.0.0.1/32"), IPv4Network("10.0.1.0/24"))
    assert prefixes_text(prefixes) == "10.0.0.1 10.0.1.0/24"


def test_an_application_names_its_protocols_and_ports() -> None:
    matches = (
        {"protocol": "tcp", "ports": [7, "7007-7009"]},
        {"protocol": "icmp"},
    )
    found = Application.model_validate(
        {"name": "echo", "title": {"zh": "名", "en": "name"}, "matches": matches}
    )
    assert application_text(found) == "tcp 7,7007-7009; icmp"


def test_a_rate_says_which_way() -> None:
    assert rate_text(Rate(up=5, down=20)) == "↑5 ↓20"
    assert rate_text(None) == ""
