"""The command palette: everything that has a page, found by any part of its name."""

from dataclasses import dataclass

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from device_configs.site.model import Site, Title
from ops_core.kernel.i18n import Language, translations
from wallboard.formats import Translate
from wallboard.incidents.views import IncidentSummary
from wallboard.web import SignedInReader, in_thread

router = APIRouter(include_in_schema=False)

SHOWN = 12


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


def everything(
    site: Site,
    incidents: list[IncidentSummary],
    has_deployments: bool,
    has_proofs: bool,
    language: Language,
    translate: Translate,
) -> list[Hit]:
    """All there is to go to, incidents and pages first."""
    _ = translate

    def named(title: Title) -> str:
        return title.en if language is Language.ENGLISH else title.zh

    pages = {
        "/wall": _("总览"),
        "/incidents": _("故障"),
        "/incidents?show=restored": _("已恢复的故障"),
        "/devices": _("设备"),
        "/seats": _("席位"),
        "/availability": _("可用率"),
        "/indicators": _("指标"),
    }
    if has_proofs:
        pages["/network/proofs"] = _("证明")
    if has_deployments:
        pages["/deployments"] = _("部署")
    hits = [
        Hit(named(i.headline), i.number, f"/incidents/{i.number}", (i.number, named(i.headline)))
        for i in incidents
    ]
    hits += [Hit(word, _("页面"), href, (word, href)) for href, word in pages.items()]
    hits += [
        Hit(named(c.title), _("线路"), f"/circuits/{c.name}", (c.name, c.title.zh, c.title.en))
        for c in site.circuits.values()
    ]
    hits += [
        Hit(
            f"{named(d.title)} {d.name}",
            _("设备"),
            f"/devices#{d.name}",
            (d.name, d.title.zh, d.title.en),
        )
        for d in site.devices.values()
        if d.managed
    ]
    for seat in site.seats.values():
        label = _("%(seat)d号席") % {"seat": seat.number}
        hits.append(Hit(label, _("席位"), f"/seats#seat-{seat.number}", (label, f"{seat.number}")))
    return hits


@router.get("/palette")
async def search(reader: SignedInReader, q: str = "") -> HTMLResponse:
    dependencies = reader.web.dependencies
    incidents = await in_thread(lambda: list(dependencies.incidents.open()))
    translate = translations(reader.language).gettext
    hits = everything(
        dependencies.site,
        incidents,
        dependencies.deployments is not None,
        dependencies.proofs is not None,
        reader.language,
        translate,
    )
    return reader.page("console/hits.html", hits=find(hits, q.strip()))
