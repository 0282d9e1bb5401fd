"""The command palette: everything that has a page, found by any part of its name."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from device_configs.site.model import Site, Title
from ops_core.hotline.orders.listed import ListedOrder
from ops_core.hotline.orders.listing import list_orders
from ops_core.hotline.orders.tabs import OrderFilter
from ops_core.kernel.i18n import Language, Translate, translations
from ops_core.kernel.permissions import Permission
from wallboard.incidents.summary import IncidentSummary, list_open
from wallboard.menu import ShownEntry
from wallboard.web import Reader, SignedInReader
from wallboard.work import Reading, Reads

router = APIRouter(include_in_schema=False)

SHOWN = 40
"""Room for every page of the menu."""


@dataclass(frozen=True, slots=True)
class Hit:
    """Something to go to; ``keys`` are what it is found by."""

    label: str
    kind: str
    href: str
    keys: tuple[str, ...]


def find(hits: list[Hit], query: str) -> list[Hit]:
    """Hits that contain every word of the query, those that start with it first."""
    words = query.lower().split()
    found = [hit for hit in hits if all(any(word in k.lower() for k in hit.keys) for word in words)]
    found.sort(key=lambda hit: not any(k.lower().startswith(query.lower()) for k in hit.keys))
    return found[:SHOWN]


def incident_hits(
    incidents: Sequence[IncidentSummary], language: Language, translate: Translate
) -> list[Hit]:
    """Open incidents and the list of the others."""
    _ = translate
    hits = []
    for incident in incidents:
        headline = _named(incident.headline, language)
        href = f"/incidents/{incident.number}"
        hits.append(Hit(headline, incident.number, href, (incident.number, headline)))
    restored, href = _("已恢复的故障"), "/incidents?show=restored"
    return [*hits, Hit(restored, _("页面"), href, (restored, href))]


def page_hits(menu: Sequence[ShownEntry], translate: Translate) -> list[Hit]:
    """The pages of the reader's menu."""
    _ = translate
    return [Hit(page.word, _("页面"), page.href, (page.word, page.href)) for page in menu]


def site_hits(site: Site, language: Language, translate: Translate) -> list[Hit]:
    """Circuits, devices, seats."""
    _ = translate
    hits = [
        Hit(
            _named(c.title, language),
            _("线路"),
            f"/circuits/{c.name}",
            (c.name, c.title.zh, c.title.en),
        )
        for c in site.circuits.values()
    ]
    hits += [
        Hit(
            f"{_named(d.title, language)} {d.name}",
            _("设备"),
            f"/devices/{d.name}",
            (d.name, d.title.zh, d.title.en),
        )
        for d in site.devices.values()
        if d.is_ours
    ]
    hits += [
        Hit(
            _named(s.title, language),
            _("业务"),
            f"/services/{s.name}",
            (s.name, s.title.zh, s.title.en),
        )
        for s in site.services.values()
    ]
    for seat in site.seats.values():
        label = _("%(seat)d号席") % {"seat": seat.number}
        hits.append(Hit(label, _("席位"), f"/seats/{seat.number}", (label, f"{seat.number}")))
    return hits


def order_hits(orders: Sequence[ListedOrder], translate: Translate) -> list[Hit]:
    """Orders by number and title."""
    _ = translate
    return [
        Hit(
            f"{listed.order.number} {listed.title}",
            _("工单"),
            f"/orders/{listed.order.number}",
            (listed.order.number, listed.title),
        )
        for listed in orders
    ]


def _named(title: Title, language: Language) -> str:
    return title.en if language is Language.ENGLISH else title.zh


@router.get("/palette")
async def search(reader: SignedInReader, read: Reading, q: str = "") -> HTMLResponse:
    """What the reader may go to: incidents first, then pages, then the network and the seats."""
    dependencies, language = reader.web.dependencies, reader.language
    translate = translations(language).gettext
    hits = page_hits(reader.menu, translate)
    if reader.may(Permission.SEE_INCIDENTS):
        incidents = await read(list_open)
        hits = incident_hits(incidents, language, translate) + hits
        hits += site_hits(dependencies.site, language, translate)
    hits = await _orders(reader, read, q.strip()) + hits
    return reader.page("console/hits.html", hits=find(hits, q.strip()))


async def _orders(reader: Reader, read: Reads, query: str) -> list[Hit]:
    """The orders the reader may see, once something is typed."""
    seeing_all = reader.may(Permission.SEE_ORDERS)
    if not query or not (seeing_all or reader.may(Permission.HANDLE_ORDERS)):
        return []
    unit = "" if seeing_all else reader.signed_in.unit
    filters = OrderFilter(unit=unit, query=query, limit=SHOWN)
    found = await read(lambda seen: list_orders(seen.session, seen.site, filters, seen.now))
    return order_hits(found.orders, translations(reader.language).gettext)
