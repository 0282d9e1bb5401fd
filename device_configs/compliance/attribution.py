"""Who may have made a change, as far as the device says; pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from device_configs.accounts.model import AccountUse, Address

LONGEST_SESSION = timedelta(hours=12)


def likely_author(
    uses: Iterable[AccountUse], at: datetime | None, own: frozenset[Address]
) -> AccountUse | None:
    """The last sign-in before the change, none of our own programs'.

    It is who was there, not a proof: the device records sign-ins, not what was typed. ``at`` None
    (what a daemon runs with bears no time): the last sign-in of all.
    """
    others = [use for use in uses if use.source not in own]
    if at is not None:
        others = [
            use for use in others if at - LONGEST_SESSION <= use.at <= at + timedelta(seconds=1)
        ]
    return max(others, key=lambda use: use.at, default=None)
