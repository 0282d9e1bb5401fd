"""Pages of drills: the trend of each fault, and a record of each drill that can be printed."""

from functools import partial
from zoneinfo import ZoneInfo

import httpx

from device_configs.drills.faults import DrillFault, DrillKind
from device_configs.drills.judging import DrillFigure
from device_configs.drills.service import record_end, record_figure, record_start
from device_configs.drills.terms import DrillCause, DrillPlace, DrillTerms
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.permissions import Actor, Role
from tests.wallboard.serve import Served

LI = Actor.user("li.ming", [Role.NETWORK_ENGINEER])
KILL = DrillFault(DrillKind.KILL, "fwi-a", "seat-001", 400)
CUT = DrillFault(DrillKind.CUT, "rt-a--egov", "seat-001", 150)


def drill(served: Served, gap: float, *, trouble: str = "", survived: bool | None = True) -> str:
    given = served.dependencies
    terms = DrillTerms(1, DrillPlace.OWN_TWIN, DrillCause.SCHEDULE)
    unit = partial(unit_of_work, given.database, given.bus, given.clock, LI)
    with unit() as uow:
        number = record_start(uow, (KILL, CUT), ZoneInfo("Asia/Shanghai"), terms)
    with unit() as uow:
        record_figure(uow, number, DrillFigure(KILL, (gap,), (31.0,), (gap,), 24.0, survived))
    with unit() as uow:
        record_end(uow, number, trouble)
    return number


async def test_a_drill_is_a_page_of_evidence(served: Served, engineer: httpx.AsyncClient) -> None:
    number = drill(served, 222.0, trouble="its window was over")
    page = (await engineer.get(f"/network/drills/{number}")).text
    for shown in (
        number, "李明", "定期演练", "专用孪生网络", "窗口已结束", "HT-2026-12345", "fwi-a　断电",
        "222", "400", "保持", "达标", "rt-a--egov　断线", "未测量", "1/2项故障", "审核人",
    ):  # fmt: skip
        assert shown in page, shown
    assert 'class="page evidence"' in page, "what the print rules of A4 hold on to"
    assert (await engineer.get("/network/drills/Y-1")).status_code == 404


async def test_the_trend_of_a_fault_and_what_grew(
    served: Served, engineer: httpx.AsyncClient
) -> None:
    assert "还没有演练记录" in (await engineer.get("/network/drills")).text
    numbers = [drill(served, gap) for gap in (100.0, 101.0, 99.0, 180.0)]
    page = (await engineer.get("/network/drills")).text
    for shown in ("变长", "180毫秒", "100毫秒", "<polyline", "周日", "02:00–04:00", *numbers):
        assert shown in page, shown
    newest = (await engineer.get(f"/network/drills/{numbers[-1]}")).text
    assert "较中位数100毫秒变长" in newest
    lost = drill(served, 100.0, survived=False)
    assert "超标" in (await engineer.get(f"/network/drills/{lost}")).text
