"""The simulated days: always the same, in order, and like the published ones."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_configs.site.hotline import CaseKind
from device_configs.site.model import Site
from ops_core.hotline.callbacks.model import AttemptResult, CallbackOutcome
from ops_core.hotline.calls.model import Call, CallEvent, CallEventKind, Outcome, call_of
from ops_core.hotline.cases.model import Channel, check_draft
from ops_core.hotline.demonstration import SOURCE
from ops_core.hotline.demonstration.cast import GUEST_AGENT, is_cast
from ops_core.hotline.demonstration.happening import (
    CalledBack,
    Happening,
    Heard,
    RatedCall,
    Requested,
    Stepped,
    order_key,
)
from ops_core.hotline.demonstration.hours import OFFICE, POLITE, local_day
from ops_core.hotline.demonstration.simulation import Simulation, happenings_of
from ops_core.hotline.orders.steps import Step
from ops_core.kernel.masking import PHONE_LIKE, mask_number, normal_number

SEED = 12345
SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST = date(2026, 2, 12)
MONTH = [date(2026, 3, day) for day in range(1, 32)]


@pytest.fixture(scope="module")
def small(site: Site) -> Site:
    """A twelfth of the example centre: the same rules, fewer calls."""
    return site.model_copy(update={"seats": dict(list(site.seats.items())[:6])})


@pytest.fixture(scope="module")
def month(site: Site) -> dict[date, list[Happening]]:
    """March 2026, with the orders that February left."""
    simulation = Simulation(SEED, site, FIRST)
    return {day: simulation.happenings_of(day) for day in MONTH}


@pytest.fixture(scope="module")
def everything(month: dict[date, list[Happening]]) -> list[Happening]:
    return [happening for day in MONTH for happening in month[day]]


@pytest.fixture(scope="module")
def calls(everything: Sequence[Happening]) -> list[Call]:
    """The month's calls, as the product's own rule makes them from their events."""
    told: dict[str, list[CallEvent]] = {}
    for happening in everything:
        if isinstance(happening, Heard):
            told.setdefault(happening.item.event.call, []).append(happening.item.event)
    found = (call_of(events) for events in told.values())
    return [call for call in found if call is not None]


@pytest.fixture(scope="module")
def requests(everything: Sequence[Happening]) -> list[Requested]:
    return [happening for happening in everything if isinstance(happening, Requested)]


@given(seed=st.integers(0, 2**32), offset=st.integers(0, 600))
@settings(max_examples=3)
def test_a_day_is_the_same_however_it_is_asked_for(small: Site, seed: int, offset: int) -> None:
    day = date(2025, 3, 1) + timedelta(days=offset)
    at_once = list(happenings_of(seed, day, small))
    simulation = Simulation(seed, small, day - timedelta(days=60))
    simulation.happenings_of(day - timedelta(days=1))
    assert simulation.happenings_of(day) == at_once
    assert {local_day(happening.at, SHANGHAI) for happening in at_once} == {day}
    assert at_once == sorted(at_once, key=order_key)


def test_another_seed_gives_another_day(small: Site) -> None:
    days = [list(happenings_of(seed, date(2026, 3, 4), small)) for seed in (1, 2)]
    assert days[0] != days[1]


def test_a_day_before_one_asked_for_is_refused(small: Site) -> None:
    simulation = Simulation(SEED, small, date(2026, 3, 1))
    simulation.happenings_of(date(2026, 3, 3))
    with pytest.raises(ValueError, match="2026-03-02"):
        simulation.happenings_of(date(2026, 3, 2))


def test_a_year_without_a_notice_is_lived_through(small: Site) -> None:
    assert list(happenings_of(SEED, date(2031, 1, 8), small))


def test_sequences_are_unique_across_days(everything: Sequence[Happening]) -> None:
    events = [h.item.event for h in everything if isinstance(h, Heard)]
    assert len({event.sequence for event in events}) == len(events)
    assert {event.source for event in events} == {SOURCE}


def test_nobody_talks_to_two_callers_and_no_seat_holds_two(calls: Sequence[Call]) -> None:
    taken = [call for call in calls if call.answered_at is not None]
    for place in ("agent", "seat"):
        ended: dict[object, datetime] = {}
        for call in sorted(taken, key=lambda call: call.answered_at or call.entered_at):
            assert call.answered_at is not None
            key = getattr(call, place)
            assert key not in ended or ended[key] <= call.answered_at, call
            ended[key] = call.left_at or call.answered_at


def test_the_night_is_thin_and_never_empty(calls: Sequence[Call]) -> None:
    by_day = Counter(local_day(call.entered_at, SHANGHAI) for call in calls)
    nights = Counter(
        local_day(call.entered_at, SHANGHAI)
        for call in calls
        if call.entered_at.astimezone(SHANGHAI).time() < time(6)
    )
    for day in MONTH[1:]:
        assert 0 < nights[day] < 0.06 * by_day[day]


def test_the_day_has_two_peaks(calls: Sequence[Call]) -> None:
    hours = Counter(call.entered_at.astimezone(SHANGHAI).hour for call in calls)
    assert max(hours, key=hours.__getitem__) in (9, 10)
    assert max(range(13, 24), key=hours.__getitem__) == 15
    assert hours[12] < 0.75 * min(hours[10], hours[15])


def test_weekends_are_lower(calls: Sequence[Call]) -> None:
    by_day = Counter(local_day(call.entered_at, SHANGHAI) for call in calls)
    free = [by_day[day] for day in MONTH if day.weekday() >= 5]
    worked = [by_day[day] for day in MONTH if day.weekday() < 5]
    assert sum(free) / len(free) < 0.8 * sum(worked) / len(worked)


def share(part: int, whole: int) -> float:
    return part / whole


def test_volume_and_orders_are_those_of_the_published_month(
    calls: Sequence[Call], requests: Sequence[Requested]
) -> None:
    """Pingdingshan, August 2023: 56,466 calls, 14,691 orders out of them, 178 by the web."""
    assert len(calls) == pytest.approx(56_466, rel=0.03)
    orders = [r for r in requests if r.draft.channel is Channel.PHONE and not r.draft.direct_answer]
    assert share(len(orders), len(calls)) == pytest.approx(14_691 / 56_466, rel=0.06)
    web = [r for r in requests if r.draft.channel is Channel.WEB]
    assert len(web) == pytest.approx(178, abs=4 * 178**0.5)


def test_kinds_are_those_published(requests: Sequence[Requested]) -> None:
    """Sichuan, July 2024."""
    kinds = Counter(request.draft.kind for request in requests)
    total = sum(kinds.values())
    accused = kinds[CaseKind.COMPLAINT] + kinds[CaseKind.REPORT]
    assert share(kinds[CaseKind.CONSULTATION], total) == pytest.approx(0.7718, abs=0.006)
    assert share(accused, total) == pytest.approx(0.1247, abs=0.005)
    assert share(kinds[CaseKind.HELP], total) == pytest.approx(0.0961, abs=0.005)
    assert share(kinds[CaseKind.SUGGESTION], total) == pytest.approx(0.006, abs=0.0015)
    assert share(kinds[CaseKind.PRAISE], total) == pytest.approx(0.0013, abs=0.0008)


def test_channels_are_those_published(requests: Sequence[Requested]) -> None:
    """Yichun, May 2023: 90.67 % telephone, 7.09 % WeChat, 0.83 % from above."""
    channels = Counter(request.draft.channel for request in requests)
    total = sum(channels.values())
    above = channels[Channel.SUBCENTRE] + channels[Channel.CITY_HOTLINE]
    assert share(channels[Channel.PHONE], total) == pytest.approx(0.9067, abs=0.015)
    assert share(channels[Channel.WECHAT], total) == pytest.approx(0.0709, abs=0.006)
    assert share(above, total) == pytest.approx(0.0083, abs=0.002)


def test_answering_lies_near_its_target_and_not_on_it(calls: Sequence[Call]) -> None:
    """GB/T 33358: 95 % answered within 15 s; indicator 1 asks for 96 %."""
    answered = [call for call in calls if call.outcome is Outcome.ANSWERED]
    assert 0.965 < share(len(answered), len(calls)) < 0.985
    soon = [call for call in answered if (call.waited or timedelta()) <= timedelta(seconds=15)]
    assert share(len(soon), len(answered)) >= 0.95
    talks = sorted(
        (call.left_at - call.answered_at).total_seconds()
        for call in answered
        if call.left_at and call.answered_at
    )
    assert 120 < talks[len(talks) // 2] < 180
    outcomes = Counter(call.outcome for call in calls)
    assert {Outcome.ABANDONED, Outcome.TIMED_OUT, Outcome.LEFT_BY_KEY} <= set(outcomes)
    assert sum(call.rung for call in answered) > 0.015 * len(answered)
    assert share(sum(call.transfers for call in calls), len(answered)) == pytest.approx(
        0.02, abs=0.004
    )


def test_satisfaction_lies_near_its_target_and_not_on_it(everything: Sequence[Happening]) -> None:
    pressed = [h.score for h in everything if isinstance(h, RatedCall)]
    asked = [
        h.answers.attitude
        for h in everything
        if isinstance(h, CalledBack) and h.answers and h.answers.attitude is not None
    ]
    for scores in (pressed, asked):
        assert share(sum(score >= 4 for score in scores), len(scores)) == pytest.approx(
            0.953, abs=0.01
        )


def test_orders_take_every_step_there_is(everything: Sequence[Happening]) -> None:
    steps = Counter(h.step for h in everything if isinstance(h, Stepped))
    assert set(steps) == set(Step) - {Step.ACCEPT, Step.UNDO}
    astray = steps[Step.RETURN] + steps[Step.DISPUTE]
    assert 0.003 < share(astray, steps[Step.DISPATCH]) < 0.015


def test_callbacks_end_in_every_way_and_seldom_not_at_all(
    everything: Sequence[Happening],
) -> None:
    completed = [
        h.ref
        for h in everything
        if isinstance(h, Stepped)
        and h.step is Step.COMPLETE
        and local_day(h.at, SHANGHAI) < date(2026, 3, 25)
    ]
    ended = Counter(
        h.ref for h in everything if isinstance(h, CalledBack) and h.outcome is not None
    )
    outcomes = {h.outcome for h in everything if isinstance(h, CalledBack)}
    assert outcomes == {None, *CallbackOutcome}
    missed = sum(not ended[ref] for ref in completed)
    assert 0 < share(missed, len(completed)) < 0.006


def test_offices_work_in_office_hours_and_nobody_is_rung_up_at_night(
    everything: Sequence[Happening], site: Site
) -> None:
    for happening in everything:
        if isinstance(happening, Stepped) and happening.actor.unit:
            assert_within(happening.at, OFFICE.parts)
            assert site.calendar.is_working_day(local_day(happening.at, SHANGHAI))
        if isinstance(happening, CalledBack) and happening.result is AttemptResult.REACHED:
            assert_within(happening.at, POLITE.parts)


def assert_within(at: datetime, parts: Sequence[tuple[time, time]]) -> None:
    local = at.astimezone(SHANGHAI).time()
    assert any(begin <= local <= end for begin, end in parts), at


def test_every_request_passes_intake_and_names_nobody(
    requests: Sequence[Requested], site: Site
) -> None:
    texts = set()
    for request in requests:
        draft = request.draft
        check_draft(draft, site.hotline)
        assert draft.source_org == SOURCE
        assert "{" not in draft.title + draft.text + draft.direct_answer
        assert not PHONE_LIKE.search(draft.text)
        texts.add(draft.text)
    assert len(texts) > 4000
    assert len({request.draft.source_ref for request in requests}) == len(requests)


def test_callers_have_numbers_of_a_prefix_given_to_nobody(
    everything: Sequence[Happening],
) -> None:
    numbers = [
        h.item.caller
        for h in everything
        if isinstance(h, Heard) and h.item.event.kind is CallEventKind.ENTERQUEUE
    ]
    assert all(number.startswith("154") and PHONE_LIKE.fullmatch(number) for number in numbers)
    assert all(normal_number(number) == number for number in numbers)
    assert mask_number(numbers[0])[3:7] == "****"
    assert len(set(numbers)) < len(numbers), "some call again"


def test_what_a_newcomer_takes_is_his_to_write(
    calls: Sequence[Call], requests: Sequence[Requested]
) -> None:
    his = {call.call for call in calls if call.agent == GUEST_AGENT}
    assert len(his) > 500
    assert not his & {request.draft.call for request in requests}


def test_everybody_else_is_of_the_cast(everything: Sequence[Happening]) -> None:
    names = {h.actor.name for h in everything if isinstance(h, Requested | Stepped | CalledBack)}
    assert all(is_cast(name) for name in names)
    assert not is_cast(GUEST_AGENT)
    assert not is_cast("demo.housing")
