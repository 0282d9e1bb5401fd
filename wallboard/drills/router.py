"""Drills: the trend of every fault, the schedule, and each drill as a page that can be printed."""

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from device_configs.drills.faults import RETURN_MS
from device_configs.drills.history import DRILL
from device_configs.drills.judging import CONTROL_MS, TREND_OF, WORSE_BY_AT_LEAST_MS
from device_configs.drills.read import read_drill, read_drills
from device_configs.drills.trend import trends_of
from ops_core.kernel.permissions import Permission
from wallboard.drills.sparkline import sparkline
from wallboard.drills.words import vocabulary
from wallboard.web import SignedInReader
from wallboard.work import Reading

router = APIRouter(include_in_schema=False)

RECENT = 50
PAGE = "/network/drills"


@router.get(PAGE)
async def list_drills(reader: SignedInReader, read: Reading) -> HTMLResponse:
    await reader.require(Permission.SEE_INCIDENTS, "page", "drills")
    drills = await read(lambda seen: read_drills(seen.session, RECENT))
    given = reader.web.dependencies
    return reader.page(
        "console/drills.html", drills=drills, most=RECENT,
        trends=trends_of(drills), sparkline=sparkline,
        schedule=given.site.contract.drills, now=given.clock.now(), trend_of=TREND_OF,
        worse_by_ms=WORSE_BY_AT_LEAST_MS, **vocabulary(reader.language),
    )  # fmt: skip


@router.get(PAGE + "/{number}")
async def show_drill(reader: SignedInReader, read: Reading, number: str) -> HTMLResponse:
    await reader.require(Permission.SEE_INCIDENTS, DRILL, number)
    drill = await read(lambda seen: read_drill(seen.session, number))
    given = reader.web.dependencies
    return reader.page(
        "console/drill.html", drill=drill, site=given.site, now=given.clock.now(),
        return_ms=RETURN_MS, control_ms=CONTROL_MS, **vocabulary(reader.language),
    )  # fmt: skip
