"""Pages over the records: devices, seats, availability, circuits."""

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from device_configs.site.model import Title
from monitors.evidence import Element, ElementKind
from ops_core.kernel.errors import NotFound
from ops_core.kernel.i18n import message, translations
from ops_core.kernel.permissions import Permission
from wallboard.calls.impact import read_seats_traffic
from wallboard.devices import list_devices as list_devices_of
from wallboard.uptimes import list_outages, list_uptimes
from wallboard.wall.seat_map import seat_map
from wallboard.wall.state import Condition, SeatCondition
from wallboard.wall.strip import elapsed_today, strip_marks
from wallboard.wall.words import (
    condition_word,
    part_word,
    redundancy_name,
    seat_word,
)
from wallboard.web import Reader, SignedInReader, in_thread
from wallboard.work import Reading

router = APIRouter(include_in_schema=False)


def words_of(reader: Reader) -> dict[str, object]:
    translate = translations(reader.language).gettext
    site = reader.web.dependencies.site

    def element_title(kind: ElementKind, name: str) -> Title:
        """The declared title; an element that is declared no more keeps its name."""
        known = site.circuits if kind is ElementKind.CIRCUIT else site.devices
        element = known.get(name)
        return Title.composed(zh=name, en=name) if element is None else element.title

    return {
        "condition_word": lambda condition: condition_word(Condition(condition), translate),
        "redundancy_name": lambda role: redundancy_name(role, translate),
        "seat_word": lambda condition: seat_word(SeatCondition(condition), translate),
        "part_word": lambda part: part_word(part, translate),
        "element_title": element_title,
    }


async def _admit(reader: Reader, page: str) -> None:
    await reader.require(Permission.SEE_INCIDENTS, "page", page)


@router.get("/devices")
async def list_devices(reader: SignedInReader, read: Reading) -> HTMLResponse:
    await _admit(reader, "devices")
    given = reader.web.dependencies
    devices = await read(lambda seen: list_devices_of(seen, given.verdicts(), given.metrics))
    return reader.page("console/devices.html", devices=devices, **words_of(reader))


@router.get("/seats")
async def list_seats(reader: SignedInReader, read: Reading) -> HTMLResponse:
    await _admit(reader, "seats")
    state = await in_thread(reader.web.dependencies.wall.state)
    site = reader.web.dependencies.site
    traffic = await read(read_seats_traffic)
    return reader.page(
        "console/seats.html",
        seats=state.seats,
        map=seat_map(site, state.seats),
        declared_seats={seat.number: seat for seat in site.seats.values()},
        traffic=traffic,
        **words_of(reader),
    )


@router.get("/availability")
async def list_availability(reader: SignedInReader, read: Reading) -> HTMLResponse:
    await _admit(reader, "availability")
    uptimes, outages = await read(lambda seen: (list_uptimes(seen), list_outages(seen)))
    return reader.page(
        "console/availability.html", uptimes=uptimes, outages=outages, **words_of(reader)
    )


@router.get("/circuits/{name}")
async def show_circuit(reader: SignedInReader, read: Reading, name: str) -> HTMLResponse:
    await _admit(reader, "circuits")
    dependencies = reader.web.dependencies
    circuit = dependencies.site.circuits.get(name)
    if circuit is None:
        raise NotFound(message("没有这条线路"))
    state = await in_thread(dependencies.wall.state)
    element = Element(ElementKind.CIRCUIT, name)
    outages = await read(lambda seen: list_outages(seen, element))
    view = next((c for c in state.network.circuits if c.name == name), None)
    uptime = next((c for c in state.availability.circuits if c.name == name), None)
    now = dependencies.clock.now()
    return reader.page(
        "console/circuit.html",
        circuit=circuit,
        provider=dependencies.site.providers[circuit.provider],
        view=view,
        uptime=uptime,
        marks=strip_marks(uptime.disturbances, now) if uptime else (),
        elapsed=elapsed_today(now),
        outages=outages,
        **words_of(reader),
    )
