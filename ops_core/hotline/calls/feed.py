"""Batches of events as the telephone system posts them."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from device_configs.site.model import Site
from ops_core.hotline.calls.event_batch import read_batch, seats_by_extension
from ops_core.hotline.calls.service import take_events
from ops_core.hotline.calls.telephone_systems import require_declared
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.permissions import Permission, require


@dataclass(frozen=True, slots=True)
class EventsTaken:
    """What became of a batch: events new and known before, calls that changed.

    ``corrected`` names calls of whose caller a known event now says another number,
    ``superseded`` those of whose caller it says what a later word has replaced.
    """

    new: int
    known: int
    calls: int
    corrected: tuple[str, ...] = ()
    superseded: tuple[str, ...] = ()


def take_batch(
    uow: UnitOfWork, site: Site, vault: ContactVault, source: str, events: list[JsonValue]
) -> EventsTaken:
    """Take a batch in, whole or not at all.

    Raises Forbidden, :class:`ops_core.kernel.errors.InvalidItems` naming every fault, and
    :class:`~ops_core.kernel.errors.Conflict` for a number that said something else before.
    """
    require(uow.actor, Permission.FEED_CALLS)
    source = require_declared(site, source)
    extensions = seats_by_extension(site)
    batch = read_batch(source, events, frozenset(extensions.values()), extensions)
    if not batch:
        return EventsTaken(0, 0, 0)
    taken = take_events(uow, vault, batch, ZoneInfo(site.contract.timezone))
    stated = taken.corrected, taken.superseded
    return EventsTaken(taken.new, taken.known, len(taken.calls), *stated)
