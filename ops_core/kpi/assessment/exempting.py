"""Commands on exemptions: request, approve, refuse, withdraw."""

from collections.abc import Iterable
from dataclasses import replace
from zoneinfo import ZoneInfo

from device_configs.site.model import Site
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.errors import Conflict, NotFound
from ops_core.kernel.i18n import message
from ops_core.kernel.masking import mask_text
from ops_core.kernel.numbering import EXEMPTIONS
from ops_core.kernel.permissions import Permission, require
from ops_core.kpi.adjusting import find_record
from ops_core.kpi.assessment.exemption_store import (
    EXEMPTION,
    exemption_detail,
    find_exemption,
    store_exemption,
)
from ops_core.kpi.assessment.exemptions import (
    PERMISSION,
    Exemption,
    ExemptionRequest,
    ExemptionStep,
    decided,
    requested,
)
from ops_core.kpi.assessment.period_store import sealed_within
from ops_core.kpi.assessment.tables import ExemptionRow
from ops_core.kpi.read import find_indicator


def request_exemption(uow: UnitOfWork, site: Site, request: ExemptionRequest) -> Exemption:
    """Ask for an exemption; phone numbers in the texts are masked.

    Raises Forbidden, Invalid, NotFound for an indicator or a record that is not there, and Conflict
    for a month that is sealed.
    """
    require(uow.actor, Permission.REQUEST_EXEMPTIONS)
    now = uow.clock.now()
    request = replace(
        request, reason=mask_text(request.reason), evidence=mask_text(request.evidence)
    )
    numbers = EXEMPTIONS.on_day_of(now, ZoneInfo(site.contract.timezone))
    number = numbers.next_free(uow.session, ExemptionRow.number)
    exemption = requested(number, request, uow.actor, now)
    _require_unsealed(uow, request)
    for indicator in request.indicators:
        find_indicator(site, indicator)
        if request.record:
            _require_record(uow, site, indicator, request)
    return _store(uow, exemption, "ExemptionRequested")


def decide_exemption(
    uow: UnitOfWork, number: str, step: ExemptionStep, text: str = "", version: int | None = None
) -> Exemption:
    """Approve, refuse or withdraw. Raises Forbidden, NotFound, Conflict, Invalid."""
    require(uow.actor, PERMISSION[step])
    exemption = find_exemption(uow.session, number)
    if version is not None and version != exemption.version:
        raise Conflict(
            "申请已被他人办理",
            message("您看到的是第 {seen} 版，现在是第 {now} 版。", seen=version,
                    now=exemption.version),
            "请刷新后再操作。",
            members={"state": exemption.state.value, "version": exemption.version},
        )  # fmt: skip
    after = decided(exemption, step, mask_text(text), uow.actor, uow.clock.now())
    if step is ExemptionStep.APPROVE:
        _require_unsealed(uow, exemption.request)
    return _store(uow, after, f"Exemption{after.state.value.capitalize()}")


def _require_unsealed(uow: UnitOfWork, request: ExemptionRequest) -> None:
    sealed = sealed_within(uow.session, request.indicators, request.start, request.end)
    if sealed:
        raise Conflict(
            "本期已封存",
            message("已封存：{periods}。", periods="、".join(sealed)),
            "封存后不再剔除；确有必要时，请申请更正。",
            members={"sealed": [*sealed]},
        )


def _require_record(uow: UnitOfWork, site: Site, indicator: int, request: ExemptionRequest) -> None:
    found = find_record(uow.session, site, indicator, request, uow.clock.now())
    if found is None:
        raise NotFound(
            "没有这条记录",
            message(
                "指标 {number} 在所给时刻没有记录 {record}。",
                number=indicator,
                record=request.record,
            ),
            "请从指标的记录中发起申请，时刻须为记录计入本期的时刻。",
        )


def _store(uow: UnitOfWork, exemption: Exemption, what: str) -> Exemption:
    store_exemption(uow.session, exemption)
    detail = exemption_detail(exemption)
    uow.event(EXEMPTION, exemption.number, what, detail)
    uow.audit(what, EXEMPTION, exemption.number, detail)
    return exemption


def indicators_named(numbers: Iterable[int]) -> tuple[int, ...]:
    """Each once, in order."""
    return tuple(sorted(set(numbers)))
