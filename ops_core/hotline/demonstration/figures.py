"""What the demonstration is calibrated to: published figures, and what follows from them (pure).

Published: Pingdingshan's 12345, August 2023 (volume, orders, web); Sichuan's provincial level,
July 2024 (kinds); Yichun, May 2023 (channels). Rates of the contract's own indicators lie near
their targets without lying on them; waiting and handling follow GB/T 33358 (95 % answered within
15 s). What is marked "chosen" is published nowhere.
"""

from collections.abc import Mapping
from types import MappingProxyType

from device_configs.site.hotline import CaseKind
from ops_core.hotline.adjudications.kinds import AdjudicationKind
from ops_core.hotline.cases.model import Channel

MONTH_CALLS, MONTH_ORDERS, MONTH_WEB, MONTH_DAYS = 56_466, 14_691, 178, 31
"""Pingdingshan, August 2023: calls, orders out of them, and what came by the web."""
SEATS_OF_MONTH = 72
"""Chosen: the size of centre that takes the published month; another one takes its share."""
FREE_DAY_SHARE = 0.78
"""Chosen: calls of a Saturday, Sunday or holiday, of an average day's."""

KIND_SHARES: Mapping[CaseKind, float] = MappingProxyType(
    {
        CaseKind.CONSULTATION: 77.18,
        CaseKind.COMPLAINT: 9.97,
        CaseKind.REPORT: 2.50,
        CaseKind.HELP: 9.61,
        CaseKind.SUGGESTION: 0.60,
        CaseKind.PRAISE: 0.13,
    }
)
"""Sichuan, July 2024, per cent; complaints and reports (12.47 together) are split 4 to 1."""
CHANNEL_SHARES: Mapping[Channel, float] = MappingProxyType(
    {
        Channel.PHONE: 90.67,
        Channel.WECHAT: 7.09,
        Channel.SUBCENTRE: 0.50,
        Channel.CITY_HOTLINE: 0.33,
    }
)
"""Yichun, May 2023, per cent (from above: 0.83 together); the web follows Pingdingshan."""

ABANDONED, TIMED_OUT, LEFT_BY_KEY = 0.019, 0.0025, 0.001
"""Of the calls that enter a queue; whoever finds no free agent in time comes on top."""
NOT_PICKED_UP = 0.025
"""How often a call rings at a seat that does not take it."""
TRANSFERRED = 0.02
WITHOUT_REQUEST = 0.05
"""Of the answered calls: silent ones, wrong numbers, callers who only ask for the time."""
LEFT_TO_A_NEWCOMER = 0.048
"""Of the answered calls, what the account for trying the pages takes: counted over a simulated
month."""
CALLS_RATED = 0.42
ATTITUDE: Mapping[int, float] = MappingProxyType({5: 71.0, 4: 24.3, 3: 3.0, 2: 1.1, 1: 0.6})
RESULT: Mapping[int, float] = MappingProxyType({5: 58.0, 4: 30.0, 3: 7.0, 2: 3.2, 1: 1.8})

WRONGLY_DISPATCHED = 0.005
OBJECTED = 0.004
"""Of those rightly dispatched: the unit disputes it and is made to take it."""
SIGNED_LATE, REPLIED_LATE, REWORKED = 0.008, 0.012, 0.02
EXTENDED, EXTENSION_REFUSED, REMINDED, SUPERVISED, NOTED = 0.03, 0.25, 0.04, 0.01, 0.04
"""Chosen, of orders with more than a week to handle them."""
ENLISTED, CO_UNIT_SILENT = 0.03, 0.2
"""Chosen: of such orders, those to which another unit contributes; and of these, those whose
contribution is recorded as missing."""
HOLD_ASKED, HOLD_DENIED = 0.015, 0.3
"""Chosen: of such orders, those that the unit asks to put on hold; of these, the denied ones."""
REDONE = 0.5
"""Chosen: of the dissatisfied whose order is handled again, those of a second round."""
DECLINED, ADMITTED = 0.006, 0.3
"""Chosen: of the orders, those that somebody proposes not to accept; and of these, the others."""
ANSWERED_OUT_OF_KNOWLEDGE, MERGED, EMERGENCIES = 0.012, 0.008, 0.002
"""Chosen, of the orders."""
NOT_CALLED_BACK = 0.002
REACHED, REFUSED = 0.8, 0.015
REOPENED = 0.35
"""Of the callbacks that say it is not resolved."""

ANSWERED_LATE = 0.006
"""Of the web's orders, those whose first answer is the unit's reply, days later."""
COMPLAINTS_A_DAY, OPINION_EVENTS_A_DAY = 0.12, 0.03
UPHELD: Mapping[AdjudicationKind, float] = MappingProxyType(
    {
        AdjudicationKind.RETURN: 0.6,
        AdjudicationKind.COMPLAINT: 0.4,
        AdjudicationKind.OPINION_EVENT: 0.5,
    }
)
"""Chosen: how often the purchaser finds that it is so."""

_ORDER_SHARES: Mapping[CaseKind, float] = MappingProxyType(
    {
        CaseKind.COMPLAINT: 0.95,
        CaseKind.REPORT: 0.97,
        CaseKind.HELP: 0.9,
        CaseKind.SUGGESTION: 0.8,
        CaseKind.PRAISE: 0.5,
    }
)
ANSWERED = 1 - ABANDONED - TIMED_OUT - LEFT_BY_KEY
REQUESTS_PER_CALL = ANSWERED * (1 - WITHOUT_REQUEST) * (1 - LEFT_TO_A_NEWCOMER)


def average_day(seats: int) -> float:
    """Calls of an average day of a centre with so many seats."""
    return MONTH_CALLS / MONTH_DAYS * max(seats, 2) / SEATS_OF_MONTH


def day_share(is_working: bool) -> float:
    """Calls of a day of this kind, of an average day's: a week's seven give seven."""
    return (7 - 2 * FREE_DAY_SHARE) / 5 if is_working else FREE_DAY_SHARE


def order_share(kind: CaseKind) -> float:
    """How many requests of a kind become orders; the consultations that do make up the published
    14,691 orders of 56,466 calls."""
    if kind is not CaseKind.CONSULTATION:
        return _ORDER_SHARES[kind]
    total = sum(KIND_SHARES.values())
    others = sum(KIND_SHARES[k] * share for k, share in _ORDER_SHARES.items()) / total
    share = MONTH_ORDERS / MONTH_CALLS / REQUESTS_PER_CALL / (1 - TRANSFERRED)
    return (share - others) / (KIND_SHARES[kind] / total)


def requests_per_call(channel: Channel) -> float:
    """Requests of a channel other than the telephone, for each call that comes in."""
    if channel is Channel.WEB:
        return MONTH_WEB / MONTH_CALLS
    return CHANNEL_SHARES[channel] / CHANNEL_SHARES[Channel.PHONE] * REQUESTS_PER_CALL
