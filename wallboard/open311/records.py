"""A request on record as GeoReport shows it (pure)."""

from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from device_configs.site.model import Site
from ops_core.hotline.exchange.model import ExchangedRequest
from ops_core.kernel.i18n import Language, translate
from wallboard.open311.reports import LONGEST_DESCRIPTION
from wallboard.orders.words import titles


def record_of(
    found: ExchangedRequest, site: Site, language: Language, source: str | None
) -> dict[str, JsonValue]:
    """One request; coordinates stand in its text, as they were given. ``source`` is whose number
    of it is shown."""
    zone, hotline = ZoneInfo(site.contract.timezone), site.hotline
    progress = translate(found.progress, language)
    notes = f"{progress}：{found.answer}" if found.answer else progress
    due = None if found.due_at is None else instant(found.due_at, zone)
    unit = titles(hotline.unit_of, language)(found.unit) if found.unit else None
    return {
        "service_request_id": found.order,
        "reference": found.source_ref if found.source_org == source else None,
        "status": "closed" if found.is_closed else "open",
        "status_notes": notes,
        "service_name": titles(hotline.category_of, language)(found.category),
        "service_code": found.category,
        "description": found.text[:LONGEST_DESCRIPTION],
        "agency_responsible": unit,
        "service_notice": None,
        "requested_datetime": instant(found.received_at, zone),
        "updated_datetime": instant(found.changed_at, zone),
        "expected_datetime": due,
        "address": titles(hotline.region_of, language)(found.region),
        "address_id": None,
        "zipcode": None,
        "lat": None,
        "long": None,
        "media_url": None,
    }


def records_of(
    found: tuple[ExchangedRequest, ...], site: Site, language: Language, source: str | None
) -> list[JsonValue]:
    """A list of requests, as they come."""
    return [record_of(one, site, language, source) for one in found]


def instant(at: datetime, zone: ZoneInfo) -> str:
    """With the offset from UTC, to the second, as the standard asks."""
    return at.astimezone(zone).isoformat(timespec="seconds")
