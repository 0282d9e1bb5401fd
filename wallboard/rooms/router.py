"""Pages of one device, one seat, one service, and the list of services."""

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from ops_core.kernel.errors import NotFound
from ops_core.kernel.i18n import message, translations
from ops_core.kernel.permissions import Permission
from wallboard.calls.impact import read_seats_traffic
from wallboard.consoles import words_of
from wallboard.devices import list_devices
from wallboard.rooms.read import (
    read_device_room,
    read_seat_room,
    read_service_room,
    service_conditions,
)
from wallboard.wall.state import IncidentPhase
from wallboard.wall.words import phase_word
from wallboard.web import Reader, SignedInReader, in_thread
from wallboard.work import Reading

router = APIRouter(include_in_schema=False)


@router.get("/devices/{name}")
async def show_device(reader: SignedInReader, read: Reading, name: str) -> HTMLResponse:
    await reader.require(Permission.SEE_INCIDENTS, "device", name)
    given = reader.web.dependencies
    device = given.site.devices.get(name)
    if device is None or not device.is_ours:
        raise NotFound(message("没有这台设备"))
    view = given.verdicts()
    state_directory = given.settings.state_directory
    records, room = await read(
        lambda seen: (
            list_devices(seen, view, given.metrics),
            read_device_room(seen, device, view, state_directory),
        )
    )
    record = next(one for one in records if one.name == name)
    return reader.page(
        "console/device.html", device=device, record=record, room=room, **_words(reader)
    )


@router.get("/seats/{number}")
async def show_seat(reader: SignedInReader, read: Reading, number: int) -> HTMLResponse:
    await reader.require(Permission.SEE_INCIDENTS, "seat", str(number))
    given = reader.web.dependencies
    seat = next((one for one in given.site.seats.values() if one.number == number), None)
    if seat is None:
        raise NotFound(message("没有这个席位"))
    state = await in_thread(given.wall.state)
    room, traffic = await read(
        lambda seen: (read_seat_room(seen, number), read_seats_traffic(seen).of(number))
    )
    view = next((one for one in state.seats.seats if one.number == number), None)
    return reader.page(
        "console/seat.html", seat=seat, view=view, room=room, traffic=traffic, **_words(reader)
    )


@router.get("/services")
async def list_services(reader: SignedInReader, read: Reading) -> HTMLResponse:
    await reader.require(Permission.SEE_INCIDENTS, "page", "services")
    view = reader.web.dependencies.verdicts()
    conditions = await read(lambda seen: service_conditions(seen, view))
    return reader.page("console/services.html", conditions=conditions, **_words(reader))


@router.get("/services/{name}")
async def show_service(reader: SignedInReader, read: Reading, name: str) -> HTMLResponse:
    await reader.require(Permission.SEE_INCIDENTS, "service", name)
    given = reader.web.dependencies
    service = given.site.services.get(name)
    if service is None:
        raise NotFound(message("没有这项业务"))
    view = given.verdicts()
    room = await read(lambda seen: read_service_room(seen, service, view))
    return reader.page("console/service.html", service=service, room=room, **_words(reader))


def _words(reader: Reader) -> dict[str, object]:
    translate = translations(reader.language).gettext
    return {
        **words_of(reader),
        "phase_word": lambda phase: phase_word(IncidentPhase(phase), translate),
    }
