"""The requests of a day, whatever channel they come by (pure)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from device_configs.site.model import Site
from ops_core.hotline.cases.model import CaseDraft, Channel
from ops_core.hotline.demonstration import SOURCE, figures
from ops_core.hotline.demonstration.cast import GUEST_AGENT, WEB_FORM, agent
from ops_core.hotline.demonstration.dice import Dice, dice_for
from ops_core.hotline.demonstration.telephone import (
    PlannedCall,
    arrivals,
    expected_calls,
    number_of,
)
from ops_core.hotline.demonstration.wording import (
    request_words,
    requester_name,
    transferred_answer,
)
from ops_core.kernel.permissions import Actor

_NAMED = 0.8
_WRITTEN_AFTER = (5.0, 45.0)
"""Seconds from the end of a call until its request is on record."""
_WRITTEN_CHANNELS = (Channel.WECHAT, Channel.WEB, Channel.SUBCENTRE, Channel.CITY_HOTLINE)
_WINTER = (11, 12, 1, 2, 3)
_WEIGHTS = {
    "property": 14, "heating": 16, "water_supply": 7, "roads": 12, "medical": 9, "schools": 8,
    "wages": 10, "insurance": 13, "consumer": 14, "noise": 7, "household": 6,
}  # fmt: skip
_OTHER_WEIGHT, _OUT_OF_SEASON = 5.0, 0.25


@dataclass(frozen=True, slots=True)
class PlannedRequest:
    """A request, who records it, and when; ``outcome`` is what a unit will say to its order."""

    at: datetime
    draft: CaseDraft
    actor: Actor
    outcome: str

    @property
    def is_order(self) -> bool:
        return not self.draft.direct_answer


def requests_of(
    seed: int, day: date, site: Site, calls: list[PlannedCall], volume: float = 1.0
) -> Iterator[PlannedRequest]:
    """What the day's calls and the other channels bring. A newcomer's calls are his to write."""
    for call in calls:
        if call.agent and call.agent != GUEST_AGENT:
            dice = dice_for(seed, "request", day, call.index)
            if not dice.happens(figures.WITHOUT_REQUEST):
                yield _made_by_call(dice, site, call)
    zone = ZoneInfo(site.contract.timezone)
    for channel in _WRITTEN_CHANNELS:
        expected = expected_calls(seed, day, site, volume) * figures.requests_per_call(channel)
        dice = dice_for(seed, "arrivals", day, channel)
        for index, at in enumerate(arrivals(dice, day, zone, expected)):
            own = dice_for(seed, channel, day, index)
            ref = f"{channel}-{day:%Y%m%d}-{index + 1:04d}"
            draft, outcome = _draft(own, site, channel, ref, at - timedelta(seconds=2))
            draft = replace(draft, number=number_of(own), name=requester_name(own))
            yield PlannedRequest(at, draft, WEB_FORM, outcome)


def _made_by_call(dice: Dice, site: Site, call: PlannedCall) -> PlannedRequest:
    at = call.ended_at + dice.seconds(*_WRITTEN_AFTER)
    draft, outcome = _draft(dice, site, Channel.PHONE, f"phone-{call.name}", call.entered_at)
    named = requester_name(dice) if dice.happens(_NAMED) else ""
    draft = replace(draft, call=call.name, name=named)
    if call.transferred:
        draft = replace(draft, direct_answer=transferred_answer(dice))
    return PlannedRequest(at, draft, agent(call.agent), outcome)


def _draft(
    dice: Dice, site: Site, channel: Channel, ref: str, received: datetime
) -> tuple[CaseDraft, str]:
    """The request, and what is said to it: on the spot, or by the unit later."""
    kind = dice.one_of(figures.KIND_SHARES)
    category = dice.one_of(
        {c.name: _weight(c.name, received.month) for c in site.hotline.categories}
    )
    region = dice.pick(site.hotline.regions).name
    words = request_words(dice, site, kind, category, region)
    becomes_order = dice.happens(figures.order_share(kind))
    draft = CaseDraft(
        channel, SOURCE, ref, kind, category, region, words.title, words.text, received,
        direct_answer="" if becomes_order else words.answer,
    )  # fmt: skip
    return draft, words.answer


def _weight(category: str, month: int) -> float:
    weight = float(_WEIGHTS.get(category, _OTHER_WEIGHT))
    out_of_season = category == "heating" and month not in _WINTER
    return weight * _OUT_OF_SEASON if out_of_season else weight
