"""Instants that a source may not tell: refused for calls and ratings, and nothing is stored."""

from datetime import UTC, datetime, timedelta

import pytest

from device_configs.site.model import Site
from ops_core.hotline.calls.model import CallEvent, CallEventKind
from ops_core.hotline.calls.queue_log import IncomingEvent
from ops_core.hotline.calls.ratings import rate_call
from ops_core.hotline.calls.service import take_events
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.kernel.errors import Invalid
from tests.ops_core.hotline.conftest import SHANGHAI, TELEPHONY, Work

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
ENTERED = NOW - timedelta(minutes=5)


def entering(at: datetime, number: int = 1) -> IncomingEvent:
    return IncomingEvent(CallEvent("pbx", number, "c-1", CallEventKind.ENTERQUEUE, at, "citizen"))


@pytest.mark.parametrize(
    ("at", "title"),
    [
        (datetime(2035, 1, 1, tzinfo=UTC), "时间在将来"),
        (NOW + timedelta(hours=1, seconds=1), "时间在将来"),
        (NOW - timedelta(days=660), "同一来电的事件相隔过久"),
    ],
)
def test_an_event_out_of_its_time_is_refused_with_its_batch(
    work: Work, vault: ContactVault, at: datetime, title: str
) -> None:
    stray = IncomingEvent(CallEvent("pbx", 2, "c-1", CallEventKind.CONNECT, at, "citizen"))
    with pytest.raises(Invalid, match=title), work(TELEPHONY) as uow:
        take_events(uow, vault, [entering(ENTERED), stray], SHANGHAI)
    with work(TELEPHONY) as uow:
        assert take_events(uow, vault, [entering(ENTERED)], SHANGHAI).new == 1


def test_a_clock_that_is_a_little_ahead_loses_no_call(work: Work, vault: ContactVault) -> None:
    with work(TELEPHONY) as uow:
        taken = take_events(uow, vault, [entering(NOW + timedelta(minutes=59))], SHANGHAI)
    assert taken.calls == ("pbx:c-1",)


@pytest.mark.parametrize(
    ("at", "title"),
    [
        (datetime(2035, 1, 1, tzinfo=UTC), "时间在将来"),
        (ENTERED - timedelta(days=660), "时间早于来电"),
        (ENTERED - timedelta(seconds=1), "时间早于来电"),
    ],
)
def test_a_rating_out_of_its_time_is_refused(
    work: Work, vault: ContactVault, site: Site, at: datetime, title: str
) -> None:
    taken = CallEvent("pbx", 2, "c-1", CallEventKind.CONNECT, ENTERED, "citizen")
    with work(TELEPHONY) as uow:
        take_events(uow, vault, [entering(ENTERED), IncomingEvent(taken)], SHANGHAI)
    with pytest.raises(Invalid, match=title), work(TELEPHONY) as uow:
        rate_call(uow, site, "c-1", 5, at)
    with work(TELEPHONY) as uow:
        assert rate_call(uow, site, "c-1", 4, ENTERED).is_new
