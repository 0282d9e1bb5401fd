"""Commands about drills: put the beginning, each fault and the end on record."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from device_configs.drills.faults import DrillFault
from device_configs.drills.history import (
    DRILL,
    FINISHED,
    MEASURED,
    STARTED,
    former_gaps,
    measured_payload,
)
from device_configs.drills.judging import DrillFigure, Worsening, worsening_of
from device_configs.drills.read import read_drill, read_drills
from device_configs.drills.terms import DrillTerms
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.errors import Invalid
from ops_core.kernel.numbering import DRILLS
from ops_core.kernel.permissions import Permission, require
from ops_core.kernel.tables import EventRow

_COMPARED_DRILLS = 20


def record_start(
    uow: UnitOfWork, faults: Sequence[DrillFault], zone: ZoneInfo, terms: DrillTerms
) -> str:
    """Put the beginning on record; returns the drill's number. ``zone`` is the site's.

    Raises Invalid when nothing is to be drilled.
    """
    require(uow.actor, Permission.OPERATE_TWIN)
    if not faults:
        raise Invalid("没有可演练的故障", remedy="用 zhishou drill list 查看可演练的故障")
    names: list[JsonValue] = [fault.name for fault in faults]
    started = (EventRow.aggregate_type == DRILL, EventRow.sequence == 1)
    numbers = DRILLS.on_day_of(uow.clock.now(), zone)
    number = numbers.next_free(uow.session, EventRow.aggregate_id, *started)
    detail: dict[str, JsonValue] = {
        "faults": names, "repeats": terms.repeats, "place": terms.place.value,
        "cause": terms.cause.value,
    }  # fmt: skip
    uow.event(DRILL, number, STARTED, detail)
    uow.audit(STARTED, DRILL, number, detail)
    return number


def record_figure(uow: UnitOfWork, number: str, figure: DrillFigure) -> Worsening | None:
    """Put on record what one fault cost; returns whether it grew against former drills."""
    former = [drill for drill in read_drills(uow.session, _COMPARED_DRILLS)
              if drill.number != number]  # fmt: skip
    worsening = worsening_of(figure, former_gaps(former, figure.fault.name))
    uow.event(DRILL, number, MEASURED, measured_payload(figure, worsening))
    return worsening


def record_end(uow: UnitOfWork, number: str, trouble: str) -> None:
    """Put the end on record; ``trouble`` says why it ended before all faults, if it did."""
    drill = read_drill(uow.session, number)
    detail: dict[str, JsonValue] = {
        "verdict": drill.verdict.value,
        "worse": [worsening.fault for worsening in drill.worsenings],
        "trouble": trouble,
    }
    uow.event(DRILL, number, FINISHED, detail)
    uow.audit(FINISHED, DRILL, number, detail)
