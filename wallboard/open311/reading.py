"""Who asks: by ``api_key``, which is one of our tokens; and whose requests he is shown."""

from typing import Annotated

from fastapi import Depends, Query, Request

from device_configs.site.hotline import CityHotline, Hotline
from ops_core.hotline.cases.model import Channel
from ops_core.hotline.exchange.read import ExchangeFilter
from ops_core.kernel.errors import Unauthenticated
from ops_core.kernel.i18n import message
from ops_core.kernel.permissions import Actor, Permission, allows, require
from wallboard.web import API_KEY, Reader, reader_of

KEY_FIELD = "api_key"


async def key_reader(
    request: Request,
    api_key: Annotated[str, Query(description="a token; better sent as a bearer token")] = "",
) -> Reader:
    """The reader by the key of the address or the form, else by bearer token or session.

    A bearer token beside a key is what counts. Raises :class:`Unauthenticated`.
    """
    key = api_key or await _key_of_form(request)
    if key:
        setattr(request.state, API_KEY, key)
    reader = await reader_of(request)
    if reader.user is None:
        raise Unauthenticated(message("缺少 api_key"), message("请给出 api_key，或以令牌登录。"))
    return reader


KeyReader = Annotated[Reader, Depends(key_reader)]


def own_source(hotline: Hotline, actor: Actor) -> tuple[Channel, str]:
    """Channel and organisation that a program's reports are filed under: none takes another's.

    The account of a declared city hotline transfers; any other one reports over the internet.
    """
    city = hotline.city_hotline_of_account.get(actor.name)
    if city is not None:
        return Channel.CITY_HOTLINE, city_source(city)
    return Channel.WEB, f"open311/{actor.name}"


def city_source(city: CityHotline) -> str:
    """The organisation that a city hotline's requests are filed under."""
    return f"city_hotline/{city.name}"


def visible_requests(hotline: Hotline, actor: Actor) -> ExchangeFilter:
    """What is shown: all to people who see every order, to a unit's program what the unit has.

    A program that feeds requests sees its own. Raises :class:`ops_core.kernel.errors.Forbidden`.
    """
    if allows(actor, Permission.SEE_ORDERS):
        return ExchangeFilter(None)
    if allows(actor, Permission.HANDLE_ORDERS):
        return ExchangeFilter(None, unit=actor.unit)
    require(actor, Permission.FEED_CASES)
    return ExchangeFilter(own_source(hotline, actor)[1])


def source_shown(hotline: Hotline, actor: Actor) -> str | None:
    """Whose numbers of requests an actor is shown: a program's own, and those of the city hotline
    that handles the orders of its unit. None for nobody's."""
    if allows(actor, Permission.FEED_CASES):
        return own_source(hotline, actor)[1]
    city = hotline.city_hotline_of_unit.get(actor.unit)
    return None if city is None else city_source(city)


async def _key_of_form(request: Request) -> str:
    if request.method != "POST":
        return ""
    given = (await request.form()).get(KEY_FIELD, "")
    return given if isinstance(given, str) else ""
